"""Attention whose parameters are named and shaped like those of nn.MultiheadAttention, and so like CLIP's.

Of our own because torch's takes a fused path in inference that the ONNX exporters do not know. Two plain
products: for some 16 tokens torch's fused attention gains nothing, exports as eleven nodes more, and costs a
CPU three times as much on the way back.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Attention(nn.Module):
    """Multi-head attention of tokens (B, N, D) to a context (B, M, D), by default themselves: (B, N, D)."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(nn.init.xavier_uniform_(torch.empty(3 * dim, dim)))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * dim))
        self.out_proj = nn.Linear(dim, dim)

    def forward(self, tokens: Tensor, context: Tensor | None = None) -> Tensor:
        D = tokens.shape[-1]
        if context is None:
            query, key, value = functional.linear(tokens, self.in_proj_weight, self.in_proj_bias).chunk(3, -1)
        else:
            query = functional.linear(tokens, self.in_proj_weight[:D], self.in_proj_bias[:D])
            both = functional.linear(context, self.in_proj_weight[D:], self.in_proj_bias[D:])
            key, value = both.chunk(2, -1)
        query, key, value = (
            x.unflatten(-1, (self.heads, -1)).transpose(1, 2) for x in (query, key, value)
        )  # each (B, heads, N or M, D / heads)
        weight = (query * (D // self.heads) ** -0.5 @ key.transpose(2, 3)).softmax(-1)  # (B, heads, N, M)
        projected: Tensor = self.out_proj((weight @ value).transpose(1, 2).flatten(2))
        return projected
