"""How fast the world is made, batches are read and embeddings evaluated, on this machine."""

from training.speed.data import data_figures
from training.speed.world import world_figures

__all__ = ["data_figures", "world_figures"]
