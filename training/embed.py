"""The embeddings of whole clips, for evaluation and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
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
            windows = pooled_windows(net, modality, list(tiles))
            of[modality][rows] = net.template(windows).cpu().numpy()
    return ClipEmbeddings(of, clips.person, clips.walk, clips.view)


def pooled_windows(net: Network, modality: str, windows: Sequence[NDArray[np.uint8]]) -> Tensor:
    """float (B, F) of windows, uint8 (T, 64, 64, 3) each, without frames that the sensor did not see."""
    tiles = torch.from_numpy(np.concatenate(windows)).to(device_of(net))
    kind = next(net.parameters()).dtype  # fp64 in a run that is to be compared
    pictures = net.pictures(modality, tiles).to(kind)
    features = net.encode_frames(modality, pictures.contiguous(memory_format=torch.channels_last))
    features[~pictures.flatten(1).any(1)] = -torch.inf
    frames = features.split([len(window) for window in windows])
    return torch.nan_to_num(torch.stack([found.amax(0) for found in frames]), neginf=0.0)
