"""Makes clean tiles look like those of the running chain: of a background segmenter and of clustered sweeps.

What goes wrong there goes wrong before a person is scaled to 64 rows, so a lost foot stretches the picture.
Some errors stay for a whole clip (a shadow, a wrong ground height), others come and go with a frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sgcross_core import settings
from sgcross_core.gait import SIDE
from sgcross_core.gait.frames import fill_gaps
from sgcross_core.settings import setting

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]

HIT = 255  # coverage of a pixel where a return fell
UNITS_A_METRE = 127 / 0.75  # of the depth channel
ROWS_A_METRE = (SIDE - 1) / 1.7


@dataclass(frozen=True)
class AugmentConfig:
    """Sizes in rows of the 64, shares are probabilities; 0 switches an error off."""

    ragged: float = setting(0.4, "noise of a silhouette's border", low=0.0, high=2.0)
    swell: float = setting(0.08, "spread of thinner or thicker silhouettes", low=0.0, high=1.0)
    coarse: float = setting(0.3, "share of clips with a mask of fewer rows", low=0.0, high=1.0)
    holes: float = setting(0.1, "share of silhouettes with holes", low=0.0, high=1.0)
    feet: float = setting(
        2.5, "most rows of feet that are lost, or of shadow that is added", low=0.0, high=20.0
    )
    head: float = setting(1.5, "most rows of head that are lost", low=0.0, high=20.0)
    gaps: float = setting(0.25, "share of clips in which a band looks like the background", low=0.0, high=1.0)
    shift: float = setting(1.2, "sideways shift", low=0.0, high=20.0)
    bars: float = setting(0.03, "share of pictures with an occluding bar", low=0.0, high=1.0)
    neighbours: float = setting(0.02, "share of pictures with somebody else in them", low=0.0, high=1.0)
    drop: float = setting(0.3, "largest share of LiDAR returns that are lost", low=0.0, high=0.95)
    extra: float = setting(0.15, "share of depth views with returns of the ground", low=0.0, high=1.0)
    scale: float = setting(0.025, "spread of the depth view's scale", low=0.0, high=0.3)
    noise_m: float = setting(0.02, "range noise", low=0.0, high=0.2, unit="m")

    def __post_init__(self) -> None:
        settings.check(self)


def augment(
    modality: str,
    clips: Picture,
    config: AugmentConfig,
    rng: np.random.Generator,
    mirrored: NDArray[np.bool_],
) -> Picture:
    """Tiles uint8 (B, T, 64, 64, 3) of clips, one modality's channels disturbed, the others as they are.

    mirrored: bool (B,), which clips are shown as in a mirror.
    """
    B, T = clips.shape[:2]
    tiles = clips.reshape(B * T, SIDE, SIDE, 3).copy()
    if modality == "camera":
        tiles[..., 0] = disturb_silhouettes(tiles[..., 0], T, config, rng)
    else:
        tiles[..., 1:] = disturb_views(tiles[..., 1:], T, config, rng)
    turned = np.repeat(mirrored, T)
    tiles[turned] = tiles[turned, :, ::-1]
    return tiles.reshape(B, T, SIDE, SIDE, 3)


def disturb_silhouettes(
    pictures: Picture, frames: int, config: AugmentConfig, rng: np.random.Generator
) -> Picture:
    """Silhouettes uint8 (N, 64, 64), clips of so many frames, as a background segmenter gives them."""
    N = len(pictures)
    out = np.empty_like(pictures)
    draw = _SilhouetteDraws(N, frames, config, rng)
    for i in range(N):
        mask = pictures[i].astype(np.float32) / 255
        if draw.neighbour[i]:
            mask = _joined(mask, pictures[rng.integers(N)], rng)
        if draw.bar[i]:
            _erase_bar(mask, rng)
        out[i] = _segmented(mask, draw, i, rng)
    return out


class _SilhouetteDraws:
    """The random numbers of a batch: of a clip where the error stays, of a frame where it comes and goes."""

    def __init__(self, N: int, frames: int, config: AugmentConfig, rng: np.random.Generator) -> None:
        clips = N // frames

        def stay(values: Floats) -> Floats:
            return np.repeat(values, frames)

        self.rows = stay(np.where(rng.random(clips) < config.coarse, rng.uniform(32, 60, clips), 64))
        swell = stay(rng.normal(0, config.swell, clips)) + rng.normal(0, config.swell / 2, N)
        self.swell = np.clip(swell, -2 * config.swell, 2 * config.swell)
        self.ragged = stay(rng.uniform(0, config.ragged, clips))
        self.feet = stay(_feet(clips, config.feet, rng)) + rng.normal(0, 0.15 * config.feet, N)
        self.head = np.maximum(rng.exponential(config.head / 4, N) * (rng.random(N) < 0.3), 0)
        self.shift = stay(rng.normal(0, config.shift / 2, clips)) + rng.normal(0, config.shift / 2, N)
        self.gap = stay(np.where(rng.random(clips) < config.gaps, rng.uniform(0.03, 0.9, clips), np.inf))
        self.hole = rng.random(N) < config.holes
        self.bar = rng.random(N) < config.bars
        self.neighbour = rng.random(N) < config.neighbours


def _feet(clips: int, most: float, rng: np.random.Generator) -> Floats:
    """Rows lost (positive) or gained (negative) at the feet: half of the clips neither."""
    rows = rng.uniform(-0.5 * most, most, clips)
    return np.where(rng.random(clips) < 0.5, rows, 0)


def _segmented(
    mask: NDArray[np.float32], draw: _SilhouetteDraws, i: int, rng: np.random.Generator
) -> Picture:
    """One silhouette, float32 (64, 64) in 0..1, cut, scaled to 64 rows again, with a ragged border."""
    rows = round(float(draw.rows[i]))
    top, lost = float(draw.head[i]), float(draw.feet[i])
    if lost < 0:
        mask = _with_shadow(mask, round(-lost), rng)
    scale = rows / (SIDE - top - max(lost, 0))
    middle = rows / 2 - (SIDE / 2 - draw.shift[i]) * scale
    move = np.array([[scale, 0, middle], [0, scale, -top * scale]])
    small = cv2.warpAffine(mask, move, (rows, rows), flags=cv2.INTER_LINEAR)
    noise = rng.standard_normal((rows, rows), np.float32) * draw.ragged[i]
    level = cv2.GaussianBlur(small, (3, 3), 0.8) + cv2.GaussianBlur(noise, (5, 5), 1.0) + draw.swell[i]
    steep = rng.uniform(1.5, 8)  # of the border: far people have soft ones
    sharp = (np.clip((level - 0.5) * steep + 0.5, 0, 1) * 255).astype(np.uint8)
    if draw.hole[i]:
        _pierce(sharp, rng)
    if draw.gap[i] < 1 and rng.random() < 0.7:
        _open_band(sharp, draw.gap[i], rng)
    return cv2.resize(sharp, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) if rows != SIDE else sharp


def _with_shadow(mask: NDArray[np.float32], rows: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """The picture moved up by some rows, with a flat blob under the feet: a shadow taken for the person."""
    if rows < 1:
        return mask
    smaller = (SIDE - rows) / SIDE
    move = np.array([[smaller, 0, SIDE / 2 * (1 - smaller)], [0, smaller, 0]])
    raised = cv2.warpAffine(mask, move, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    centre = (round(SIDE / 2 + rng.normal(0, 5)), SIDE - rows)
    cv2.ellipse(raised, centre, (int(rng.integers(6, 18)), rows), 0, 0, 360, 1.0, -1)
    return raised


def _pierce(mask: Picture, rng: np.random.Generator) -> None:
    """Holes where the clothes look like the background."""
    for _ in range(rng.integers(1, 4)):
        centre = (
            int(rng.integers(22, 42)) * mask.shape[1] // SIDE,
            int(rng.integers(4, 60)) * mask.shape[0] // SIDE,
        )
        axes = (int(rng.integers(1, 5)), int(rng.integers(1, 7)))
        cv2.ellipse(mask, centre, axes, float(rng.uniform(0, 180)), 0, 360, 0, -1)


def _open_band(mask: Picture, height: float, rng: np.random.Generator) -> None:
    """A band across most of the person is lost at a height, 0..1: skin before a wall of its colour."""
    first = round((height + rng.normal(0, 0.01)) * len(mask))
    last = first + max(1, round(rng.uniform(0.02, 0.06) * len(mask)))
    side = round(rng.uniform(0.35, 0.65) * mask.shape[1])
    columns = (slice(None), slice(0, side), slice(side, None))[rng.integers(3)]
    mask[max(first, 0) : last, columns] = 0


def _erase_bar(mask: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Something stands before a part of the person."""
    first, width = rng.integers(12, 48), rng.integers(3, 10)
    mask[:, first : first + width] = 0


