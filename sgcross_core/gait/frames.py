"""What one moment shows of a walk: a silhouette, a LiDAR depth view, or both, as 64x64 pictures.

Training, evaluation and the nodes all come through here: a change of any number here is a new VERSION.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

VERSION = "1"
SIDE = 64
MIN_POINTS = 30  # fewer returns than this do not show a walk
MIN_ROWS = 24  # a mask of fewer rows is too coarse for 64
DEPTH_SPAN_M = 0.75  # half the depth range that a view can show: an outstretched arm or a long step
FILL_PIXELS = 2.5  # half the widest gap between returns that is filled: 14 cm on a 1.75 m person


@dataclass(frozen=True)
class GaitFrame:
    """One track at one moment; a sensor that did not see the person well is None.

    stamp: nanoseconds; silhouette, depth, coverage: uint8 (64, 64), depth and coverage only together.
    """

    stamp: int
    silhouette: Picture | None = None
    depth: Picture | None = None
    coverage: Picture | None = None

    def __post_init__(self) -> None:
        if (self.depth is None) != (self.coverage is None):
            raise ValueError("depth and coverage come together; got only one of them")
        for name in ("silhouette", "depth", "coverage"):
            picture = getattr(self, name)
            if picture is not None and (picture.shape != (SIDE, SIDE) or picture.dtype != np.uint8):
                raise ValueError(f"{name} must be uint8 (64, 64); got {picture.dtype} {picture.shape}")

    def tile(self) -> Picture:
        """uint8 (64, 64, 3): silhouette, depth, coverage; a missing sensor's channels are zero."""
        empty = np.zeros((SIDE, SIDE), np.uint8)
        channels = (self.silhouette, self.depth, self.coverage)
        return np.stack([empty if c is None else c for c in channels], axis=-1)

    @classmethod
    def from_tile(cls, stamp: int, tile: Picture) -> GaitFrame:
        """The frame that made a tile, uint8 (64, 64, 3); an all-zero channel means the sensor did not see."""
        if tile.shape != (SIDE, SIDE, 3):
            raise ValueError(f"a tile must be (64, 64, 3); got {tile.shape}")
        silhouette, depth, coverage = (np.ascontiguousarray(tile[..., c]) for c in range(3))
        lidar = (depth, coverage) if coverage.any() else (None, None)
        return cls(stamp, silhouette if silhouette.any() else None, *lidar)


def silhouette(mask: NDArray[np.bool_]) -> Picture | None:
    """A person's mask, bool (h, w), scaled to 64 rows, centred on its own middle: uint8 (64, 64), 255 inside.

    None when the mask has fewer than 24 rows. What is wider than tall is cut at both sides.
    """
    rows = np.flatnonzero(mask.any(axis=1))
    if len(rows) == 0 or rows[-1] - rows[0] + 1 < MIN_ROWS:
        return None
    body = mask[rows[0] : rows[-1] + 1].astype(np.uint8) * 255
    scale = SIDE / body.shape[0]
    # An affine map instead of a resize: it keeps the centre at a fraction of a pixel.
    shrunk = cv2.resize(body, None, fx=scale, fy=scale, interpolation=_interpolation(scale))
    shift = SIDE / 2 - _middle(shrunk)
    move = np.array([[1, 0, shift], [0, SIDE / shrunk.shape[0], 0]], np.float64)
    return cv2.warpAffine(shrunk, move, (SIDE, SIDE), flags=cv2.INTER_LINEAR).astype(np.uint8)


