"""GaitBase with an encoder for each sensor: the ground that all rivals are built on.

Published (Fan et al., CVPR 2023, for silhouettes; Shen et al., CVPR 2023, for depth views): ResNet9, the
maximum over frames, 16 horizontal strips of maximum plus mean, one linear map a strip, BNNecks; triplets and
identities. Ours: the same linear maps for both sensors, triplets across the sensors, and the sizes and LiDAR
channels of SG-CrossGait's presets, so that a comparison is one of methods, not of backbones.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sgcross_core.model import MODALITIES, OtherNetwork
from sgcross_core.model.config import SGConfig, from_dict, to_dict
from sgcross_core.model.encoders import ResNet9
from sgcross_core.model.face import StripsFace
from sgcross_core.model.heads import StripLinear
from sgcross_core.model.pooling import strips

SWITCHES = ("points", "clip", "text", "alignment", "dcf", "sgfd", "gar", "minimum", "centred")
BARE = dict.fromkeys(SWITCHES, False)


class GaitBase(StripsFace, OtherNetwork):
    """Shapes as in `SGCrossGait`, whose configuration gives the sizes."""

    kind = "gaitbase"
    switches: Mapping[str, bool] = BARE  # of its configuration

    def __init__(self, config: SGConfig) -> None:
        super().__init__()
        self.config = dataclasses.replace(config, classes=0, **self.switches)
        self.preset = config.preset
        self.encoders = self._encoders()
        self.project = StripLinear(config.strips, config.dim, config.part)

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> GaitBase:
        """The network of what `described` said; ValueError names a setting that does not fit."""
        return cls(from_dict(settings))

    def described(self) -> dict[str, Any]:
        """Dotted name -> value."""
        return to_dict(self.config)

    @property
    def map_shape(self) -> tuple[int, int, int]:
        """C, H, W of the last map of an encoder."""
        return self.config.backbone.map_shape

    @property
    def feature_size(self) -> int:
        """F, the length of a frame's feature: its map, flattened."""
        return math.prod(self.map_shape)

    def encode_frames(self, modality: str, pictures: Tensor) -> Tensor:
        """float (N, F): the feature of each frame of one modality, pictures float (N, planes, 64, 64)."""
        encoded: Tensor = self.encoders[modality](pictures)
        return encoded.flatten(1)

    def pooled(self, clips: Mapping[str, Tensor]) -> Tensor:
        """float (modalities * B, F) of the same B clips by each sensor, (B, T, planes, 64, 64) each."""
        frames = {m: self.encode_frames(m, clips[m].flatten(0, 1)) for m in MODALITIES}
        return torch.cat([frames[m].unflatten(0, clips[m].shape[:2]).amax(1) for m in MODALITIES])

    def maps(self, pooled: Tensor) -> Tensor:
        """float (B, C, H, W): the map in pooled features (B, F)."""
        return pooled[:, : math.prod(self.map_shape)].unflatten(1, self.map_shape)

    def embed(self, pooled: Tensor) -> Tensor:
        """float (B, P, part) of pooled features (B, F) of either modality."""
        projected: Tensor = self.project(strips(self.maps(pooled), self.config.strips))
        return projected

    def _encoders(self) -> nn.ModuleDict:
        return nn.ModuleDict({m: ResNet9(self.planes(m), self.config.backbone) for m in MODALITIES})
