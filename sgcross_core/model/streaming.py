"""Answers while somebody walks: one frame in, the embedding of the newest frames out.

The nodes keep the windows of many tracks in `gait.Windows`, which moves on in strides; a `Stream` is one
walker's window, moving on with every frame. Both take maxima over the same cached features.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from sgcross_core.model.pooling import SlidingMaximum
from sgcross_core.model.sg_crossgait import SGCrossGait, both
from sgcross_core.model.two_stream import MODALITIES

LONGEST = 300


@dataclass(frozen=True)
class Embedding:
    """parts: float (P, part), in one space for all modalities; modality: "camera", "lidar" or "both"."""

    modality: str
    parts: Tensor


class Stream:
    """The window of one walker, the newest `frames` moments of `modalities`; `push` makes it move on.

    The embedding is the one that `SGCrossGait.pooled` and `answer` give for the same frames, with None for
    those that are not present. Encoding a frame and what follows the pool cost the same for any length; the
    pool costs three maxima on average and keeps one feature a frame. ValueError for a network in training
    mode, for 0 or more than 300 frames, and for no or unknown modalities.
    """

    def __init__(
        self, net: SGCrossGait, frames: int = 30, modalities: tuple[str, ...] = MODALITIES
    ) -> None:
        if net.training:
            raise ValueError("a stream needs a network in inference mode; call eval() first")
        if not 1 <= frames <= LONGEST:
            raise ValueError(f"frames must lie in 1..{LONGEST}; got {frames}")
        if not modalities or set(modalities) - set(MODALITIES):
            raise ValueError(f"modalities must be some of {', '.join(MODALITIES)}; got {modalities}")
        self.net = net
        self._pools = {modality: SlidingMaximum(frames, torch.maximum) for modality in modalities}

    @torch.inference_mode()
    def push(self, frame: Mapping[str, Tensor | None]) -> Embedding | None:
        """The embedding after one more moment; None when the window holds no frame.

        frame: modality -> picture, float (planes, 64, 64), 0..1; None, or no entry, where the sensor did not
        see the walker. ValueError for a modality that the stream does not have, and for a picture that is of
        another shape, not finite or all black; the window is then as before.
        """
        if unknown := sorted(set(frame) - set(self._pools)):
            raise ValueError(f"frame has {unknown[0]!r}; this stream takes {', '.join(self._pools)}")
        features = {modality: self._feature(modality, frame.get(modality)) for modality in self._pools}
        pooled = {modality: pool.push(features[modality]) for modality, pool in self._pools.items()}
        seen = {modality: window[None] for modality, window in pooled.items() if window is not None}
        return answer(self.net, seen)[0] if seen else None

    def _feature(self, modality: str, picture: Tensor | None) -> Tensor | None:
        if picture is None:
            return None
        check_picture(modality, picture)
        return self.net.encode_frames(modality, picture[None])[0]


def answer(net: SGCrossGait, pooled: Mapping[str, Tensor]) -> list[Embedding]:
    """The embeddings of B walkers from pooled features (B, F) of one modality or of both."""
    if not pooled or set(pooled) - set(MODALITIES):
        raise ValueError(f"pooled must hold camera, lidar or both; got {sorted(pooled) or 'nothing'}")
    embedded = net.embed(torch.cat(list(pooled.values()))).chunk(len(pooled))  # (B, P, part) each
    if len(pooled) == 1:
        return [Embedding(next(iter(pooled)), parts) for parts in embedded[0]]
    return [Embedding("both", parts) for parts in both(*embedded)]


def check_picture(modality: str, picture: Tensor) -> None:
    """ValueError unless all values are finite and some are not zero."""
    if not bool(torch.isfinite(picture).all()):
        raise ValueError(f"the {modality} picture must be finite; {int((~picture.isfinite()).sum())} are not")
    if not bool(picture.any()):
        raise ValueError(f"the {modality} picture is all black; give None where the sensor saw nobody")