def depth_view(points: NDArray[np.float32], ground_z: float) -> tuple[Picture, Picture] | None:
    """A person's LiDAR points seen along the line of sight, scaled so that ground to crown fills 64 rows.

    points:   float32 (N, 3), metres, LiDAR frame (z up, sensor at the origin)
    ground_z: height of the ground below the person, metres, same frame
    returns:  depth uint8 (64, 64), 1..255, nearer is brighter, 0 nothing, 0.75 m either side of the median
              range; coverage uint8 (64, 64), 255 where a return fell, 96 in a filled gap between returns.
              None when there are fewer than 30 points or they do not rise above 0.5 m.
    """
    if len(points) < MIN_POINTS:
        return None
    across, height, away = _sight_axes(points, ground_z)
    top = _high(height)
    if top < 0.5:
        return None
    scale = (SIDE - 1) / top  # pixels a metre
    columns = np.rint(SIDE / 2 + (across - _median(across)) * scale).astype(np.intp)
    rows = np.rint(SIDE - 1 - height * scale).astype(np.intp)
    nearness = np.clip(128 - (away - _median(away)) * (127 / DEPTH_SPAN_M), 1, 255).astype(np.uint8)
    return fill_gaps(_splat(rows, columns, nearness))


def gait_frame(
    stamp: int, mask: NDArray[np.bool_] | None, points: NDArray[np.float32] | None, ground_z: float = 0.0
) -> GaitFrame:
    """The gait frame of a mask, bool (h, w), and of points, float32 (N, 3), LiDAR frame; or of one."""
    picture = None if mask is None else silhouette(mask)
    view = None if points is None else depth_view(points, ground_z)
    return GaitFrame(stamp, picture, *(view or (None, None)))


def _interpolation(scale: float) -> int:
    return cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR


def _middle(picture: NDArray[np.integer[Any] | np.floating[Any]]) -> float:
    """Column that halves the mass, which a swinging arm moves less than the mean."""
    mass = np.cumsum(picture.sum(axis=0, dtype=np.int64))
    return float(np.searchsorted(mass, mass[-1] / 2)) + 0.5


def _sight_axes(points: NDArray[np.float32], ground_z: float) -> tuple[NDArray[np.float64], ...]:
    """Across (to the viewer's right), above ground and away along the line of sight, metres, each (N,)."""
    centre = np.array([_median(points[:, axis]) for axis in range(2)], np.float64)
    ahead = centre / max(float(np.hypot(*centre)), 1e-6)
    flat = points[:, :2].astype(np.float64)
    return flat @ [ahead[1], -ahead[0]], points[:, 2].astype(np.float64) - ground_z, flat @ ahead


# The same bits as np.median and np.percentile give for some numbers, in a fraction of the time.


def _median(values: NDArray[np.floating[Any]]) -> Any:
    rising = np.sort(values)
    return (rising[(len(rising) - 1) // 2] + rising[len(rising) // 2]) / 2


def _high(values: NDArray[np.float64], share: float = 0.99) -> float:
    """The value that this share of the numbers lies below."""
    rising = np.sort(values)
    place = (len(rising) - 1) * share
    below = int(place)
    low, high = rising[below], rising[min(below + 1, len(rising) - 1)]
    past, step = place - below, high - low
    return float(low + step * past if past < 0.5 else high - step * (1 - past))


def _splat(rows: NDArray[np.intp], columns: NDArray[np.intp], values: Picture) -> Picture:
    """uint8 (64, 64): the nearest (brightest) of the values that fall on a pixel."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    inside = (rows >= 0) & (rows < SIDE) & (columns >= 0) & (columns < SIDE)
    np.maximum.at(canvas, (rows[inside], columns[inside]), values[inside])
    return canvas


def fill_gaps(sparse: Picture) -> tuple[Picture, Picture]:
    """Gaps take the value of the nearest return within FILL_PIXELS."""
    hit = sparse > 0
    distance, label = cv2.distanceTransformWithLabels(
        (~hit).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    value_of = np.zeros(label.max() + 1, np.uint8)
    value_of[label[hit]] = sparse[hit]
    near = distance <= FILL_PIXELS
    depth = np.where(near, value_of[label], 0).astype(np.uint8)
    return depth, np.where(hit, 255, np.where(near, 96, 0)).astype(np.uint8)
