"""Which frames of a clip a batch takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.recipe import Recipe

LATE = 0.85  # from this share of the iterations on a clip has late_frames

Indices = NDArray[np.int64]


def frame_count(recipe: Recipe, iteration: int, longest: int, rng: np.random.Generator) -> int:
    """Frames of every clip of a batch, whose longest clip has so many.

    `all` takes the longest's, since frames that come twice change no maximum over frames.
    """
    if recipe.lengths == "all":
        return min(longest, recipe.most_frames)
    most = recipe.frames if iteration < LATE * recipe.iterations else recipe.late_frames
    if recipe.lengths == "unfixed":
        return int(rng.integers(min(recipe.least_frames, most), most + 1))
    return most


def choose(pool: Indices, count: int, order: str, rng: np.random.Generator) -> Indices:
    """So many of the frames in pool, rising: any, or one after another from a random one on.

    Frames come twice only when there are too few, and then all of them come.
    """
    if order == "unordered":
        return np.sort(np.resize(rng.permutation(pool), count))
    first = rng.integers(max(len(pool) - count, 0) + 1)
    return np.sort(pool[(first + np.arange(count)) % len(pool)])
