"""The embeddings of the sequences of a store, each of all its frames, by each sensor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from sgcross_core.identity.calibration import Embeddings
from sgcross_core.model import MODALITIES, Network
from training.data.store import Store, Words
from training.embed import pooled_windows
from training.evaluation.distance import Parts, normalised

FRAMES = 256  # at a time


@dataclass(frozen=True)
class Embedded:
    """N sequences; of: modality -> float32 (N, P, D), before any normalisation; the folders' names, (N,)."""

    of: dict[str, Parts]
    identity: Words
    type: Words
    view: Words

    def __post_init__(self) -> None:
        for name, parts in self.of.items():
            if parts.ndim != 3 or len(parts) != len(self.identity):
                raise ValueError(f"{name} embeddings must be ({len(self.identity)}, P, D); got {parts.shape}")

    def templates(self) -> dict[str, Embeddings]:
        """As galleries hold them, float32 (N, P * D), length 1: strips as unit vectors, one after another."""
        return {
            m: (normalised(parts) / np.sqrt(parts.shape[1])).reshape(len(parts), -1).astype(np.float32)
            for m, parts in self.of.items()
        }

    def means(self) -> dict[str, Parts]:
        """Of each sensor, the mean (P, D) of its strips as unit vectors."""
        return {modality: normalised(parts).mean(0) for modality, parts in self.of.items()}

    def centred(self, means: Mapping[str, Parts]) -> Embedded:
        """The strips as unit vectors, counted from each sensor's mean, (P, D)."""
        return replace(self, of={m: normalised(parts) - means[m] for m, parts in self.of.items()})


@torch.inference_mode()
def embed_store(net: Network, store: Store, quiet: bool = False) -> Embedded:
    """Embed every sequence; frames that a sensor did not see do not count; quiet: without a progress bar."""
    net.eval()
    found: dict[str, list[Tensor]] = {modality: [] for modality in MODALITIES}
    with tqdm(total=len(store), desc="embed", unit="sequence", mininterval=2, disable=quiet) as bar:
        for rows in _batches(store):
            tiles = [store.tiles[row] for row in rows]
            for modality in MODALITIES:
                found[modality].append(net.embed(pooled_windows(net, modality, tiles)))
            bar.update(len(rows))
    of = {modality: torch.cat(parts).cpu().numpy() for modality, parts in found.items()}
    return Embedded(of, store.identity, store.type, store.view_name)


def _batches(store: Store) -> Iterator[list[int]]:
    """Rows, so many that they have FRAMES frames or just more."""
    batch: list[int] = []
    frames = 0
    for row, length in enumerate(store.tiles.length.tolist()):
        batch.append(row)
        frames += length
        if frames >= FRAMES:
            yield batch
            batch, frames = [], 0
    if batch:
        yield batch
