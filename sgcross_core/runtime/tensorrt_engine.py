"""An exported network on TensorRT 10 or newer, by its own Python package; PyTorch holds the tensors.

Written against NVIDIA's published API. All networks are strongly typed, the only kind that TensorRT 11 has:
the precision is that of the exported graphs.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sgcross_core.optional import needs
from sgcross_core.runtime.contract import Contract
from sgcross_core.runtime.engine import GRAPHS, Array, GraphEngine
from sgcross_core.runtime.exported import Exported
from sgcross_core.runtime.parity import ParityError, check_parity
from sgcross_core.runtime.plan_cache import PlanCache, PlanKey

BATCHES = (1, 8, 32)  # smallest, most frequent, largest; larger ones run in pieces
OLDEST = 10  # major version

log = logging.getLogger(__name__)


class TensorRtEngine(GraphEngine):
    """Runs a folder that `sgcross export` wrote; the first start on a machine builds plans, for minutes.

    path: see `Exported.open` for the errors; cache: folder of plans, see `PlanCache`.
    ImportError without the package, RuntimeError for an old one, for no CUDA device, or when a plan cannot be
    built; ParityError when a plan that was just built does not compute what the network does.
    """

    def __init__(self, path: Path | str, cache: Path | str | None = None) -> None:
        self._trt = tensorrt_package()
        if not torch.cuda.is_available():
            raise RuntimeError("TensorRT needs a CUDA device, PyTorch sees none; use runtime torch or onnx")
        self.device = torch.device("cuda")
        exported = Exported.open(path)
        super().__init__(exported.model, exported.calibration, exported.sizes, exported.factors)
        self._logger, plans = self._trt.Logger(self._trt.Logger.WARNING), PlanCache(cache)
        self._runtime, self._stream = self._trt.Runtime(self._logger), torch.cuda.Stream()
        keys = {graph: self._key(exported, graph) for graph in GRAPHS}
        loaded = {graph: self._loaded(plans.load(keys[graph])) for graph in GRAPHS}
        missing = [graph for graph in GRAPHS if loaded[graph] is None]
        for graph in missing:
            log.info("TensorRT builds the plan of %s, once on this machine", exported.path(graph))
            loaded[graph] = self._built(exported, graph, plans, keys[graph])
        self._plans = {graph: _Plan(loaded[graph], exported.contracts[graph]) for graph in GRAPHS}
        if missing:
            self._compare(exported, plans, [keys[graph] for graph in missing])

    def _run(self, graph: str, batch: NDArray[np.generic]) -> list[Array]:
        whole = torch.from_numpy(batch).to(self.device)
        with torch.inference_mode():
            self._stream.wait_stream(torch.cuda.current_stream())
            pieces = [self._plans[graph](piece, self._stream) for piece in whole.split(BATCHES[-1])]
            torch.cuda.current_stream().wait_stream(self._stream)
            return [torch.cat(parts).cpu().numpy() for parts in zip(*pieces, strict=True)]

    def _key(self, exported: Exported, graph: str) -> PlanKey:
        major, minor = torch.cuda.get_device_capability(self.device)
        gpu = f"{torch.cuda.get_device_name(self.device)} {major}.{minor}"
        return PlanKey(exported.digests[graph], self._trt.__version__, gpu, exported.precision, BATCHES)

    def _loaded(self, plan: bytes | None) -> Any:
        """The engine of a plan; None when there is no plan or TensorRT does not take it."""
        return None if plan is None else self._runtime.deserialize_cuda_engine(plan)

    def _built(self, exported: Exported, graph: str, plans: PlanCache, key: PlanKey) -> Any:
        content = exported.path(graph).read_bytes()
        plan = _build(self._trt, self._logger, content, exported.contracts[graph])
        engine = self._loaded(plan)
        if engine is None:
            raise RuntimeError(f"TensorRT does not take the plan that it built from {exported.path(graph)}")
        plans.store(key, plan)
        return engine

    def _compare(self, exported: Exported, plans: PlanCache, made: list[PlanKey]) -> None:
        try:
            check_parity(self, exported.expected, exported.precision)
        except ParityError:
            for key in made:
                plans.drop(key)
            raise


class _Plan:
    """A plan that can run: reads a tensor on the GPU and writes its results there, without copies."""

    def __init__(self, engine: Any, contract: Contract) -> None:
        self._given, self._results = contract.given, contract.results
        self._engine, self._context = engine, engine.create_execution_context()
        if self._context is None:
            raise RuntimeError(f"TensorRT has no room for the graph {contract.graph}: free GPU memory")

    def __call__(self, batch: Tensor, stream: torch.cuda.Stream) -> list[Tensor]:
        """Each float32 (N, ...) of a contiguous batch (N, ...), N <= BATCHES[-1]; launched on the stream."""
        shapes = {port.name: (len(batch), *port.shape) for port in self._results}
        made = {name: batch.new_empty(shape, dtype=torch.float32) for name, shape in shapes.items()}
        context = self._context
        launched = (
            context.set_input_shape(self._given.name, tuple(batch.shape))
            and context.set_tensor_address(self._given.name, batch.data_ptr())
            and all(context.set_tensor_address(name, result.data_ptr()) for name, result in made.items())
            and context.execute_async_v3(stream.cuda_stream)
        )
        if not launched:
            raise RuntimeError(f"TensorRT did not run a batch {tuple(batch.shape)} of {self._given.name}")
        return list(made.values())


def tensorrt_package() -> Any:
    """NVIDIA's package; ImportError when it is missing, RuntimeError when it is too old."""
    trt = needs("tensorrt", "tensorrt", "the TensorRT engine")
    if int(trt.__version__.split(".")[0]) < OLDEST:
        raise RuntimeError(f"the TensorRT engine needs TensorRT {OLDEST} or newer; found {trt.__version__}")
    return trt


def _build(trt: Any, logger: Any, content: bytes, contract: Contract) -> bytes:
    """The plan of an ONNX file's content, for batches of 1 to 32. RuntimeError when TensorRT cannot."""
    builder = trt.Builder(logger)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(content):
        reasons = "; ".join(str(parser.get_error(i)) for i in range(parser.num_errors))
        raise RuntimeError(f"TensorRT cannot read the graph {contract.graph}: {reasons}")
    config, profile = builder.create_builder_config(), builder.create_optimization_profile()
    profile.set_shape(contract.given.name, *((batch, *contract.given.shape) for batch in BATCHES))
    config.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise RuntimeError(f"TensorRT could not build the graph {contract.graph}; its log says why")
    return bytes(plan)