def _joined(mask: NDArray[np.float32], other: Picture, rng: np.random.Generator) -> NDArray[np.float32]:
    """Somebody else's picture at the side, taken for the same person."""
    offset = int(rng.integers(14, 34)) * int(rng.choice((-1, 1)))
    moved = np.zeros_like(mask)
    source = other.astype(np.float32) / 255
    if offset > 0:
        moved[:, offset:] = source[:, :-offset]
    else:
        moved[:, :offset] = source[:, -offset:]
    return np.maximum(mask, moved)


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
    cut = np.repeat(_feet(clips, config.feet, rng), frames) + rng.normal(0, 0.1 * config.feet, N)
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
    sparse = np.zeros((N, SIDE, SIDE), np.uint8)
    values = np.clip(depth, 1, 255).astype(np.uint8)[inside]
    order = np.argsort(values, kind="stable")  # the last one written stays
    sparse[picture[inside][order], row[inside][order], across[inside][order]] = values[order]
    views = np.zeros((N, SIDE, SIDE, 2), np.uint8)
    for i in np.flatnonzero(sparse.any(axis=(1, 2))):
        views[i, ..., 0], views[i, ..., 1] = fill_gaps(sparse[i])
    return views


def _select(returns: Returns, keep: NDArray[np.bool_]) -> Returns:
    picture, height, column, depth = returns
    return picture[keep], height[keep], column[keep], depth[keep]


def _join(a: Returns, b: Returns) -> Returns:
    picture, height, column, depth = (np.concatenate(pair) for pair in zip(a, b, strict=True))
    return picture, height, column, depth
