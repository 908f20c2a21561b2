"""DCF, the Dual-stream Cross-attention Fusion: the backbone's strips and the CLIP stream read each other."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sgcross_core.model.attention import Attention


class DualStreamFusion(nn.Module):
    """Strips (B, P, D) and tokens (B, 1 + grid * grid, D) to fused ones of the same shapes.

    Each stream attends to the other behind a layer norm and beside a shortcut. Then each strip is joined with
    the row of patches at its height; a two-layer network mixes both, beside a shortcut of the strip.
    """

    def __init__(self, dim: int, heads: int, dropout: float, grid: int) -> None:
        super().__init__()
        self.grid = grid
        self.norm_strips, self.norm_tokens = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.strips_read, self.tokens_read = Attention(dim, heads), Attention(dim, heads)
        self.dropout = nn.Dropout(dropout)
        self.mix = nn.Sequential(
            nn.Linear(2 * dim, dim), nn.LayerNorm(dim), nn.GELU(), nn.Dropout(dropout), nn.Linear(dim, dim)
        )

    def forward(self, strips: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        s, t = self.norm_strips(strips), self.norm_tokens(tokens)
        strips = strips + self.dropout(self.strips_read(s, t))
        tokens = tokens + self.dropout(self.tokens_read(t, s))
        beside = self._rows(tokens, strips.shape[1])
        return strips + self.mix(torch.cat([strips, beside], -1)), tokens

    def _rows(self, tokens: Tensor, count: int) -> Tensor:
        """(B, count, D): for each strip the mean of the patches at its height."""
        rows = tokens[:, 1:].unflatten(1, (self.grid, self.grid)).mean(2)  # (B, grid, D)
        return rows.repeat_interleave(count // self.grid, 1)
