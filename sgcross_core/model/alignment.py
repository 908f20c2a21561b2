"""Multi-grained alignment: the global token and every strip, brought into the text prototypes' space."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

COLDEST, WARMEST = 0.01, 1.0  # bounds of the temperature; CLIP caps its inverse at 100
FIRST = 0.07


class Alignment(nn.Module):
    """Global token (B, D) and strips (B, P, D) to unit vectors (B, text_dim) and (B, P, text_dim).

    The temperature that the cosines are divided by is learned inside its bounds. Where D equals text_dim the
    global token's map starts as the identity: a token of CLIP weights already lies in the texts' space.
    """

    def __init__(self, dim: int, text_dim: int) -> None:
        super().__init__()
        self.whole, self.local = nn.Linear(dim, text_dim), nn.Linear(dim, text_dim)
        if dim == text_dim:
            nn.init.eye_(self.whole.weight)
            nn.init.zeros_(self.whole.bias)
        share = math.log(FIRST / COLDEST) / math.log(WARMEST / COLDEST)
        self.warmth = nn.Parameter(torch.tensor(math.log(share / (1 - share))))

    @property
    def temperature(self) -> Tensor:
        """What cosines are divided by: a logistic curve between the bounds, so that it can come back."""
        return COLDEST * (WARMEST / COLDEST) ** torch.sigmoid(self.warmth)

    def forward(self, token: Tensor, strips: Tensor) -> tuple[Tensor, Tensor]:
        whole, local = self.whole(token), self.local(strips)
        return functional.normalize(whole, dim=-1), functional.normalize(local, dim=-1)
