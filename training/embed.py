"""The embeddings of whole clips, for evaluation and calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from sgcross_core.identity.calibration import Embeddings
from sgcross_core.model import MODALITIES, Network
from training.augment import AugmentConfig, augment
from training.dataset import Clips

CHUNK = 8  # clips at a time


@dataclass(frozen=True)
class ClipEmbeddings:
    """N clips; of: modality -> float32 (N, D); person, walk: int (N,); view: degrees (N,)."""

    of: dict[str, Embeddings]
    person: NDArray[np.int64]
    walk: NDArray[np.int64]
    view: NDArray[np.float64]

    def select(self, keep: NDArray[np.bool_]) -> ClipEmbeddings:
        """Those clips alone."""
        of = {modality: rows[keep] for modality, rows in self.of.items()}
        return ClipEmbeddings(of, self.person[keep], self.walk[keep], self.view[keep])

    def people(self) -> NDArray[np.int64]:
        """The different people, sorted."""
        return np.unique(self.person)


def device_of(net: Network) -> torch.device:
    """Where a network computes."""
    return next(net.parameters()).device  # type: ignore[attr-defined,no-any-return]


@torch.inference_mode()
def embed_clips(
    net: Network, clips: Clips, disturb: AugmentConfig | None, seed: int = 0, quiet: bool = False
) -> ClipEmbeddings:
    """Embed every clip by each sensor, all frames one window; disturb: as in training, None for clean.

    quiet: without a progress bar.
    """
    net.eval()
    of = {m: np.empty((len(clips), net.embedding_size), np.float32) for m in MODALITIES}
    for first in tqdm(range(0, len(clips), CHUNK), desc="embed", mininterval=2, disable=quiet):
        rows = slice(first, first + CHUNK)
        for modality in MODALITIES:
            tiles = np.asarray(clips.tiles[rows])
            if disturb:
                rng = np.random.default_rng((seed, first, MODALITIES.index(modality)))
                tiles = augment(modality, tiles, disturb, rng, np.zeros(len(tiles), np.bool_))
            of[modality][rows] = _embedded(net, modality, tiles)
    return ClipEmbeddings(of, clips.person, clips.walk, clips.view)


def _embedded(net: Network, modality: str, tiles: NDArray[np.uint8]) -> Embeddings:
    """float32 (B, D) of tiles (B, T, 64, 64, 3); frames that the sensor did not see do not count."""
    B, T = tiles.shape[:2]
    pictures = net.pictures(modality, torch.from_numpy(tiles).to(device_of(net)).flatten(0, 1))
    features = net.encode_frames(modality, pictures.contiguous(memory_format=torch.channels_last))
    unseen = ~pictures.flatten(1).any(1)
    features[unseen] = -torch.inf
    pooled = features.unflatten(0, (B, T)).amax(1)
    embedded: Embeddings = net.template(torch.nan_to_num(pooled, neginf=0.0)).cpu().numpy()
    return embedded
