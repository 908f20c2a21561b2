"""The embeddings of whole clips, for evaluation and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from sgcross_core.identity.calibration import Embeddings
from sgcross_core.model import MODALITIES, Network
from sgcross_core.model.attributes import PROBABILITIES
from sgcross_core.runtime.graphs import Head, factor_schema
from training.augment import AugmentConfig, augment
from training.dataset import Clips

CHUNK = 8  # clips at a time


@dataclass(frozen=True)
class ClipEmbeddings:
    """N clips; of: modality -> float32 (N, D); person, walk: int (N,); view: degrees (N,).

    read: modality -> float32 (N, 69), see `Attributes.probabilities`; empty without attribute heads.
    """

    of: dict[str, Embeddings]
    person: NDArray[np.int64]
    walk: NDArray[np.int64]
    view: NDArray[np.float64]
    read: dict[str, Embeddings] = field(default_factory=dict)

    def select(self, keep: NDArray[np.bool_]) -> ClipEmbeddings:
        """Those clips alone."""
        of, read = ({m: rows[keep] for m, rows in found.items()} for found in (self.of, self.read))
        return ClipEmbeddings(of, self.person[keep], self.walk[keep], self.view[keep], read)

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
    head, sizes = Head(net), (net.embedding_size, *([PROBABILITIES] if factor_schema(net) else []))
    found = {m: [np.empty((len(clips), size), np.float32) for size in sizes] for m in MODALITIES}
    for first in tqdm(range(0, len(clips), CHUNK), desc="embed", mininterval=2, disable=quiet):
        rows = slice(first, first + CHUNK)
        for modality in MODALITIES:
            tiles = np.asarray(clips.tiles[rows])
            if disturb:
                rng = np.random.default_rng((seed, first, MODALITIES.index(modality)))
                tiles = augment(modality, tiles, disturb, rng, np.zeros(len(tiles), np.bool_))
            windows = pooled_windows(net, modality, list(tiles))
            for kept, answer in zip(found[modality], head(windows), strict=True):
                kept[rows] = answer.cpu().numpy()
    of = {modality: kept[0] for modality, kept in found.items()}
    read = {modality: kept[1] for modality, kept in found.items() if kept[1:]}
    return ClipEmbeddings(of, clips.person, clips.walk, clips.view, read)


def pooled_windows(net: Network, modality: str, windows: Sequence[NDArray[np.uint8]]) -> Tensor:
    """float (B, F) of windows, uint8 (T, 64, 64, 3) each, without frames that the sensor did not see."""
    tiles = torch.from_numpy(np.concatenate(windows)).to(device_of(net))
    kind = next(net.parameters()).dtype  # fp64 in a run that is to be compared
    pictures = net.pictures(modality, tiles).to(kind)
    features = net.encode_frames(modality, pictures.contiguous(memory_format=torch.channels_last))
    features[~pictures.flatten(1).any(1)] = -torch.inf
    frames = features.split([len(window) for window in windows])
    return torch.nan_to_num(torch.stack([found.amax(0) for found in frames]), neginf=0.0)
