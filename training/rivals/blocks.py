"""The blocks of TCFDNet; its module says what is published of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from sgcross_core.model.attention import Attention
from sgcross_core.model.decoupling import SHARPNESS, SQUEEZE

TOP = 16  # texts that a window chooses
SLOPE = 0.02  # of the leaky rectifier


class Adapter(nn.Module):
    """A layer norm and two linear layers, (..., inputs) to (..., outputs)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(inputs), nn.Linear(inputs, outputs), nn.GELU(), nn.Linear(outputs, outputs)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        adapted: Tensor = self.layers(tokens)
        return adapted


class Mixing(nn.Module):
    """Maps (B, C, H, W) and patches (B, grid * grid, C), which read each other, to maps (B, C, H, W)."""

    def __init__(self, dim: int, heads: int, dropout: float, grid: int) -> None:
        super().__init__()
        self.grid = grid
        self.norm_places, self.norm_patches = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.places_read, self.patches_read = Attention(dim, heads), Attention(dim, heads)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim))
        self.weigh = nn.Sequential(
            nn.Conv2d(2 * dim, dim // SQUEEZE, 1, bias=False),
            nn.BatchNorm2d(dim // SQUEEZE),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(dim // SQUEEZE, 1, 1),
        )

    def forward(self, maps: Tensor, patches: Tensor) -> Tensor:
        places = functional.adaptive_avg_pool2d(maps, self.grid).flatten(2).transpose(1, 2)
        a, b = self.norm_places(places), self.norm_patches(patches)
        places = places + self.dropout(self.places_read(a, b))
        patches = patches + self.dropout(self.patches_read(b, a))
        both = self.out(places + patches).transpose(1, 2).unflatten(2, (self.grid, self.grid))
        spread = functional.interpolate(both, maps.shape[2:], mode="bilinear")
        weight = torch.sigmoid(self.weigh(torch.cat([maps, spread], 1)))  # (B, 1, H, W)
        return maps + weight * spread


class Disentangling(nn.Module):
    """Maps (B, C, H, W), global tokens (B, C), texts (K, text_dim): what is shared, what is specific."""

    def __init__(self, dim: int, text_dim: int) -> None:
        super().__init__()
        self.adapter = Adapter(text_dim, dim)
        self.query, self.key, self.describe = (nn.Linear(dim, dim) for _ in range(3))
        narrow = dim // SQUEEZE
        self.gate = nn.Sequential(nn.Linear(dim, narrow), nn.ReLU(), nn.Linear(narrow, dim), nn.Sigmoid())

    def forward(self, maps: Tensor, token: Tensor, texts: Tensor) -> tuple[Tensor, Tensor]:
        adapted = self.adapter(texts)  # (K, C)
        chosen = nearest(token, adapted)  # (B, K)
        places = self.query(maps.flatten(2).transpose(1, 2))  # (B, H * W, C)
        cosine = functional.normalize(places, dim=-1) @ functional.normalize(self.key(adapted), dim=-1).T
        attention = (SHARPNESS * cosine).masked_fill(~chosen[:, None], -torch.inf).softmax(-1)
        specific = self.describe(attention @ adapted).transpose(1, 2).unflatten(2, maps.shape[2:])
        gate = self.gate(maps.mean((2, 3)))[..., None, None]
        return maps - gate * specific, specific


def nearest(token: Tensor, texts: Tensor) -> Tensor:
    """bool (B, K): the TOP texts (K, C) of the largest cosines with tokens (B, C); equal ones are all in."""
    cosine = functional.normalize(token, dim=-1) @ functional.normalize(texts, dim=-1).T
    return cosine >= cosine.topk(min(TOP, len(texts)), -1).values[:, -1:]


class Stability(nn.Module):
    """Maps (B, C, H, W) with a convolution of themselves, its channels weighed, added."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        narrow = dim // SQUEEZE
        self.space = nn.Sequential(nn.Conv2d(dim, dim, 3, padding=1, bias=False), nn.BatchNorm2d(dim))
        self.channels = nn.Sequential(nn.Linear(dim, narrow), nn.ReLU(), nn.Linear(narrow, dim))
        self.along = nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        weights = self.channels(maps.mean((2, 3)))  # (B, C)
        weights = torch.sigmoid(self.along(weights[:, None])[:, 0])
        return maps + weights[..., None, None] * self.space(maps)
