"""Running the recognition network: one interface, whatever library does the arithmetic."""

from sgcross_core.runtime.choice import RUNTIMES, make_engine
from sgcross_core.runtime.engine import Engine, GraphEngine
from sgcross_core.runtime.torch_engine import TorchEngine

__all__ = ["RUNTIMES", "Engine", "GraphEngine", "TorchEngine", "make_engine"]
