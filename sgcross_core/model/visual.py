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
    grey: Tensor
    colour: Tensor
    bias: Tensor | None

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
        for name in ("grey", "colour", "bias"):
            self.register_buffer(name, None, persistent=False)  # until `settle`
        self.loaded = False  # from CLIP; `initialise` then leaves the tower alone

    def forward(self, pictures: Tensor) -> Tensor:
        planes = 3 if pictures.shape[1] == 3 else 1
        patches = functional.linear(self._cells(pictures[:, :planes]), *self._projection(planes))
        first = self.class_embedding.expand(patches.shape[0], 1, -1)  # len() would fix the batch in an export
        tokens = self.ln_pre(torch.cat([first, patches], 1) + self.positional_embedding)
        projected: Tensor = self.ln_post(self.blocks(tokens)) @ self.proj
        return projected

    def settle(self) -> None:
        """Keep what `_projection` makes of the weights, for a tower that trains no more."""
        (colour, bias), (grey, _) = self._projection(3), self._projection(1)
        self.colour, self.grey, self.bias = colour.detach(), grey.detach(), bias.detach()

    def _projection(self, planes: int) -> tuple[Tensor, Tensor]:
        """Weight (width, planes * patch * patch) and bias (width,) of pictures of 1 or 3 planes.

        CLIP's normalisation is a matter of these weights, and so is a plane that is taken thrice.
        """
        if self.bias is not None:
            return (self.colour if planes == 3 else self.grey), self.bias
        weight = self.conv1.weight / self.deviation
        bias = -(weight * self.mean).sum((1, 2, 3))
        return (weight if planes == 3 else weight.sum(1)).flatten(1), bias

    def _cells(self, pictures: Tensor) -> Tensor:
        """(N, patches, planes * patch * patch): what the convolution sees at each of its places."""
        (_, planes, side, _), patch = pictures.shape, self.conv1.stride[0]
        grid = side // patch
        cells = pictures.unflatten(3, (grid, patch)).unflatten(2, (grid, patch))
        rows = cells.permute(0, 2, 4, 1, 3, 5)  # (N, grid, grid, planes, patch, patch)
        return rows.reshape(-1, grid * grid, planes * patch * patch)


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
