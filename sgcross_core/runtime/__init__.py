"""Running the recognition network: one interface, whatever library does the arithmetic."""

from sgcross_core.runtime.engine import Engine
from sgcross_core.runtime.torch_engine import TorchEngine

__all__ = ["Engine", "TorchEngine"]
