"""The legs of a body as rigid links: where the ankle goes for the joints' angles, and back again.

Frame: anny's, x left, y back, z up, metres, from the root bone. Angles in degrees as in training.world.gait.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.world.sole import Sole

Array = NDArray[np.float64]


def about(axis: str, degrees: Array) -> Array:
    """Rotations (T, 3, 3) about x, y or z."""
    cos, sin, i = np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), "xyz".index(axis)
    j, k = (i + 1) % 3, (i + 2) % 3
    turn = np.zeros((*np.shape(degrees), 3, 3))
    turn[..., i, i], turn[..., j, j], turn[..., k, k] = 1.0, cos, cos
    turn[..., k, j], turn[..., j, k] = sin, -sin
    return turn


@dataclass(frozen=True)
class LegAngles:
    """Hip flexion, hip adduction and knee flexion, degrees, each (T,)."""

    hip: Array
    adduction: Array
    knee: Array


@dataclass(frozen=True)
class Leg:
    """One leg in anny's reference pose.

    side: 1 left, -1 right; hip: (3,) from the root; thigh: (3,) from hip to knee; shank: (3,) knee to ankle
    """

    side: float
    hip: Array
    thigh: Array
    shank: Array
    sole: Sole

    def turns(self, angles: LegAngles) -> tuple[Array, Array]:
        """Rotations of the thigh in the pelvis and of the shank in the thigh, each (T, 3, 3)."""
        thigh = about("x", -angles.hip) @ about("y", self.side * angles.adduction)
        return thigh, about("x", angles.knee)

    def ankle(self, pelvis: Array, angles: LegAngles) -> Array:
        """Where the ankle is, (T, 3); pelvis: rotations (T, 3, 3)."""
        thigh, shank = self.turns(angles)
        return _turned(pelvis, self.hip + _turned(thigh, self.thigh + _turned(shank, self.shank)))

    def length(self, knee: float) -> float:
        """From hip to ankle at this flexion of the knee."""
        return float(np.linalg.norm(self.thigh + _turned(about("x", np.array(knee)), self.shank)))

    def reaching(self, pelvis: Array, ankle: Array, least_knee: float, soft: Array) -> LegAngles:
        """The angles that bring the ankle to a place (T, 3), as near as a knee of least_knee allows.

        soft: (T,) metres before the leg is straight where it begins to fall short, to stretch gently
        """
        aim = _turned(np.swapaxes(pelvis, -1, -2), ankle) - self.hip
        distance, most = np.linalg.norm(aim, axis=-1), self.length(least_knee)
        reached = most - (most - distance + np.hypot(most - distance, soft)) / 2
        aim *= (reached / distance)[:, None]
        knee = self._knee(reached)
        folded = self.thigh + _turned(about("x", knee), self.shank)
        across = np.hypot(folded[:, 0], folded[:, 2])
        swung = np.arctan2(folded[:, 2], folded[:, 0]) + np.arccos(np.clip(aim[:, 0] / across, -1, 1))
        back, up = folded[:, 1], -np.sqrt(np.maximum(across**2 - aim[:, 0] ** 2, 0))
        lifted = np.arctan2(back * aim[:, 2] - up * aim[:, 1], back * aim[:, 1] + up * aim[:, 2])
        return LegAngles(-np.degrees(lifted), self.side * np.degrees(swung), knee)

    def _knee(self, distance: Array) -> Array:
        """The law of cosines for links that are not quite in line in the reference pose, degrees."""
        (tx, ty, tz), (sx, sy, sz) = self.thigh, self.shank
        cos, sin = ty * sy + tz * sz, tz * sy - ty * sz
        wanted = (distance**2 - self.thigh @ self.thigh - self.shank @ self.shank) / 2 - tx * sx
        bend = np.arccos(np.clip(wanted / np.hypot(cos, sin), -1, 1))
        return np.asarray(np.degrees(np.arctan2(sin, cos) + bend))


def _turned(turns: Array, points: Array) -> Array:
    return np.asarray((turns @ np.asarray(points)[..., None])[..., 0])
