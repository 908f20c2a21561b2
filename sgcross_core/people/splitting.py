"""Parts connected returns into people: where people are expected, or where upper bodies leave a valley."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Indices = NDArray[np.intp]

NEAR_M = 0.45  # an expected person this near to some of the returns may own them
APART_M = 0.35  # the middles of two people are no nearer to each other
WIDE_M = 0.95  # an upper body is no wider, arms swinging
ROUNDS = 4


def split(points: Floats, heights: Floats, expected: Floats, widest: float) -> list[Indices]:
    """Indices of the parts of connected returns.

    points: (N, 3), metres; heights: (N,) above ground; expected: (K, 2), where known people should be;
    widest: metres, more is parted even when no valley is seen
    """
    flat = points[:, :2]
    seeds = expected[_near(flat, expected)]
    if len(seeds) >= 2 and (parts := _parted(flat, seeds)):
        return parts
    upper = heights > 0.55 * heights.max()
    extent = np.ptp(flat[upper], axis=0)
    if extent.max() <= WIDE_M and np.ptp(flat, axis=0).max() <= widest:
        return [np.arange(len(points))]
    parts = _parted(flat, _far_ends(flat[upper]))
    if parts and (_valley(flat[upper], [flat[part].mean(axis=0) for part in parts]) or extent.max() > widest):
        return [
            part[one] for part in parts for one in split(points[part], heights[part], expected[:0], np.inf)
        ]
    return [np.arange(len(points))]


def _near(flat: Floats, expected: Floats) -> NDArray[np.bool_]:
    """Which of the expected people have returns near them, bool (K,)."""
    return np.array([(np.hypot(*(flat - one).T) < NEAR_M).any() for one in expected], bool)


def _parted(flat: Floats, seeds: Floats) -> list[Indices] | None:
    """K-means from the seeds, (K, 2); None when two of its middles come too near to each other."""
    middles = np.asarray(seeds, np.float64)
    for _ in range(ROUNDS):
        owner = np.linalg.norm(flat[:, None] - middles, axis=2).argmin(axis=1)
        taken = np.unique(owner)
        if len(taken) < 2:
            return None
        middles = np.array([flat[owner == one].mean(axis=0) for one in taken])
    gaps = np.linalg.norm(middles[:, None] - middles, axis=2) + 10 * np.eye(len(middles))
    if gaps.min() < APART_M:
        return None
    owner = np.linalg.norm(flat[:, None] - middles, axis=2).argmin(axis=1)
    return [np.flatnonzero(owner == one) for one in range(len(middles))]


def _far_ends(flat: Floats) -> Floats:
    """The two outermost points along the widest direction, (2, 2)."""
    centred = flat - flat.mean(axis=0)
    along = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    return flat[[along.argmin(), along.argmax()]]


def _valley(flat: Floats, middles: list[Floats]) -> bool:
    """Whether there is less between two middles than at either: spread arms have a body between them."""
    start, way = middles[0], middles[1] - middles[0]
    along = (flat - start) @ way / float(way @ way)
    ends = [int((np.abs(along - end) < 0.2).sum()) for end in (0, 1)]
    between = int((np.abs(along - 0.5) < 0.2).sum())
    return 2 * between < min(ends)
