"""What becomes of a LiDAR's pulse: found or lost by its strength, mixed where an edge splits the beam."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

PULSE_M = 1.0  # two echoes nearer to each other than this are one (Velodyne VLP-16 manual, dual returns)
EDGE_M = 0.2  # neighbouring rays that differ by more than this lie on both sides of an edge
STEEPNESS = 4.0  # of the change from lost to found, in powers of the strength


def found(strength: Floats, distance: Floats, limit: float) -> Floats:
    """The chance 0..1 that an echo is detected, (R,): by the range equation it weakens with distance squared.

    strength: reflectivity times cosine of the angle of incidence, 0..1; limit: metres at which a target of
    10 % at right angles is found half the time ("range at 10 %" of data sheets), 0 finds everything
    """
    if limit == 0:
        return np.ones_like(distance)
    signal = strength / 0.1 * (limit / np.maximum(distance, 1e-3)) ** 2
    return np.asarray(1 / (1 + np.maximum(signal, 1e-6) ** -STEEPNESS), np.float32)


def mixed(distances: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """What a beam measures, (R,), whose parts meet things at distances (R, P), inf for none; which made it.

    Parts within a pulse's length of the nearest are one echo, at their mean: between somebody and what is
    close behind there are returns in thin air. The larger of near and farther group wins, the near a tie.
    """
    near = distances <= distances.min(axis=1, keepdims=True) + PULSE_M
    farther = np.isfinite(distances) & ~near
    lose = near.sum(axis=1) < farther.sum(axis=1)
    made = np.where(lose[:, None], farther, near & np.isfinite(distances))
    count = made.sum(axis=1)
    total = np.where(made, distances, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.inf).astype(np.float32), made


def edges(distances: Floats) -> NDArray[np.bool_]:
    """Which rays of a grid (B, A) have a neighbour with something much nearer or farther; inf is nothing."""
    depth = np.where(np.isfinite(distances), distances, 1e6)
    result = np.zeros(depth.shape, bool)
    across, along = np.abs(np.diff(depth, axis=1)) > EDGE_M, np.abs(np.diff(depth, axis=0)) > EDGE_M
    result[:, 1:] |= across
    result[:, :-1] |= across
    result[1:] |= along
    result[:-1] |= along
    return result


def beside(rays: Floats, half: float) -> Floats:
    """Unit directions (4, R, 3) left, right, above and below rays (R, 3), half a beam (radians) away."""
    level = np.stack([-rays[:, 1], rays[:, 0], np.zeros(len(rays), np.float32)], axis=-1)
    level /= np.maximum(np.linalg.norm(level, axis=1, keepdims=True), 1e-9)
    over = np.cross(rays, level)
    moved = rays + np.tan(half) * np.stack([level, -level, over, -over])
    return np.asarray(moved / np.linalg.norm(moved, axis=-1, keepdims=True), np.float32)
