"""What makes embeddings of strips, and what tells the training people apart by them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

TINY = 1e-12  # the shortest length that is divided by, as in functional.normalize


def unit(vectors: Tensor) -> Tensor:
    """Vectors (..., D) of length 1; functional.normalize for running, which exports as two nodes less."""
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(TINY)


def joined(embedding: Tensor) -> Tensor:
    """One unit vector (B, P * part) of embeddings (B, P, part), each strip weighing the same."""
    B, P, _ = embedding.shape
    return unit(embedding).reshape(B, -1) / P**0.5


class StripLinear(nn.Module):
    """One linear map a strip, no bias: (N, P, C) to (N, P, D)."""

    def __init__(self, strips: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(strips, inputs, outputs))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, strips: Tensor) -> Tensor:
        return torch.bmm(strips.transpose(0, 1), self.weight).transpose(0, 1)


class Necks(nn.Module):
    """Parts (N, P, D) to cosines (N, P, classes) with a learned direction a class, behind a batch norm.

    BNNeck (Luo et al. 2019), one a part; both sensors go through the same one.
    """

    def __init__(self, parts: int, dim: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(parts * dim)
        self.weight = nn.Parameter(nn.init.xavier_uniform_(torch.empty(parts, dim, classes)))

    def forward(self, parts: Tensor) -> Tensor:
        necks = functional.normalize(self.norm(parts.flatten(1)).view_as(parts), dim=-1)
        return torch.einsum("npd,pdc->npc", necks, functional.normalize(self.weight, dim=1))
