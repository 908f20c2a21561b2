"""LiDAR points of a person as the coloured depth picture of SUSTech1K (LiDAR-PCDs_depths), made directly.

The projection is LidarGait's (arXiv 2211.10598): a grid of 0.19188 degrees across and 0.2 degrees up, colour
by nearness from matplotlib's map "jet", cropped to the returns, scaled to 64 rows, centred on the column that
halves the mass. The released pictures are drawn by a plotting library, so they agree in looks, not in bytes.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

ACROSS_DEG, UP_DEG = 0.19188, 0.2
MARK = 100 / 72  # width of a return in cells: a point of the plot at its 100 dots an inch
SIDE = 64
MOST_COLUMNS = 2048  # wider than any person; what is wider is no person and cut


def _jet() -> Picture:
    """uint8 (256, 3) RGB: the straight pieces that define matplotlib's map of that name."""
    at = np.linspace(0, 1, 256)
    red = np.interp(at, (0.35, 0.66, 0.89, 1), (0, 1, 1, 0.5))
    green = np.interp(at, (0.125, 0.375, 0.64, 0.91), (0, 1, 1, 0))
    blue = np.interp(at, (0, 0.11, 0.34, 0.65), (0.5, 1, 1, 0))
    return (np.stack([red, green, blue], axis=-1) * 255).astype(np.uint8)


JET = _jet()


def range_view(points: NDArray[np.floating]) -> Picture:
    """uint8 (3, 64, 64) RGB of points (N, 3), metres, LiDAR frame; nearest red, farthest blue, else black."""
    if len(points) == 0:
        return np.zeros((3, SIDE, SIDE), np.uint8)
    reach = np.hypot(points[:, 0], points[:, 1])
    order = np.argsort(-reach, kind="stable")  # the nearest of a cell is drawn last
    rows, columns = (cells[order] for cells in _cells(points, reach))  # each (N, 2)
    canvas = np.zeros((rows.max() + 1, columns.max() + 1, 3), np.uint8)
    canvas[rows[:, :, None], columns[:, None, :]] = JET[_shade(reach)[order]][:, None, None]
    return np.ascontiguousarray(_aligned(canvas).transpose(2, 0, 1))


def range_views(frames: list[NDArray[np.floating]]) -> Picture:
    """uint8 (T, 3, 64, 64), one picture a frame."""
    return np.stack([range_view(points) for points in frames])


def _cells(points: NDArray[np.floating], reach: NDArray[np.floating]) -> tuple[NDArray[np.intp], ...]:
    """First and last row, from the highest return down, and column, from the left, of each mark: (N, 2)."""
    azimuth = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    azimuth = (azimuth - azimuth[0] + 180) % 360  # so that nobody is cut in two behind the sensor
    columns = _covered((azimuth.max() - azimuth) / ACROSS_DEG)
    elevation = np.degrees(np.arctan2(points[:, 2], reach))
    return _covered((elevation.max() - elevation) / UP_DEG), np.minimum(columns, MOST_COLUMNS - 1)


def _covered(places: NDArray[np.floating]) -> NDArray[np.intp]:
    """The first and the last cell whose middle lies under a mark, (N, 2): one or two cells are."""
    ends = (np.ceil(places - MARK / 2), np.floor(places + MARK / 2))
    return np.stack(ends, axis=-1).astype(np.intp).clip(0)


def _shade(reach: NDArray[np.floating]) -> NDArray[np.intp]:
    """0 the farthest to 255 the nearest of a frame; all of one distance are farthest."""
    span = float(np.ptp(reach))
    return np.rint((reach.max() - reach) / (span or 1.0) * 255).astype(np.intp)


def _aligned(canvas: Picture) -> Picture:
    """Scaled to 64 rows and cut or filled up to 64 columns about the one that halves the mass."""
    scale = SIDE / len(canvas)
    size = (max(1, round(canvas.shape[1] * scale)), SIDE)
    scaled = cv2.resize(canvas, size, interpolation=cv2.INTER_CUBIC)
    mass = np.cumsum(scaled.sum(axis=(0, 2), dtype=np.int64))
    middle = int(np.searchsorted(mass, mass[-1] / 2))
    padded = np.pad(scaled, ((0, 0), (SIDE // 2, SIDE // 2), (0, 0)))
    return np.asarray(padded[:, middle : middle + SIDE], np.uint8)
