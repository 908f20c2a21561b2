"""What stands still: voxels that were occupied in many of the recent sweeps of a LiDAR that does not move."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

CELL_M = 0.2
TALL_M = 2.4
STATIC = 0.35  # a voxel occupied in more of the recent sweeps than this is scenery
DOUBT = 8  # empty sweeps that are assumed before the first, so that one glimpse is no scenery
HOLD_M = 0.7  # around a person nothing is learnt


class Scenery:
    """An occupancy memory around the sensor. reach: metres; sweeps: time constant of forgetting."""

    def __init__(self, reach: float, sweeps: int) -> None:
        self._reach, self._slowest = reach, 1.0 / sweeps
        side = int(np.ceil(2 * reach / CELL_M))
        self._shape = (side, side, int(np.ceil(TALL_M / CELL_M)))
        middles = (np.arange(side, dtype=np.float32) + 0.5) * CELL_M - reach
        self._x, self._y = np.meshgrid(middles, middles, indexing="ij")
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._memory = np.zeros(self._shape, np.float32)
        self._seen = 0

    def update(self, points: Floats, heights: Floats, people: Floats) -> NDArray[np.bool_]:
        """Learn a sweep and tell which of its points are scenery, bool (N,).

        points: (N, 3) within reach, metres, LiDAR frame; heights: (N,) above the ground, 0 to 2.4 m;
        people: (K, 2), where people are: their surroundings are not learnt, so nobody fades who stands still
        """
        voxels = self._voxels(points, heights)
        flat = self._memory.reshape(-1)
        known: NDArray[np.bool_] = flat[voxels] > STATIC
        held = self._held(people)
        before = self._memory[held]
        self._seen += 1
        rate = np.float32(max(1.0 / (self._seen + DOUBT), self._slowest))
        flat *= 1 - rate
        flat[voxels] += rate  # a voxel with several points gains once: the sum is taken before it is stored
        self._memory[held] = before
        return known

    def _voxels(self, points: Floats, heights: Floats) -> NDArray[np.intp]:
        across, along, layers = self._shape
        cells = ((points[:, :2] + self._reach) * np.float32(1 / CELL_M)).astype(np.intp)
        layer = (heights * np.float32(1 / CELL_M)).astype(np.intp)
        flat: NDArray[np.intp] = (cells[:, 0] * along + cells[:, 1]) * layers + layer
        return np.clip(flat, 0, across * along * layers - 1)

    def _held(self, people: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The cells, seen from above, around people, (K, 2), and behind them: nothing is learnt there."""
        held = np.zeros(self._shape[:2], bool)
        for x, y in people.astype(np.float32):
            away = float(np.hypot(x, y))
            along = (self._x * x + self._y * y) / max(away, HOLD_M)  # cells (side, side)
            aside = np.abs(self._x * y - self._y * x) / max(away, HOLD_M)
            held |= (along > away - HOLD_M) & (aside < HOLD_M * np.maximum(along / max(away, HOLD_M), 1))
        rows, columns = np.nonzero(held)
        return rows, columns
