"""An exported network on ONNX Runtime, CPU or CUDA."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sgcross_core.optional import needs
from sgcross_core.runtime.engine import GRAPHS, Array, GraphEngine
from sgcross_core.runtime.exported import Exported

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxEngine(GraphEngine):
    """Runs a folder that `sgcross export` wrote.

    path: see `Exported.open` for the errors; device: auto takes CUDA where ONNX Runtime has its provider;
    threads: for CPU arithmetic, 0 leaves ONNX Runtime's own choice. ImportError without onnx and
    onnxruntime, ValueError for an unknown device, RuntimeError for cuda where there is none.
    """

    def __init__(self, path: Path | str, device: str = "auto", threads: int = 1) -> None:
        runtime = needs("onnxruntime", "onnx", "the ONNX Runtime engine")
        provider = _provider(device, runtime.get_available_providers())
        exported = Exported.open(path)
        super().__init__(exported.model, exported.calibration, exported.sizes, exported.factors)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        self._sessions = {
            graph: runtime.InferenceSession(exported.path(graph), options, [provider]) for graph in GRAPHS
        }
        used = self._sessions[GRAPHS[0]].get_providers()[0]
        if device == "cuda" and used != provider:  # without CUDA's libraries ONNX Runtime takes the CPU
            raise RuntimeError(f"device cuda was asked for, but ONNX Runtime could not start {provider}")
        self.device = next(name for name, known in PROVIDERS.items() if known == used)
        self._inputs = {graph: exported.contracts[graph].given.name for graph in GRAPHS}

    def _run(self, graph: str, batch: NDArray[np.generic]) -> list[Array]:
        results: list[Array] = self._sessions[graph].run(None, {self._inputs[graph]: batch})
        return results


def _provider(device: str, available: list[str]) -> str:
    if device not in ("auto", *PROVIDERS):
        raise ValueError(f"device must be one of auto, {', '.join(PROVIDERS)}; got {device!r}")
    if device == "cuda" and PROVIDERS["cuda"] not in available:
        raise RuntimeError(
            f"device cuda was asked for, but this ONNX Runtime has only {', '.join(available)}; "
            f"use auto or cpu, or install onnxruntime-gpu"
        )
    return PROVIDERS["cuda" if device != "cpu" and PROVIDERS["cuda"] in available else "cpu"]
