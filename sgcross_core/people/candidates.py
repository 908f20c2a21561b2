"""Where in a picture to look for a person: around what the LiDAR sees, or what is not background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sgcross_core.people.segment import Boxes, Mask

Grey = NDArray[np.uint8]

PAD_SIDE, PAD_END = (
    0.12,
    0.06,
)  # of a person's height: returns miss the outline, and people move between the sensors
PAD_PIXELS = 3
SMALLEST = 8  # pixels
MIXED = 0.05  # of the narrower box: who overlaps more can not be told apart by boxes
JOIN = np.ones((7, 3), np.uint8)  # at half resolution: parts of a person above each other are joined


@dataclass(frozen=True, eq=False)
class Candidate:
    """A part of the picture with one person in it.

    rows, columns: of the part; top, bottom: rows between which the person stands; area: of the person's box,
    pixels; own: bool (h, w), which pixels of the part are not someone else's; mixed: whether that is a mere
    guess; known: whether the LiDAR or an earlier moment says that somebody is there
    """

    rows: slice
    columns: slice
    top: int
    bottom: int
    area: float
    own: Mask
    mixed: bool = False
    known: bool = False


def from_seeds(seeds: Boxes, shape: tuple[int, ...]) -> list[Candidate]:
    """One candidate for each seed, float32 (N, 4), in the picture of shape (H, W); the nearest first."""
    return _shared(seeds.tolist(), shape)


def from_components(busy: Grey, min_rows: int, expected: Boxes) -> list[Candidate]:
    """One candidate for each group of pixels that differ, uint8 (H, W), and is at least min_rows high.

    A group where several people are expected, float32 (K, 4), becomes as many candidates.
    """
    half = cv2.resize(busy, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    joined = cv2.morphologyEx((half > 127).astype(np.uint8), cv2.MORPH_CLOSE, JOIN)
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for x, y, wide, high, _ in stats[1:].tolist():
        if 2 * high >= min_rows:
            group = (2.0 * x, 2.0 * y, 2.0 * (x + wide), 2.0 * (y + high))
            inside = [box for box in expected.tolist() if _holds(group, box)]
            found += _shared(inside, busy.shape) if len(inside) > 1 else [_padded(group, busy.shape)]
    return found


def _shared(boxes: list[list[float]], shape: tuple[int, ...]) -> list[Candidate]:
    """One candidate for each box in the picture; what is in several goes to the nearest person."""
    inside = [box for box in boxes if _clipped(box, shape) is not None]
    inside.sort(key=lambda box: -box[3])  # who stands lower in the picture is nearer
    return [_one_of(number, inside, shape) for number in range(len(inside))]


def _holds(group: Sequence[float], box: Sequence[float]) -> bool:
    """Whether the middle of a box lies in a group's box."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return group[0] <= x < group[2] and group[1] <= y < group[3]


def _padded(box: Sequence[float], shape: tuple[int, ...]) -> Candidate:
    x0, y0, x1, y1 = (int(v) for v in box)
    rows = slice(max(0, y0 - PAD_PIXELS), min(shape[0], y1 + PAD_PIXELS))
    columns = slice(max(0, x0 - PAD_PIXELS), min(shape[1], x1 + PAD_PIXELS))
    own = np.ones((rows.stop - rows.start, columns.stop - columns.start), bool)
    return Candidate(rows, columns, y0, y1, float((x1 - x0) * (y1 - y0)), own)


def _clipped(seed: Sequence[float], shape: tuple[int, ...]) -> tuple[slice, slice] | None:
    """Rows and columns of a padded seed in the picture; None when it is outside or not finite."""
    if not np.isfinite(seed).all():
        return None
    x0, y0, x1, y1 = seed
    side, end = PAD_SIDE * (y1 - y0) + PAD_PIXELS, PAD_END * (y1 - y0) + PAD_PIXELS
    rows = slice(max(0, int(y0 - end)), min(shape[0], int(np.ceil(y1 + end))))
    columns = slice(max(0, int(x0 - side)), min(shape[1], int(np.ceil(x1 + side))))
    fits = rows.stop - rows.start >= SMALLEST and columns.stop - columns.start >= SMALLEST
    return (rows, columns) if fits else None


def _one_of(number: int, seeds: list[list[float]], shape: tuple[int, ...]) -> Candidate:
    mine = seeds[number]
    clipped = _clipped(mine, shape)
    if clipped is None:
        raise ValueError(f"seed {mine} lies outside the picture {shape}")
    rows, columns = clipped
    across = np.arange(columns.start, columns.stop) + 0.5
    own = np.ones(len(across), bool)
    mixed = False
    for other, seed in enumerate(seeds):
        if other != number and _overlap(mine, seed, 1) > 0:
            front = seed if other < number else mine
            in_front = (across >= front[0]) & (across < front[2])
            to_me, to_other = _off(across, mine), _off(across, seed)
            nearer = to_me < to_other if other < number else to_me <= to_other
            own &= np.where(in_front, front is mine, nearer)
            mixed |= _overlap(mine, seed, 0) > MIXED * _narrow(mine, seed)
    area = (mine[2] - mine[0]) * (mine[3] - mine[1])
    tall = np.ones((rows.stop - rows.start, 1), bool)
    return Candidate(rows, columns, round(mine[1]), round(mine[3]), area, tall & own, mixed, True)


def _off(across: NDArray[np.float64], seed: Sequence[float]) -> NDArray[np.float64]:
    """How far columns (w,) are from the middle of a seed, in its half widths."""
    return np.asarray(np.abs(across - (seed[0] + seed[2]) / 2) / max((seed[2] - seed[0]) / 2, 1.0))


def _overlap(one: Sequence[float], other: Sequence[float], padded: int) -> float:
    """Columns that two seeds share when padded that many times; 0 when they share no rows."""
    if min(one[3], other[3]) <= max(one[1], other[1]):
        return 0.0
    pad = padded * PAD_SIDE * (one[3] - one[1] + other[3] - other[1])
    return max(0.0, min(one[2], other[2]) - max(one[0], other[0]) + pad)


def _narrow(one: Sequence[float], other: Sequence[float]) -> float:
    return min(one[2] - one[0], other[2] - other[0])
