"""From what differs in a part of a picture to the clean mask of one person."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Grey = NDArray[np.uint8]
Box = tuple[int, int, int, int]

# A shadow has the colour of what it falls on, darker. On the ground it may be dark; at the height of a head
# what is so much darker is hair or skin.
SHADOW_COLOUR = 7.0  # grey levels that a shadow's colour may be off
DARKEST_LOW, DARKEST_HIGH = 0.5, 0.85
LEGS_FROM, LEGS_FULL = 0.4, 0.7  # of the height from the top: between them the limit goes from high to low
EDGE_SHARE = 0.5  # an edge pixel with less than this share of the difference beside it is a blur or a halo
HALO = np.ones((5, 5), np.uint8)
THIN = np.ones((3, 3), np.uint8)
HOLE_SHARE = 0.012  # larger holes are seen through: between an arm and the body
PART_SHARE = 0.02  # smaller parts are noise
HEAD_PART, HEAD_WIDEST, WIDEST = 0.3, 0.42, 0.75  # of the height; walkers stay below 0.35 and 0.65
HEAD_HIGH, HEAD_APART, HEAD_FREE = (
    0.6,
    0.18,
    0.1,
)  # of the height: how high, how far apart, how much above a valley


def shadows(pixels: Floats, empty: Floats, down: Floats) -> Mask:
    """Which pixels are the empty picture but darker, bool (N,).

    pixels, empty: float32 (N, 3), what is seen and what the empty picture has there; down: (N,), where they
    are between the crown, 0, and the feet, 1
    """
    squares = np.maximum(np.einsum("nc,nc->n", empty, empty), 1)
    darker = np.einsum("nc,nc->n", pixels, empty) / squares
    off = np.abs(pixels - darker[:, None] * empty).max(axis=1)
    legs = np.clip((down - LEGS_FROM) / (LEGS_FULL - LEGS_FROM), 0, 1)
    limit = DARKEST_HIGH + (DARKEST_LOW - DARKEST_HIGH) * legs
    shaded: Mask = (darker > limit) & (darker < 1) & (off < SHADOW_COLOUR)
    return shaded


def person_mask(difference: Grey, likely: Mask) -> Mask:
    """The mask of one person, bool (h, w), all False when there is none.

    difference: uint8 (h, w), to the empty picture; likely: bool (h, w), where it counts and is no shadow
    """
    mask = filled(main_parts(cv2.medianBlur(likely.astype(np.uint8), 3) > 0))
    return without_halo(mask, difference)


def main_parts(mask: Mask) -> Mask:
    """The largest connected part and those of at least a fiftieth of it, bool (h, w)."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count < 2:
        return mask
    area = stats[:, cv2.CC_STAT_AREA].copy()
    area[0] = 0
    return np.asarray((area > PART_SHARE * area.max())[labels], np.bool_)


def filled(mask: Mask) -> Mask:
    """The mask, bool (h, w), with its small holes closed."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    height, width = mask.shape
    left, top, wide, high, area = stats.T
    inside = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    hole = inside & (area < HOLE_SHARE * mask.sum())
    hole[0] = False
    return np.asarray(mask | hole[labels], np.bool_)


def without_halo(mask: Mask, difference: Grey) -> Mask:
    """The mask, bool (h, w), without edge pixels that differ far less than their neighbours do: blur."""
    drawn = mask.astype(np.uint8)
    inner = cv2.erode(drawn, THIN, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0
    peak = cv2.dilate(np.where(mask, difference, 0).astype(np.uint8), HALO)
    kept = mask & (inner | (difference > EDGE_SHARE * peak))
    return np.asarray(cv2.medianBlur(kept.astype(np.uint8), 3) > 0, np.bool_)


def parted(mask: Mask) -> list[Mask]:
    """The masks, bool (h, w) each, of people who touch: cut upright in the valleys between their heads."""
    rows = tight(mask)
    if rows is None:
        return [mask]
    bottom = rows[0].stop
    height = bottom - rows[0].start
    tops = np.where(mask.any(axis=0), bottom - mask.argmax(axis=0), 0)
    outline = np.pad(uniform_filter1d(tops.astype(np.float64), max(3, height // 16)), 1)
    heads, _ = find_peaks(
        outline,
        height=HEAD_HIGH * height,
        distance=max(1.0, HEAD_APART * height),
        prominence=HEAD_FREE * height,
    )
    if len(heads) < 2:
        return [mask]
    cuts = [a + int(outline[a:b].argmin()) - 1 for a, b in pairwise(heads)]
    columns = np.searchsorted(cuts, np.arange(mask.shape[1]), side="right")
    return [mask & (columns == part) for part in range(len(heads))]


def crowded(mask: Mask) -> bool:
    """Whether a tight mask, bool (h, w), is too wide at head and shoulders, or in all, for one who walks."""
    head = np.flatnonzero(mask[: max(1, int(HEAD_PART * len(mask)))].any(axis=0))
    return bool(np.ptp(head) >= HEAD_WIDEST * len(mask) or mask.shape[1] > WIDEST * len(mask))


def beside(one: Mask, box: Box, other: Mask, other_box: Box) -> int:
    """How many pixels of one mask, bool (h, w) at its box, lie beside or on the other's."""
    x0, y0 = max(box[0], other_box[0] - 1), max(box[1], other_box[1] - 1)
    x1, y1 = min(box[2], other_box[2] + 1), min(box[3], other_box[3] + 1)
    if x0 >= x1 or y0 >= y1:
        return 0
    window = np.zeros((y1 - y0 + 2, x1 - x0 + 2), np.uint8)  # one pixel more at each side, for the neighbours
    _paste(window, other, other_box, x0 - 1, y0 - 1)
    grown = cv2.dilate(window, THIN)[1:-1, 1:-1] > 0
    mine = one[y0 - box[1] : y1 - box[1], x0 - box[0] : x1 - box[0]]
    return int((grown & mine).sum())


def _paste(window: Grey, mask: Mask, box: Box, x: int, y: int) -> None:
    """Draw a mask at its box into a window, uint8 (h, w), whose corner is at x, y."""
    high, wide = window.shape
    x0, y0, x1, y1 = max(box[0], x), max(box[1], y), min(box[2], x + wide), min(box[3], y + high)
    part = mask[y0 - box[1] : y1 - box[1], x0 - box[0] : x1 - box[0]]
    window[y0 - y : y1 - y, x0 - x : x1 - x] = part


def tight(mask: Mask) -> tuple[slice, slice] | None:
    """Rows and columns of the smallest box around a mask, bool (h, w); None when it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
