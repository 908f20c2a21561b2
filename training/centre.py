"""What embeddings are counted from, measured on people of the training when it is over."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from tqdm import tqdm

from sgcross_core.model import MODALITIES, Network, SGCrossGait
from training.data.store import Store
from training.dataset import Clips
from training.embed import CHUNK, pooled_windows
from training.evaluation.distance import Parts
from training.evaluation.embed import embed_store

CLIPS = 8  # of each person


@torch.inference_mode()
def measure_centre(net: Network, clips: Clips | Store, quiet: bool = False) -> None:
    """Give a network whose configuration is `centred` its means, see `Centring`; do nothing to another.

    Of each person a few whole clips, undisturbed, by both sensors; quiet: without a progress bar.
    """
    if not isinstance(net, SGCrossGait) or net.centring is None:
        return
    net.eval()
    net.centring.means.zero_()
    net.centring.measure(_windows(net, clips.some(CLIPS), quiet))


def sensor_means(net: Network, store: Store) -> dict[str, Parts]:
    """What embeddings of any network can be counted from, see `Embedded.centred`: each sensor's mean.

    Of a few sequences of each person of the store's training; ValueError when it has nobody to train.
    """
    return embed_store(net, store.only("train").some(CLIPS)).means()


def _windows(net: SGCrossGait, clips: Clips | Store, quiet: bool) -> Iterator[tuple[Tensor, Tensor]]:
    """Embeddings and choices of every clip by each sensor, some clips at a time."""
    for first in tqdm(range(0, len(clips), CHUNK), desc="centre", mininterval=2, disable=quiet):
        tiles = [clips.tiles[row] for row in range(first, min(first + CHUNK, len(clips)))]
        for modality in MODALITIES:
            out = net.outputs(pooled_windows(net, modality, tiles))
            if out.decoupled is not None:
                yield out.embedding, out.decoupled.choice
