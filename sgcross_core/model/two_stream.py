"""A small two-stream gait network: each modality its own frame encoder, one embedding space for both.

Frame encoder, maximum over the frames of a window (a set: order and number are free), horizontal strips, and
a projection a strip that both modalities share. After GaitSet (Chao et al. 2019, set pooling, horizontal
pyramid) and LidarGait (Shen et al. 2023, depth views of LiDAR sweeps).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

from sgcross_core.model.heads import StripLinear

MODALITIES = ("camera", "lidar")
CHANNELS = {"camera": slice(0, 1), "lidar": slice(1, 3)}  # of a tile: silhouette | depth, coverage
SLOPE = 0.05  # of the leaky rectifier


@dataclass(frozen=True)
class Preset:
    """channels: of the four convolutions; width: columns of the 64 that are looked at, the middle ones;
    strips: horizontal parts; part: length of a strip's embedding."""

    channels: tuple[int, int, int, int]
    width: int
    strips: int
    part: int


PRESETS = {"tiny": Preset(channels=(16, 32, 64, 128), width=48, strips=8, part=64)}


class TwoStream(nn.Module):
    """The network of a named preset; ValueError when there is no such preset."""

    def __init__(self, preset: str = "tiny") -> None:
        super().__init__()
        if preset not in PRESETS:
            raise ValueError(f"preset must be one of {', '.join(PRESETS)}; got {preset!r}")
        self.preset, self.shape = preset, PRESETS[preset]
        self.encoders = nn.ModuleDict({m: _encoder(_planes(m), self.shape.channels) for m in MODALITIES})
        self.project = StripLinear(self.shape.strips, self.shape.channels[-1], self.shape.part)

    @property
    def feature_size(self) -> int:
        """F, the length of a frame's feature: the last map of its encoder, flattened."""
        return self.shape.channels[-1] * 8 * (self.shape.width // 8)

    @property
    def embedding_size(self) -> int:
        """D, the length of an embedding."""
        return self.shape.strips * self.shape.part

    def pictures(self, modality: str, tiles: Tensor) -> Tensor:
        """float (N, 1 or 2, 64, 64) of one modality of tiles, uint8 (N, 64, 64, 3); see `tensors`."""
        return tensors(modality, tiles)

    def encode_frames(self, modality: str, pictures: Tensor) -> Tensor:
        """float (N, F) of one modality's pictures, float (N, 1 or 2, 64, 64), values 0..1 (see `tensors`)."""
        maps: Tensor = self.encoders[modality](self._middle(pictures))
        return maps.flatten(1)  # (N, C * 8 * W/8)

    def template(self, pooled: Tensor) -> Tensor:
        """float (N, D), length 1, of windows: the maximum over their frames' features, float (N, F)."""
        return functional.normalize(self.embed(pooled).flatten(1))

    def embed(self, pooled: Tensor) -> Tensor:
        """float (N, P, part): the embedding before its strips are joined."""
        maps = pooled.unflatten(1, (self.shape.channels[-1], self.shape.strips, -1))  # (N, C, P, 8/P * W/8)
        return self.project((maps.amax(-1) + maps.mean(-1)).transpose(1, 2))

    def forward(self, modality: str, pictures: Tensor) -> Tensor:
        """float (B, P, part) of clips, float (B, T, 1 or 2, 64, 64)."""
        maps = self.encoders[modality](self._middle(pictures.flatten(0, 1)))
        return self.embed(maps.unflatten(0, pictures.shape[:2]).amax(1).flatten(1))

    def _middle(self, pictures: Tensor) -> Tensor:
        margin = (pictures.shape[-1] - self.shape.width) // 2
        return pictures[..., margin : margin + self.shape.width]


def tensors(modality: str, tiles: Tensor) -> Tensor:
    """The channels of one modality, float (N, 1 or 2, 64, 64) in 0..1, of tiles, uint8 (N, 64, 64, 3)."""
    return tiles[..., CHANNELS[modality]].permute(0, 3, 1, 2).float() / 255


def _planes(modality: str) -> int:
    return CHANNELS[modality].stop - CHANNELS[modality].start


def _encoder(planes: int, channels: tuple[int, int, int, int]) -> nn.Sequential:
    """64 rows to 8. The first step is a strided convolution, far cheaper than one with a pool behind it.

    A maximum before a rectifier is the rectifier before the maximum, on a quarter of the pixels.
    """
    a, b, c, d = channels
    return nn.Sequential(
        *_normed(planes, a, 5, stride=2),
        nn.LeakyReLU(SLOPE, inplace=True),
        *_normed(a, b, 3),
        nn.MaxPool2d(2),
        nn.LeakyReLU(SLOPE, inplace=True),
        *_normed(b, c, 3),
        nn.MaxPool2d(2),
        nn.LeakyReLU(SLOPE, inplace=True),
        *_normed(c, d, 3),
        nn.LeakyReLU(SLOPE, inplace=True),
    )


def _normed(inputs: int, outputs: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs)]
