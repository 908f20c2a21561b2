"""The three functions that a network is at run time, each of one tensor: what is run and what is exported.

Each gives a tuple: its result, and the head of a network with attribute heads the factors, too.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sgcross_core.model import MODALITIES, Network, SGCrossGait
from sgcross_core.model.factors import SCHEMA
from sgcross_core.runtime.engine import HEAD


class Frames(nn.Module):
    """float32 (N, F) of one modality's channels of tiles, uint8 (N, 64, 64, 3).

    The tile itself goes in, so that no runtime can scale or choose its channels in another way.
    """

    def __init__(self, net: Network, modality: str) -> None:
        super().__init__()
        self.net, self.modality = net, modality

    def forward(self, tiles: Tensor) -> tuple[Tensor, ...]:
        # Cast first: TensorRT knows bytes only as an input that is cast at once.
        pictures = self.net.pictures(self.modality, tiles.float()).to(next(self.net.parameters()).dtype)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        return (self.net.encode_frames(self.modality, pictures).float(),)


class Head(nn.Module):
    """float32 (N, D), length 1, of pooled features of either modality, float32 (N, F).

    Of a network with attribute heads also float32 (N, 69), see `Attributes.probabilities`.
    """

    def __init__(self, net: Network) -> None:
        super().__init__()
        self.net = net

    def forward(self, pooled: Tensor) -> tuple[Tensor, ...]:
        if isinstance(self.net, SGCrossGait) and self.net.gar is not None:
            template, factors = self.net.template_and_factors(pooled)
            return template.float(), factors.float()
        return (self.net.template(pooled).float(),)


def factor_schema(net: Network) -> str:
    """Version of the factors that the network's attribute heads were trained on; "" when it has none."""
    return SCHEMA if isinstance(net, SGCrossGait) and net.gar is not None else ""


@torch.no_grad()
def strips_of(net: Network) -> int:
    """P, the horizontal parts that a template holds one after another, from the head down."""
    empty = torch.zeros(1, net.feature_size, device=next(net.parameters()).device)
    return int(net.embed(empty).shape[1])


def graphs(net: Network) -> dict[str, nn.Module]:
    """Every graph of a network by its name in `engine.GRAPHS`, in inference mode.

    ValueError for a network that wants point clouds, which a tile does not hold.
    """
    if isinstance(net, SGCrossGait) and net.points is not None:
        raise ValueError("SGConfig.points must be off: engines see tiles alone, this network wants points")
    frames: dict[str, nn.Module] = {m: Frames(net, m).eval() for m in MODALITIES}
    return {**frames, HEAD: Head(net).eval()}
