"""What a training run is: read from YAML, checked before anything starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sgcross_core import settings
from sgcross_core.model import PRESETS
from sgcross_core.settings import nested, setting, with_values
from training.augment import AugmentConfig


@dataclass(frozen=True)
class LossConfig:
    """Weight of each loss; margins and scales after the papers named in `training.losses`."""

    cross: float = setting(1.0, "triplets across the sensors", low=0.0)
    within: float = setting(0.5, "triplets within a sensor", low=0.0)
    identity: float = setting(0.5, "telling the training people apart", low=0.0)
    contrast: float = setting(0.5, "finding the person among the other sensor's clips", low=0.0)
    margin: float = setting(0.2, "of the triplets", low=0.0)
    contrast_scale: float = setting(16.0, "inverse temperature of the contrast", low=1.0, high=200.0)

    def __post_init__(self) -> None:
        settings.check(self)


@dataclass(frozen=True)
class Recipe:
    """One training run; a batch is people x clips x 2 sensors x frames pictures."""

    preset: str = setting("tiny", "network", choices=tuple(PRESETS))
    seed: int = setting(0, "of every random choice", low=0)
    iterations: int = setting(3000, "batches in all; the schedule follows from it", low=1)
    people: int = setting(16, "people a batch", low=2, high=1024)
    clips: int = setting(2, "clips of each", low=2, high=64)
    frames: int = setting(4, "frames of a clip, a random subset, of each sensor its own", low=1, high=600)
    late_frames: int = setting(12, "the same for the last 15 %, when windows grow long", low=1, high=600)
    rate: float = setting(1e-3, "learning rate; x 0.3 at 60 % and x 0.1 at 85 % of the iterations", low=0.0)
    decay: float = setting(5e-4, "weight decay", low=0.0)
    flip: float = setting(
        0.3, "share of people shown as in a mirror, as people of their own", low=0.0, high=1.0
    )
    save_every: int = setting(200, "iterations between checkpoints", low=1)
    loss: LossConfig = nested(LossConfig)  # noqa: RUF009
    augment: AugmentConfig = nested(AugmentConfig)  # noqa: RUF009

    def __post_init__(self) -> None:
        settings.check(self)


def read_recipe(path: Path | str) -> Recipe:
    """The recipe of a YAML file; ValueError names a wrong or unknown setting."""
    with Path(path).open(encoding="utf-8") as opened:
        content = yaml.safe_load(opened) or {}
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold settings, name: value; got {type(content).__name__}")
    return with_values(Recipe(), _dotted(content))


def _dotted(content: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in content.items():
        flat |= _dotted(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat
