"""Embeddings counted from the mean of those that share their sensor and view direction. Ours.

What all walks seen by one sensor from one side have in common says nothing about the walker. SGFD takes some
of it from the strips; what is left of it in the embeddings is their mean, prototype by prototype.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from sgcross_core.model.heads import unit


class Centring(nn.Module):
    """Embeddings (B, P, part) and the choice of a prototype, logits (B, K), to embeddings without the means.

    Only in inference, and of embeddings made in inference: of the fewer, disturbed frames of training the
    means are others, and taken away there they cost more than they brought (docs/model.md).
    """

    means: Tensor

    def __init__(self, prototypes: int, strips: int, part: int) -> None:
        super().__init__()
        self.register_buffer("means", torch.zeros(prototypes, strips, part))

    def forward(self, embedding: Tensor, choice: Tensor) -> Tensor:
        if self.training:
            return embedding
        return unit(embedding) - torch.einsum("bk,kpd->bpd", choice.softmax(-1), self.means)

    def measure(self, windows: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Take the means of batches of embeddings (B, P, part) and choices (B, K), as `forward` has them.

        Each window counts for a prototype as far as it chose it. A prototype of less than one window
        altogether keeps a mean near zero.
        """
        total, count = torch.zeros_like(self.means), self.means.new_zeros(len(self.means))
        for embedding, choice in windows:
            share = choice.softmax(-1)
            total += torch.einsum("bk,bpd->kpd", share, unit(embedding))
            count += share.sum(0)
        self.means.copy_(total / count.clamp(min=1)[:, None, None])
