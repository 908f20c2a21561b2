"""One small run of each rival."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from training.dataset import Clips
from training.recipe import Recipe
from training.trainer import Trainer

RECIPE = Recipe(iterations=10, people=4, clips=2, frames=2, rate=1e-3, encoder="hashing", flip=0.3)


@pytest.fixture(scope="session")
def clips(clips_of: Callable[..., Clips]) -> Clips:
    return clips_of(6, 2, 2, 3)


@pytest.fixture(scope="session")
def trainer_of(clips: Clips) -> Callable[..., Trainer]:
    """A maker: trainer_of("cl-gait", iteration=7, recipe settings)."""

    def make(network: str, iteration: int = 0, **changes: Any) -> Trainer:
        trainer = Trainer(replace(RECIPE, network=network, **changes), clips)
        trainer.iteration = iteration
        return trainer

    return make
