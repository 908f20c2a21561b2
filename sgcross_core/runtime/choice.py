"""Which runtime runs a network."""

from __future__ import annotations

from pathlib import Path

from sgcross_core.model import SHIPPED
from sgcross_core.runtime.engine import GraphEngine
from sgcross_core.runtime.onnx_engine import OnnxEngine
from sgcross_core.runtime.tensorrt_engine import TensorRtEngine
from sgcross_core.runtime.torch_engine import TorchEngine

RUNTIMES = ("auto", "torch", "onnx", "tensorrt")


def make_engine(
    path: Path | str = "",
    runtime: str = "auto",
    device: str = "auto",
    threads: int = 1,
    precision: str = "fp32",
    cuda_graphs: bool = False,
) -> GraphEngine:
    """The engine of a weight file (runtime torch) or of a folder made by `sgcross export` (onnx, tensorrt).

    path: "" is the shipped weight file, ~ the home folder; runtime: auto takes torch for a file and onnx for
    a folder; device: "auto", "cpu" or "cuda", TensorRT takes CUDA in any case; threads: for CPU arithmetic, 0
    leaves the choice to the library; precision ("fp32", "bf16") and cuda_graphs: of runtime torch, see
    `TorchEngine`.
    ValueError when they do not fit together; see the engines for their own errors.
    """
    path = Path(path).expanduser() if str(path) else SHIPPED
    if runtime not in RUNTIMES:
        raise ValueError(f"runtime must be one of {', '.join(RUNTIMES)}; got {runtime!r}")
    if runtime == "auto":
        runtime = "onnx" if path.is_dir() else "torch"
    if (runtime == "torch") == path.is_dir():
        wanted = "a weight file" if runtime == "torch" else "a folder made by: sgcross export"
        raise ValueError(f"runtime {runtime} runs {wanted}; got {path}")
    if runtime == "torch":
        return TorchEngine(path, device, threads, precision, cuda_graphs)
    if precision != "fp32" or cuda_graphs:
        raise ValueError(
            f"precision and cuda_graphs are for runtime torch, an exported network has its own precision; "
            f"got {precision!r}, {cuda_graphs} with runtime {runtime}"
        )
    if runtime == "onnx":
        return OnnxEngine(path, device, threads)
    if device == "cpu":
        raise ValueError("runtime tensorrt runs on CUDA only; got device 'cpu'")
    return TensorRtEngine(path)
