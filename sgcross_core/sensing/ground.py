"""The plane that people walk on, found in one sweep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

CELL_M = 1.0  # the lowest return of each such cell is taken for ground, until the fit says otherwise
REACH_M = 25.0
MOST_POINTS = 16_000  # a plane needs no more
MOST_CELLS = 500
FEWEST_CELLS = 12
STEEPEST = 0.94  # least upward part of the normal: 20 degrees of slope and tilt together
TRIALS = 160
INLIER_M = 0.07
BELOW_M = 0.25  # returns so far below a plane speak against it
_SEED = 20_260  # the same sweep must give the same plane


@dataclass(frozen=True, eq=False)
class Plane:
    """Points p with normal @ p + offset = 0. normal: float64 (3,), of length one, upward; offset: metres."""

    normal: NDArray[np.float64]
    offset: float

    def height(self, points: Floats) -> Floats:
        """Metres above the plane, (P,), of points (P, 3)."""
        heights: Floats = points @ self.normal.astype(points.dtype) + points.dtype.type(self.offset)
        return heights

    def z_at(self, x: float, y: float) -> float:
        """Height of the plane at x, y in the sensor's frame, metres."""
        return -(self.offset + float(self.normal[0]) * x + float(self.normal[1]) * y) / float(self.normal[2])


def ground_plane(xyz: NDArray[np.float32]) -> Plane:
    """The plane through the lowest returns of a sweep, float32 (P, 3), metres, z roughly up.

    RANSAC over the lowest return of each cell, then least squares on the returns near it.
    ValueError when fewer than 12 cells have returns or no plane within 20 degrees of level holds a third.
    """
    points = xyz[:: (len(xyz) // MOST_POINTS) | 1]  # an odd step meets every ring of a sensor in turn
    low = _lowest_of_cells(points)
    if len(low) < FEWEST_CELLS:
        raise ValueError(
            f"ground: needs returns in at least {FEWEST_CELLS} cells of {CELL_M} m; got {len(low)}"
        )
    plane = _best_plane(low[:: max(1, len(low) // MOST_CELLS)])
    if (share := float((np.abs(plane.height(low)) < 2 * INLIER_M).mean())) < 1 / 3:
        raise ValueError(f"ground: only {share:.0%} of {len(low)} lowest returns lie on one plane")
    # The lowest returns lie below the ground by the sensor's noise, so the last fits take all that is near.
    for margin in (2 * INLIER_M, INLIER_M):
        plane = _least_squares(points[np.abs(plane.height(points)) < margin].astype(np.float64))
    return plane


def _lowest_of_cells(xyz: NDArray[np.float32]) -> NDArray[np.float64]:
    """The lowest return of each occupied cell, float64 (C, 3)."""
    near = xyz[np.abs(xyz[:, :2]).max(axis=1) < REACH_M]
    cells = np.floor(near[:, :2] / CELL_M).astype(np.int32) + int(REACH_M / CELL_M)
    flat = cells[:, 0] * int(2 * REACH_M / CELL_M) + cells[:, 1]
    order = np.lexsort((near[:, 2], flat))
    _, first = np.unique(flat[order], return_index=True)
    return near[order[first]].astype(np.float64)


def _best_plane(low: NDArray[np.float64]) -> Plane:
    """The plane through three of the points, float64 (C, 3), with most on it and fewest below it."""
    random = np.random.default_rng(_SEED)
    corners = low[random.integers(len(low), size=(TRIALS, 3))]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals *= np.where(normals[:, 2:] < 0, -1, 1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    offsets = -(normals * corners[:, 0]).sum(axis=1)
    heights = low @ normals.T + offsets  # (C, TRIALS)
    score = (np.abs(heights) < INLIER_M).sum(axis=0) - (heights < -BELOW_M).sum(axis=0)
    score = np.where(normals[:, 2] > STEEPEST, score, -len(low) - 1)
    best = int(score.argmax())
    if normals[best, 2] <= STEEPEST:
        raise ValueError(f"ground: no plane within 20 degrees of level through {len(low)} lowest returns")
    return Plane(normals[best], float(offsets[best]))


def _least_squares(points: NDArray[np.float64]) -> Plane:
    """The plane z = a x + b y + c through points (C, 3)."""
    columns = np.column_stack([points[:, :2], np.ones(len(points))])
    a, b, c = np.linalg.lstsq(columns, points[:, 2], rcond=None)[0]
    normal = np.array([-a, -b, 1.0])
    length = float(np.linalg.norm(normal))
    return Plane(normal / length, -float(c) / length)
