"""Every network that a recipe can name, as its objective and as its weight file."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from sgcross_core.model import ModelFile, load
from sgcross_core.model.prototypes import PrototypeBank
from training.objective import make_objective
from training.recipe import Recipe
from training.rivals import NETWORKS, OBJECTIVES


def objective_of(recipe: Recipe, classes: int, bank: PrototypeBank | None) -> nn.Module:
    """The objective of a recipe, its network fresh but for CLIP weights, channels last."""
    if recipe.network not in OBJECTIVES:
        return make_objective(recipe, classes, bank)
    objective = OBJECTIVES[recipe.network](recipe, classes, bank)
    return objective.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def load_any(path: Path) -> ModelFile:
    """Read a weight file of any network, see `sgcross_core.model.load`."""
    return load(path, NETWORKS)
