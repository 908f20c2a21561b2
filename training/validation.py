"""A figure to tell during a run how well it recognises people it does not learn from."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from sgcross_core.model import Network
from training.data.store import Store
from training.dataset import Clips
from training.embed import embed_clips
from training.evaluation.embed import embed_store

CLIPS = 8  # of each person
SEED = 5


def kept_out(store: Store, people: int, seed: int) -> tuple[Store, Store]:
    """A store without some people, and a few clips of each of those; ValueError when too few are left."""
    everyone = np.random.default_rng((SEED, seed)).permutation(store.people())
    if people + 2 > len(everyone):
        raise ValueError(
            f"Recipe.holdout {people} leaves fewer than two of the {len(everyone)} people of the training"
        )
    out = np.isin(store.person, everyone[:people])
    return store.select(~out), store.select(out).some(CLIPS)


@torch.inference_mode()
def validate(net: Network, clips: Clips | Store) -> float:
    """Share of clips whose nearest clip of another walk by the other sensor is of the same person; a mean of
    both directions. Of equally near clips none counts."""
    if isinstance(clips, Store):
        of = embed_store(net, clips, quiet=True).templates()
    else:
        of = embed_clips(net, clips, None, quiet=True).of
    likeness = of["camera"] @ of["lidar"].T
    person, walk = clips.person, clips.walk
    same_walk = (person[:, None] == person) & (walk[:, None] == walk)
    return float(np.mean([_found(found, same_walk, person) for found in (likeness, likeness.T)]))


def _found(likeness: NDArray[np.float32], same_walk: NDArray[np.bool_], person: NDArray[np.int64]) -> float:
    own = person[:, None] == person
    right, wrong = (np.where(chosen & ~same_walk, likeness, -np.inf).max(axis=1) for chosen in (own, ~own))
    return float((right > wrong)[np.isfinite(right)].mean()) if np.isfinite(right).any() else float("nan")
