"""What a batch is made of: which clips, which of their frames, how they are disturbed, and their labels.

All of it is a function of the recipe and the iteration, so a batch can be made ahead, in another thread, and
by several processes, each its own share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgcross_core.model import MODALITIES
from sgcross_core.model.factors import FACTORS, SECTORS, UNKNOWN
from training.augment import augment
from training.data.store import Store
from training.dataset import Clips
from training.exchange import exchange_patches
from training.frames import choose, frame_count
from training.objective import Labels
from training.recipe import SG_CROSSGAIT, Recipe
from training.sampler import Batch, Sampler
from training.texts import given_factors

CHANNEL = {"camera": 0, "lidar": 2}
DRAW = 2  # tells the random numbers of frames and errors from the sampler's

Tiles = NDArray[np.uint8]


@dataclass(frozen=True)
class Examples:
    """tiles: of each sensor uint8 (b, T, 64, 64, 3), this process' b of the B clips; labels: of all B."""

    tiles: dict[str, Tiles]
    labels: Labels


class Batches:
    """Call it with an iteration to get its examples; rank and world: which process of how many this is.

    A batch consists of `recipe.shards` parts that are drawn and disturbed apart (0: as many as processes),
    so that processes share it out. ValueError when people, parts and processes do not divide.
    """

    def __init__(self, recipe: Recipe, clips: Clips | Store, rank: int = 0, world: int = 1) -> None:
        self.recipe, self.clips = recipe, clips
        self.sampler = Sampler(clips, recipe.people, recipe.clips, recipe.flip, recipe.seed)
        self.factors = _factors(recipe, clips)
        self._shards = recipe.shards or world
        _check_shares(recipe.people, self._shards, world)
        self._own = range(rank * self._shards // world, (rank + 1) * self._shards // world)
        self._people = len(clips.people())
        self._seen: dict[tuple[str, int], NDArray[np.int64]] = {}

    def __call__(self, iteration: int) -> Examples:
        """The examples of an iteration (0, 1, ...)."""
        batch = self.sampler.batch(iteration)
        count = self._count(batch, iteration)
        parts = [self._part(shard, batch, iteration, count) for shard in self._own]
        tiles = {m: np.concatenate([part[m] for part in parts]) for m in MODALITIES}
        return Examples(tiles, self._labels(batch, iteration))

    def _part(self, shard: int, batch: Batch, iteration: int, count: int) -> dict[str, Tiles]:
        """Of each sensor uint8 (b, count, 64, 64, 3): frames of the clips of a part, disturbed."""
        each, errors = len(batch.clips) // self._shards, self.recipe.augment
        rows = slice(shard * each, (shard + 1) * each)
        clips, mirrored = batch.clips[rows].tolist(), batch.mirrored[rows]
        tiles = {}
        for modality in MODALITIES:
            rng = self._rng(iteration, MODALITIES.index(modality), shard)
            chosen = np.stack([self._frames(clip, modality, count, rng) for clip in clips])
            tiles[modality] = augment(modality, chosen, errors, rng, mirrored)
        if not errors.exchange:
            return tiles
        return exchange_patches(tiles, errors.exchange, self._rng(iteration, len(MODALITIES), shard))

    def _rng(self, iteration: int, purpose: int, shard: int) -> np.random.Generator:
        """Random numbers of a part of a batch, others for each purpose."""
        key = (self.recipe.seed, DRAW, iteration, purpose)
        return np.random.default_rng((*key, shard) if shard else key)

    def _count(self, batch: Batch, iteration: int) -> int:
        """Frames a clip, alike for all parts of the batch."""
        rng = np.random.default_rng((self.recipe.seed, DRAW, iteration))
        longest = max(len(self.clips.tiles[clip]) for clip in batch.clips.tolist())
        return frame_count(self.recipe, iteration, longest, rng)

    def _frames(self, clip: int, modality: str, count: int, rng: np.random.Generator) -> Tiles:
        """Frames of a clip, of those that the sensor saw."""
        tiles = np.asarray(self.clips.tiles[clip])
        return tiles[choose(self._pool(clip, modality, tiles), count, self.recipe.order, rng)]

    def _pool(self, clip: int, modality: str, tiles: Tiles) -> NDArray[np.int64]:
        """Frames that the sensor saw, all when it saw none; looked for once: it reads the whole clip."""
        key = (modality, clip)
        if key not in self._seen:
            seen = np.flatnonzero(tiles[..., CHANNEL[modality]].any(axis=(1, 2)))
            self._seen[key] = seen if len(seen) else np.arange(len(tiles))
        return self._seen[key]

    def _labels(self, batch: Batch, iteration: int) -> Labels:
        """A mirrored walk has the same text, but its view is turned."""
        factors = self.factors[batch.clips].copy()
        view = factors[batch.mirrored, 0]
        factors[batch.mirrored, 0] = np.where(view == UNKNOWN, view, -view % SECTORS)
        label = torch.from_numpy(batch.label)
        return Labels(label, label % self._people, torch.from_numpy(factors), iteration)


def _check_shares(people: int, shards: int, world: int) -> None:
    if people % shards or shards % world:
        raise ValueError(
            f"Recipe.people {people} must be a multiple of Recipe.shards {shards}, and that of the "
            f"{world} processes"
        )


def _factors(recipe: Recipe, clips: Clips | Store) -> NDArray[np.int64]:
    """int64 (N, 14): of each clip; all unknown for a network that learns nothing from them."""
    if recipe.network == SG_CROSSGAIT:
        return given_factors(recipe, clips)
    return np.full((len(clips), len(FACTORS)), UNKNOWN)
