"""The embeddings of the sequences of a store, each of all its frames, by each sensor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from sgcross_core.model import MODALITIES, Network
from training.data.store import Store, Words
from training.embed import device_of
from training.evaluation.distance import Parts

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


@torch.inference_mode()
def embed_store(net: Network, store: Store, quiet: bool = False) -> Embedded:
    """Embed every sequence; frames that a sensor did not see do not count; quiet: without a progress bar."""
    net.eval()
    found: dict[str, list[Tensor]] = {modality: [] for modality in MODALITIES}
    with tqdm(total=len(store), desc="embed", unit="sequence", mininterval=2, disable=quiet) as bar:
        for rows in _batches(store):
            tiles = [torch.from_numpy(np.array(store.tiles[row])).to(device_of(net)) for row in rows]
            for modality in MODALITIES:
                found[modality].append(_parts(net, modality, tiles))
            bar.update(len(rows))
    of = {modality: torch.cat(parts).cpu().numpy() for modality, parts in found.items()}
    return Embedded(of, store.identity, store.type, store.view_name)


def _parts(net: Network, modality: str, sequences: list[Tensor]) -> Tensor:
    """float (B, P, D) of sequences, each uint8 (T, 64, 64, 3)."""
    pictures = net.pictures(modality, torch.cat(sequences))
    features = net.encode_frames(modality, pictures.contiguous(memory_format=torch.channels_last))
    features[~pictures.flatten(1).any(1)] = -torch.inf
    windows = features.split([len(tiles) for tiles in sequences])
    pooled = torch.stack([window.amax(0) for window in windows])
    return net.embed(torch.nan_to_num(pooled, neginf=0.0))


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
