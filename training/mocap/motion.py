"""A recorded motion: one skeleton, its joints' rotations over time, in metres with z up."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CMU_UNIT_M = 0.0254 / 0.45  # the CMU library's skeletons: inches divided by 0.45
UNITS_M = (1.0, CMU_UNIT_M, 0.0254, 0.01, 0.001)  # what files without a unit are written in
STATURE_M = (1.2, 2.2)  # a skeleton's vertical extent; no two of the units both fit
Z_UP_FROM = {  # the turn that brings each axis up, the others in cyclic order
    0: np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]]),
    1: np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]]),
    2: np.eye(3),
}


@dataclass(frozen=True)
class Motion:
    """One recording.

    source:    the file, for messages
    joints:    names (J,), parents first; parents: (J,) indices, -1 for the first
    offsets:   float64 (J, 3), from the parent's joint, metres, in the parent's axes
    rotations: float64 (T, J, 3, 3), of each joint against its parent
    roots:     float64 (T, 3), of the first joint, metres, z up
    fps:       frames a second
    """

    source: str
    joints: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Array
    rotations: Array
    roots: Array
    fps: float

    def __len__(self) -> int:
        return len(self.roots)

    def placed(self) -> tuple[Array, Array]:
        """Where the joints are in the world: rotations (T, J, 3, 3) and positions (T, J, 3), metres."""
        turns, places = self.rotations.copy(), np.empty((*self.rotations.shape[:2], 3))
        places[:, 0] = self.roots
        for joint, parent in enumerate(self.parents[1:], start=1):
            turns[:, joint] = turns[:, parent] @ self.rotations[:, joint]
            places[:, joint] = places[:, parent] + turns[:, parent] @ self.offsets[joint]
        return turns, places

    def between(self, start: int, stop: int) -> Motion:
        """The frames start to stop - 1 alone."""
        frames = slice(start, stop)
        return dataclasses.replace(self, rotations=self.rotations[frames], roots=self.roots[frames])


def normalised(motion: Motion, unit: float | None = None) -> Motion:
    """The motion in metres with z up.

    unit: metres per unit of the file; None takes the one of UNITS_M that makes the body human.
    The axis along which the body is longest points up. Raises ValueError: no frames, nobody of human
    size.
    """
    if len(motion) == 0:
        raise ValueError(f"{motion.source}: no frames; expected at least one")
    places = motion.placed()[1]
    extents = np.median(np.ptp(places, axis=1), axis=0)
    up = int(extents.argmax())
    scale = _unit(motion.source, float(extents[up]), unit)
    turn, rotations = Z_UP_FROM[up], motion.rotations.copy()
    rotations[:, 0] = turn @ rotations[:, 0]
    roots = motion.roots @ turn.T * scale
    return dataclasses.replace(motion, offsets=motion.offsets * scale, rotations=rotations, roots=roots)


def _unit(source: str, extent: float, unit: float | None) -> float:
    low, high = STATURE_M
    for scale in UNITS_M if unit is None else (unit,):
        if low <= extent * scale <= high:
            return scale
    asked = "in no unit known here" if unit is None else f"({extent * unit:.3g} m)"
    raise ValueError(
        f"{source}: the skeleton is {extent:.4g} units tall, {asked} a standing person; "
        f"expected {low}-{high} m (name the metres per unit)"
    )
