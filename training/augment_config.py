"""How much goes wrong in the running chain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgcross_core import settings
from sgcross_core.settings import setting

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AugmentConfig:
    """Sizes in rows of the 64, shares are probabilities; 0 switches an error off."""

    ragged: float = setting(0.4, "noise of a silhouette's border", low=0.0, high=2.0)
    swell: float = setting(0.08, "spread of thinner or thicker silhouettes", low=0.0, high=1.0)
    coarse: float = setting(0.3, "share of clips with a mask of fewer rows", low=0.0, high=1.0)
    holes: float = setting(0.1, "share of silhouettes with holes", low=0.0, high=1.0)
    feet: float = setting(
        2.5, "most rows of feet that are lost, or of shadow that is added", low=0.0, high=20.0
    )
    head: float = setting(1.5, "most rows of head that are lost", low=0.0, high=20.0)
    gaps: float = setting(0.25, "share of clips in which a band looks like the background", low=0.0, high=1.0)
    shift: float = setting(1.2, "sideways shift", low=0.0, high=20.0)
    bars: float = setting(0.03, "share of pictures with an occluding bar", low=0.0, high=1.0)
    neighbours: float = setting(0.02, "share of pictures with somebody else in them", low=0.0, high=1.0)
    drop: float = setting(0.3, "largest share of LiDAR returns that are lost", low=0.0, high=0.95)
    extra: float = setting(0.15, "share of depth views with returns of the ground", low=0.0, high=1.0)
    scale: float = setting(0.025, "spread of the depth view's scale", low=0.0, high=0.3)
    noise_m: float = setting(0.02, "range noise", low=0.0, high=0.2, unit="m")
    exchange: float = setting(
        0.0, "share of clips in which the sensors exchange squares, see exchange_patches", low=0.0, high=1.0
    )

    def __post_init__(self) -> None:
        settings.check(self)


def feet_errors(clips: int, most: float, rng: np.random.Generator) -> Floats:
    """Rows lost (positive) or gained (negative) at the feet: half of the clips neither."""
    rows = rng.uniform(-0.5 * most, most, clips)
    return np.where(rng.random(clips) < 0.5, rows, 0)
