"""What clustering and distance make of a clean depth view, return by return."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import SIDE
from training.augment_config import AugmentConfig, Floats, feet_errors

Picture = NDArray[np.uint8]

HIT, FILLED = 255, 96  # coverage of a pixel where a return fell, and of a filled one
REACH = 2  # rows that a fill reaches
RINGS = tuple(  # pixels at 1, 1.4, 2 and 2.2 from the middle, which is how far gaps are filled
    np.array([[dy * dy + dx * dx == square for dx in range(-2, 3)] for dy in range(-2, 3)], np.uint8)
    for square in (1, 2, 4, 5)
)
UNITS_A_METRE = 127 / 0.75  # of the depth channel
ROWS_A_METRE = (SIDE - 1) / 1.7


def disturb_views(views: Picture, frames: int, config: AugmentConfig, rng: np.random.Generator) -> Picture:
    """Depth and coverage, uint8 (N, 64, 64, 2), clips of so many frames, as of a cluster's points."""
    N = len(views)
    returns = _returns(views)
    returns = _with_neighbours(returns, N, config, rng)
    returns = _with_ground(returns, N, config, rng)
    moved = _moved(_thinned(returns, N, frames, config, rng), N, frames, config, rng)
    return _drawn(moved, N)


Returns = tuple[
    NDArray[np.int64], Floats, Floats, Floats
]  # picture, height in rows above ground, column, depth


def _returns(views: Picture) -> Returns:
    picture, row, column = np.nonzero(views[..., 1] == HIT)
    return picture, SIDE - 1.0 - row, column.astype(float), views[picture, row, column, 0].astype(float)


def _thinned(
    returns: Returns, N: int, frames: int, config: AugmentConfig, rng: np.random.Generator
) -> Returns:
    """Lost returns: at random, whole beams, those near the ground, and behind a bar."""
    picture, height, column, _ = returns
    clips = N // frames
    share = np.repeat(rng.uniform(0, config.drop, clips) * (rng.random(clips) < 0.7), frames)
    keep = rng.random(len(picture)) >= share[picture]
    cut = np.repeat(feet_errors(clips, config.feet, rng), frames) + rng.normal(0, 0.1 * config.feet, N)
    keep &= height >= np.maximum(cut, 0)[picture]
    beams = np.where(share == 0, np.repeat(rng.uniform(0, config.drop / 2, clips), frames), 0)
    keep &= ~(rng.random((N, SIDE)) < beams[:, None])[picture, height.astype(int)]
    first = np.where(rng.random(N) < config.bars, rng.uniform(12, 48, N), np.inf)
    keep &= ~((column >= first[picture]) & (column < first[picture] + 8))
    return _select(returns, keep)


def _with_ground(returns: Returns, N: int, config: AugmentConfig, rng: np.random.Generator) -> Returns:
    """A few returns of the ground around the feet."""
    count = np.where(rng.random(N) < config.extra, rng.integers(1, 10, N), 0)
    picture = np.repeat(np.arange(N), count)
    height = rng.uniform(0, 2.5, len(picture))
    column = SIDE / 2 + rng.normal(0, 9, len(picture))
    return _join(returns, (picture, height, column, rng.uniform(40, 215, len(picture))))


def _with_neighbours(returns: Returns, N: int, config: AugmentConfig, rng: np.random.Generator) -> Returns:
    """Some of the returns of somebody else at the side."""
    for target in np.flatnonzero(rng.random(N) < config.neighbours):
        own = returns[0] == rng.integers(N)
        _, height, column, depth = _select(returns, own & (rng.random(len(own)) < 0.6))
        side = rng.uniform(14, 30) * rng.choice((-1, 1))
        returns = _join(returns, (np.full(len(height), target), height, column + side, depth))
    return returns


def _moved(returns: Returns, N: int, frames: int, config: AugmentConfig, rng: np.random.Generator) -> Returns:
    """A wrong top, ground or middle moves all returns of a picture together; each has its own noise too."""
    picture, height, column, depth = returns
    clips = N // frames
    scale = 1 + np.repeat(rng.normal(0, config.scale, clips), frames) + rng.normal(0, config.scale / 2, N)
    ground = np.repeat(rng.normal(0, 0.02 * ROWS_A_METRE, clips), frames)
    side = np.repeat(rng.normal(0, config.shift / 2, clips), frames) + rng.normal(0, config.shift / 2, N)
    nearer = rng.normal(0, 0.03 * UNITS_A_METRE, N)
    depth = depth + nearer[picture] + rng.normal(0, config.noise_m * UNITS_A_METRE, len(picture))
    height = height * scale[picture] + ground[picture] + rng.uniform(-0.5, 0.5, len(picture))
    column = (
        SIDE / 2 + (column - SIDE / 2) * scale[picture] + side[picture] + rng.uniform(-0.5, 0.5, len(picture))
    )
    return picture, height, column, depth


def _drawn(returns: Returns, N: int) -> Picture:
    """Depth and coverage, uint8 (N, 64, 64, 2); the nearest return of a pixel counts, gaps are filled."""
    picture, height, column, depth = returns
    row, across = np.rint(SIDE - 1 - height).astype(int), np.rint(column).astype(int)
    inside = (row >= 0) & (row < SIDE) & (across >= 0) & (across < SIDE)
    sparse = np.zeros((N, SIDE + REACH, SIDE), np.uint8)
    values = np.clip(depth, 1, 255).astype(np.uint8)[inside]
    order = np.argsort(values, kind="stable")  # the last one written stays
    sparse[picture[inside][order], row[inside][order], across[inside][order]] = values[order]
    return filled(sparse)[:, :SIDE]


def filled(sparse: Picture) -> Picture:
    """Depth and coverage, uint8 (N, H, 64, 2), of returns (N, H, 64) above at least 2 empty rows each.

    As `gait.frames.fill_gaps` fills, all pictures in one go; of equally near returns the one nearest to the
    sensor counts.
    """
    tower = sparse.reshape(-1, SIDE)
    depth = tower.copy()
    for ring in RINGS:
        depth += cv2.dilate(tower, ring) * (depth == 0)
    views = np.empty((*tower.shape, 2), np.uint8)
    views[..., 0] = depth
    views[..., 1] = (depth > 0) * np.uint8(FILLED) + (tower > 0) * np.uint8(HIT - FILLED)
    return views.reshape(*sparse.shape, 2)


def _select(returns: Returns, keep: NDArray[np.bool_]) -> Returns:
    picture, height, column, depth = returns
    return picture[keep], height[keep], column[keep], depth[keep]


def _join(a: Returns, b: Returns) -> Returns:
    picture, height, column, depth = (np.concatenate(pair) for pair in zip(a, b, strict=True))
    return picture, height, column, depth
