"""Whether something nearer to the sensor hides a part of a person."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

AHEAD_M = 0.5  # what hides is nearer than the person by more than this
NEAREST_M = 0.3
MARGIN_M = 0.08  # the hidden part lies beside what is seen
COLUMNS, ROWS = 8, 12


class Outlook:
    """A sweep as the sensor at the origin sees it: returns (P, 3), metres, by bearing, slope and distance."""

    def __init__(self, points: Floats) -> None:
        self._bearing, self._slope, self._distance = _seen(points)

    def hidden_share(self, mine: Floats) -> float:
        """Share of the outline of a person's returns, (N, 3), in front of which there are other returns."""
        bearing, slope, distance = _seen(mine)
        away = float(distance.mean())
        middle = float(bearing[len(bearing) // 2])
        left = _turned(bearing - middle)
        margin = MARGIN_M / max(away, MARGIN_M)
        low, high = float(left.min()) - margin, float(left.max()) + margin
        off = _turned(self._bearing - np.float32(middle))
        front = (off >= low) & (off < high) & (self._distance > NEAREST_M) & (self._distance < away - AHEAD_M)
        if not (near := np.flatnonzero(front)).size:
            return 0.0
        column = (off[near] - low) / (high - low) * COLUMNS
        row = (self._slope[near] - slope.min()) / max(float(np.ptp(slope)), 1e-6) * ROWS
        inside = (row >= 0) & (row < ROWS)
        covered = np.zeros((ROWS + 1, COLUMNS + 1), bool)
        covered[row[inside].astype(int), column[inside].astype(int)] = True
        return float(covered.sum()) / (COLUMNS * ROWS)


def _seen(points: Floats) -> tuple[Floats, Floats, Floats]:
    """Bearing in radians, height per metre of distance, and distance of points (N, 3), each (N,)."""
    x, y, z = points.T
    distance = np.sqrt(x * x + y * y)
    return np.arctan2(y, x), z / np.maximum(distance, points.dtype.type(1e-3)), distance


def _turned(angle: Floats) -> Floats:
    """Angles (N,) brought to -pi..pi."""
    turns = np.float32(2 * np.pi)
    brought: Floats = angle - turns * np.rint(angle / turns)
    return brought
