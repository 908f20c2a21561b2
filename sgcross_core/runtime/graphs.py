"""The three functions that a network is at run time, each of one tensor: what is run and what is exported."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from sgcross_core.model import MODALITIES, TwoStream, tensors
from sgcross_core.runtime.engine import HEAD


class Frames(nn.Module):
    """float32 (N, F) of one modality's channels of tiles, uint8 (N, 64, 64, 3).

    The tile itself goes in, so that no runtime can scale or choose its channels in another way.
    """

    def __init__(self, net: TwoStream, modality: str) -> None:
        super().__init__()
        self.net, self.modality = net, modality

    def forward(self, tiles: Tensor) -> Tensor:
        pictures = tensors(self.modality, tiles).to(next(self.net.parameters()).dtype)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        return self.net.features(self.modality, pictures).float()


class Head(nn.Module):
    """float32 (N, D), length 1, of pooled features of either modality, float32 (N, F)."""

    def __init__(self, net: TwoStream) -> None:
        super().__init__()
        self.net = net

    def forward(self, pooled: Tensor) -> Tensor:
        return self.net.embed(pooled).float()


def graphs(net: TwoStream) -> dict[str, nn.Module]:
    """Every graph of a network by its name in `engine.GRAPHS`, in inference mode."""
    frames: dict[str, nn.Module] = {m: Frames(net, m).eval() for m in MODALITIES}
    return {**frames, HEAD: Head(net).eval()}


def folded(net: TwoStream) -> TwoStream:
    """The batch norms go into the convolutions before them: less to compute, the same within rounding.

    Changes the network, which must be in inference mode.
    """
    for layers in [module for module in net.modules() if isinstance(module, nn.Sequential)]:
        for index in range(len(layers) - 1):
            convolution, norm = layers[index], layers[index + 1]
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                layers[index], layers[index + 1] = fuse_conv_bn_eval(convolution, norm), nn.Identity()
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
