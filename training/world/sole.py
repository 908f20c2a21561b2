"""How a foot rolls over the ground without slipping, from the heel's edge to the tips of the toes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

PITCHES = np.arange(-75.0, 126.0)  # degrees, toes down positive
# The toes stay flat until they are bent this far (Perry & Burnfield 2010: about 55 degrees before toe-off).
TOES_MOST_DEG = 50.0


def toe_bend(pitch: ArrayLike) -> Array:
    """How far the toes bend up at this pitch of the foot (toes down positive), degrees."""
    return np.clip(np.asarray(pitch, np.float64), 0, TOES_MOST_DEG)


@dataclass(frozen=True)
class Sole:
    """Where a rolling foot carries its ankle: ahead and up (metres) for each of PITCHES.

    ahead is counted from the place where the ankle stands when the foot is flat, along the foot's track.
    """

    ahead: Array
    up: Array

    @classmethod
    def of(cls, points: Array, toes: Array, hinge: Array) -> Sole:
        """points: (K, 2), back and up from the ankle, of a flat foot; toes: (K,), how much each goes with
        the toes, 0..1; hinge: (2,), where the toes bend."""
        bent = hinge + _pitched(points - hinge, -toe_bend(PITCHES))
        shape = (1 - toes[:, None]) * points + toes[:, None] * bent
        placed = _pitched(shape, PITCHES)
        rows = np.arange(len(PITCHES))
        up = -placed[rows, placed[..., 1].argmin(axis=1), 1]
        # From one pitch to the next the point that is lowest half-way stays where it is.
        touching = (placed[1:, :, 1] + placed[:-1, :, 1]).argmin(axis=1)
        rolled = (placed[1:, :, 0] - placed[:-1, :, 0])[rows[:-1], touching]
        ahead = np.concatenate([[0.0], np.cumsum(rolled)])
        return cls(ahead - np.interp(0, PITCHES, ahead), up)

    def ankle(self, pitch: Array) -> tuple[Array, Array]:
        """Metres ahead and up at these pitches in degrees."""
        return np.interp(pitch, PITCHES, self.ahead), np.interp(pitch, PITCHES, self.up)


def _pitched(points: Array, degrees: Array) -> Array:
    """Points (..., K, 2) for each of (G,) pitches: (G, K, 2)."""
    cos, sin = np.cos(np.radians(degrees))[:, None], np.sin(np.radians(degrees))[:, None]
    back, up = points[..., 0], points[..., 1]
    return np.stack([back * cos - up * sin, back * sin + up * cos], axis=-1)
