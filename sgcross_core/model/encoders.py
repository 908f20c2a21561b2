"""Frame encoders. ResNet9 is the one of GaitBase (Fan et al. 2023): four stages of one block each."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from sgcross_core.model.config import BackboneConfig
from sgcross_core.model.two_stream import tensors


class ResNet9(nn.Module):
    """Pictures, float (N, planes, 64, 64), to maps (N, C, H, W), see `BackboneConfig.map_shape`."""

    def __init__(self, planes: int, config: BackboneConfig) -> None:
        super().__init__()
        self.margin = (64 - config.columns) // 2
        widths = [config.width * 2**stage for stage in range(len(config.strides))]
        inputs = [config.width, *widths[:-1]]
        stem = [*_convolution(planes, config.width, 3, config.stride), nn.ReLU(inplace=True)]
        stages = [Block(i, o, s) for i, o, s in zip(inputs, widths, config.strides, strict=True)]
        self.layers = nn.Sequential(*stem, *stages)

    def forward(self, pictures: Tensor) -> Tensor:
        maps: Tensor = self.layers(pictures[..., self.margin : 64 - self.margin])
        return maps


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut (He et al. 2016, the basic block)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(inputs, outputs, 3, stride),
            nn.ReLU(inplace=True),
            *_convolution(outputs, outputs, 3),
        )
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Sequential() if same else nn.Sequential(*_convolution(inputs, outputs, 1, stride))

    def forward(self, maps: Tensor) -> Tensor:
        return functional.relu(self.body(maps) + self.shortcut(maps))


class PointEncoder(nn.Module):
    """Points, float (N, Q, 3), metres, to one vector a frame, (N, dim): an edge convolution of k nearest.

    After DGCNN (Wang et al. 2019): an edge is a point and the way to its neighbour; maximum over neighbours
    and points. A frame of fewer than k points is a ValueError.
    """

    def __init__(self, neighbours: int, dim: int) -> None:
        super().__init__()
        self.neighbours = neighbours
        narrow = dim // 4
        self.edges = nn.Sequential(nn.Linear(6, narrow), nn.ReLU(inplace=True), nn.Linear(narrow, narrow))
        self.out = nn.Sequential(nn.LayerNorm(narrow), nn.Linear(narrow, dim))

    def forward(self, points: Tensor) -> Tensor:
        (N, Q, _), k = points.shape, self.neighbours
        if k > Q:
            raise ValueError(f"points must have at least {k} a frame; got {Q}")
        points = points - points.mean(1, keepdim=True)
        nearest = torch.cdist(points, points).topk(k, largest=False).indices  # (N, Q, k)
        near = points.gather(1, nearest.flatten(1)[..., None].expand(-1, -1, 3)).view(N, Q, k, 3)
        here = points[:, :, None].expand_as(near)
        edges = self.edges(torch.cat([here, near - here], -1))  # (N, Q, k, dim / 4)
        encoded: Tensor = self.out(edges.amax((1, 2)))
        return encoded


def sensor_pictures(modality: str, tiles: Tensor, lidar: str) -> Tensor:
    """float (N, planes, 64, 64), 0..1, of one modality of tiles, uint8 (N, 64, 64, 3).

    lidar: which channels of the LiDAR, see `config.PLANES`.
    """
    channels = tensors(modality, tiles)
    if modality == "camera" or lidar == "depth+coverage":
        return channels
    return jet(channels[:, :1]) if lidar == "jet" else channels[:, :1]


def jet(depth: Tensor) -> Tensor:
    """The colours of a grey picture, float (N, 1, H, W) in 0..1: (N, 3, H, W); 0, nothing there, stays black.

    The piecewise linear jet map: red, green and blue are tents of width 1 around 3/4, 1/2 and 1/4.
    """
    centres = torch.tensor([3.0, 2.0, 1.0], device=depth.device, dtype=depth.dtype).view(3, 1, 1)
    return (1.5 - (4 * depth - centres).abs()).clamp(0, 1) * (depth > 0)


def _convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return convolution, nn.BatchNorm2d(outputs)
