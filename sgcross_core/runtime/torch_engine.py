"""The network on PyTorch, CPU or CUDA."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sgcross_core.identity.calibration import Calibration
from sgcross_core.model import MODALITIES, SHIPPED, fold, load
from sgcross_core.runtime.cuda_graphs import Replayed
from sgcross_core.runtime.engine import Array, GraphEngine
from sgcross_core.runtime.graphs import factor_schema, graphs, strips_of

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("fp32", "bf16")

Run = Callable[[Tensor], tuple[Tensor, ...]]


class TorchEngine(GraphEngine):
    """Runs a weight file.

    path: see `model.load` for the errors; device: auto takes CUDA where there is one; threads: for CPU
    arithmetic, 0 leaves PyTorch's own choice; precision: bf16 computes the frames' features in it, the head,
    once a window, stays float32; cuda_graphs: replay recorded launches, on CUDA only.
    ValueError for an unknown device or precision, RuntimeError for cuda where there is none.
    """

    def __init__(
        self,
        path: Path | str = SHIPPED,
        device: str = "auto",
        threads: int = 1,
        precision: str = "fp32",
        cuda_graphs: bool = False,
    ) -> None:
        self.device = torch_device(device)
        if precision not in PRECISIONS:
            raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}; got {precision!r}")
        if threads:
            torch.set_num_threads(threads)
        model = load(path)
        if not model.calibration:
            again = f"sgcross evaluate {path} --store STORE --calibrate"
            raise ValueError(f"{path} has no calibration; add it with: {again} (or --data OUT, clips)")
        cohort = {modality: people.numpy() for modality, people in model.cohort.items()}
        calibration = Calibration.from_json(model.calibration, cohort)
        sizes = model.net.feature_size, model.net.embedding_size, strips_of(model.net)
        super().__init__(model.hash, calibration, sizes, factor_schema(model.net))
        self.command = model.command
        self.net = fold(model.net).to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        eager: dict[str, Run] = {**graphs(self.net)}
        if precision == "bf16":
            eager |= {modality: _in_bf16(eager[modality], self.device) for modality in MODALITIES}
        replay = cuda_graphs and self.device.type == "cuda"
        self._graphs: dict[str, Run] = {n: Replayed(run) for n, run in eager.items()} if replay else eager

    def _run(self, graph: str, batch: NDArray[np.generic]) -> list[Array]:
        with torch.inference_mode():
            results = self._graphs[graph](torch.from_numpy(batch).to(self.device))
        return [result.cpu().numpy() for result in results]


def torch_device(name: str) -> torch.device:
    """The device of a name in DEVICES; see TorchEngine for the errors."""
    if name not in DEVICES:
        raise ValueError(f"device must be one of {', '.join(DEVICES)}; got {name!r}")
    if name == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("device cuda was asked for, but PyTorch sees no CUDA device; use auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def _in_bf16(graph: Run, device: torch.device) -> Run:
    def run(batch: Tensor) -> tuple[Tensor, ...]:
        with torch.autocast(device.type, torch.bfloat16, cache_enabled=False):
            return graph(batch)

    return run
