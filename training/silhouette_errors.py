"""What a background segmenter makes of a clean silhouette."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import SIDE
from training.augment_config import AugmentConfig, Floats, feet_errors

Picture = NDArray[np.uint8]


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
        self.feet = stay(feet_errors(clips, config.feet, rng)) + rng.normal(0, 0.15 * config.feet, N)
        self.head = np.maximum(rng.exponential(config.head / 4, N) * (rng.random(N) < 0.3), 0)
        self.shift = stay(rng.normal(0, config.shift / 2, clips)) + rng.normal(0, config.shift / 2, N)
        self.gap = stay(np.where(rng.random(clips) < config.gaps, rng.uniform(0.03, 0.9, clips), np.inf))
        self.hole = rng.random(N) < config.holes
        self.bar = rng.random(N) < config.bars
        self.neighbour = rng.random(N) < config.neighbours
        self._noise = cv2.GaussianBlur(rng.standard_normal((4 * SIDE, 4 * SIDE), np.float32), (5, 5), 1.0)

    def noise(self, rows: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """float32 (rows, rows): a piece of the batch's."""
        y, x = rng.integers(4 * SIDE - rows, size=2)
        return self._noise[y : y + rows, x : x + rows]


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
    level = cv2.GaussianBlur(small, (3, 3), 0.8) + draw.noise(rows, rng) * draw.ragged[i]
    steep = rng.uniform(1.5, 8)  # of the border: far people have soft ones
    sharp = cv2.convertScaleAbs(np.clip(level * steep + (draw.swell[i] - 0.5) * steep + 0.5, 0, 1), alpha=255)
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
    joined: NDArray[np.float32] = np.maximum(mask, moved)
    return joined
