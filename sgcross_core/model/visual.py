"""The CLIP-shaped visual tower on 64x64 pictures, and the way from published CLIP weights into it."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from sgcross_core.model.attention import Attention
from sgcross_core.model.config import VisualConfig

MEAN, DEVIATION = (0.4815, 0.4578, 0.4082), (0.2686, 0.2613, 0.2758)  # CLIP's, of its training pictures


class VisualTower(nn.Module):
    """Pictures, float (N, 1, 2 or 3, 64, 64), 0..1, to tokens (N, 1 + patches, dim), the global one first.

    A vision transformer (Radford et al. 2021), 16 patches of 16 pixels by default. The patches are projected
    like the global token and so share its space. Of fewer than three planes the first is taken thrice.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: VisualConfig, dim: int) -> None:
        super().__init__()
        width, tokens = config.width, config.grid**2 + 1
        self.conv1 = nn.Conv2d(3, width, config.patch, config.patch, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(width) * width**-0.5)
        self.positional_embedding = nn.Parameter(torch.randn(tokens, width) * width**-0.5)
        self.ln_pre = nn.LayerNorm(width)
        self.blocks = nn.Sequential(*(VisualBlock(config) for _ in range(config.layers)))
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.randn(width, dim) * width**-0.5)
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(3, 1, 1), persistent=False)
        self.loaded = False  # from CLIP; `initialise` then leaves the tower alone

    def forward(self, pictures: Tensor) -> Tensor:
        patches = self._patches(pictures)
        first = self.class_embedding.expand(patches.shape[0], 1, -1)  # len() would fix the batch in an export
        tokens = self.ln_pre(torch.cat([first, patches], 1) + self.positional_embedding)
        projected: Tensor = self.ln_post(self.blocks(tokens)) @ self.proj
        return projected

    def _patches(self, pictures: Tensor) -> Tensor:
        """(N, patches, width) of pictures (N, 1, 2 or 3, 64, 64): conv1 of the normalised colours.

        The normalisation is in the weights, and grey needs them added up alone: a third of the work.
        """
        weight = self.conv1.weight / self.deviation
        bias = -(weight * self.mean).sum((1, 2, 3))
        if pictures.shape[1] != 3:
            pictures, weight = pictures[:, :1], weight.sum(1, keepdim=True)
        side = weight.shape[-1]
        cells = pictures.unflatten(3, (-1, side)).unflatten(2, (-1, side)).permute(0, 2, 4, 1, 3, 5)
        return functional.linear(cells.flatten(3).flatten(1, 2), weight.flatten(1), bias)


class VisualBlock(nn.Module):
    """Self-attention and a two-layer network, each behind a layer norm and beside a shortcut."""

    def __init__(self, config: VisualConfig) -> None:
        super().__init__()
        width = config.width
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = Attention(width, config.heads)
        activation = QuickGELU() if config.gelu == "quick" else nn.GELU()
        self.mlp = nn.Sequential()
        self.mlp.add_module("c_fc", nn.Linear(width, 4 * width))
        self.mlp.add_module("gelu", activation)
        self.mlp.add_module("c_proj", nn.Linear(4 * width, width))

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attn(self.ln_1(tokens))
        mixed: Tensor = tokens + self.mlp(self.ln_2(tokens))
        return mixed


class QuickGELU(nn.Module):
    """x sigmoid(1.702 x), what OpenAI's weights were trained with."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


def load_clip(tower: VisualTower, state: Mapping[str, Tensor]) -> None:
    """Copy the visual half of a CLIP state dict, OpenAI's or open_clip's, into the tower.

    The position table is interpolated to the tower's grid. ValueError names a tensor that is missing,
    unknown or of the wrong shape; the tower is then unchanged.
    """
    named = {_our_name(k): v.detach().float() for k, v in state.items() if k.startswith("visual.")}
    own = tower.state_dict()
    if missing := sorted(set(own) - set(named)):
        raise ValueError(f"the CLIP weights lack the visual tensor {missing[0]!r}, one of {len(missing)}")
    if extra := sorted(set(named) - set(own)):
        raise ValueError(f"the CLIP weights' visual tensor {extra[0]!r} has no place in this preset")
    table = "positional_embedding"
    named[table] = interpolated(named[table], int(len(own[table]) ** 0.5))
    for name, value in own.items():
        if named[name].shape != value.shape:
            found, wanted = tuple(named[name].shape), tuple(value.shape)
            raise ValueError(f"the CLIP weights' {name} is {found}, this preset needs {wanted}")
    tower.load_state_dict(named)
    tower.loaded = True


def interpolated(table: Tensor, grid: int) -> Tensor:
    """A position table (1 + n * n, width) for a grid x grid picture: (1 + grid * grid, width), bicubic."""
    first, rest = table[:1], table[1:]
    side = round(len(rest) ** 0.5)
    if side * side != len(rest):
        raise ValueError(f"a position table must have 1 + n * n rows; got {len(table)}")
    if side == grid:
        return table
    picture = rest.T.reshape(1, -1, side, side)
    resized = functional.interpolate(picture, (grid, grid), mode="bicubic", antialias=True)
    return torch.cat([first, resized.flatten(2)[0].T])


def _our_name(name: str) -> str:
    return name.removeprefix("visual.").replace("transformer.resblocks.", "blocks.")
