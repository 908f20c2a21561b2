"""Parts connected returns into people: where people are expected, or where upper bodies leave a valley."""

from __future__ import annotations

from itertools import pairwise
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
    upper = flat[heights > 0.55 * heights.max()]
    if np.ptp(upper, axis=0).max() > WIDE_M or np.ptp(flat, axis=0).max() > widest:
        for people in (2, 3):
            parts = _parted(flat, _spaced(upper, people))
            if parts and _valleys(upper, [flat[part].mean(axis=0) for part in parts]):
                return parts
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


def _spaced(flat: Floats, count: int) -> Floats:
    """Places (count, 2) at even spaces along the widest direction of flat (N, 2)."""
    middle = flat.mean(axis=0)
    along = np.linalg.svd(flat - middle, full_matrices=False)[2][0]
    reach = (flat - middle) @ along
    shares = (np.arange(count) + 0.5) / count
    return np.asarray(middle + np.outer(reach.min() + shares * np.ptp(reach), along))


def _valleys(flat: Floats, middles: list[Floats]) -> bool:
    """Whether there is less between neighbouring middles than at them: spread arms have a body between."""
    way = middles[-1] - middles[0]
    along = [flat @ way, *((middle @ way) for middle in middles)]
    places = sorted(float(one) / float(way @ way) for one in along[1:])
    spread = along[0] / float(way @ way)
    return all(_valley((spread - a) / (b - a)) for a, b in pairwise(places))


def _valley(along: Floats) -> bool:
    """Whether of returns (N,) fewer lie around 0.5 than around 0 or 1."""
    at = [int((np.abs(along - end) < 0.2).sum()) for end in (0.0, 0.5, 1.0)]
    return 2 * at[1] < min(at[0], at[2])
