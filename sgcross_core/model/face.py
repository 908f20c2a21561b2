"""What all networks of an SGConfig have in common: the pictures they look at, and templates of strips."""

from __future__ import annotations

from torch import Tensor

from sgcross_core.model.config import PLANES, SGConfig
from sgcross_core.model.encoders import sensor_pictures
from sgcross_core.model.heads import joined


class StripsFace:
    """Inherited beside nn.Module by a network that has a configuration and embeds windows."""

    config: SGConfig

    @property
    def embedding_size(self) -> int:
        """Length of a template: strips times part."""
        return self.config.strips * self.config.part

    def planes(self, modality: str) -> int:
        """Channels of a modality's pictures."""
        return 1 if modality == "camera" else PLANES[self.config.lidar]

    def pictures(self, modality: str, tiles: Tensor) -> Tensor:
        """float (N, planes, 64, 64), 0..1, of one modality of tiles, uint8 (N, 64, 64, 3)."""
        return sensor_pictures(modality, tiles, self.config.lidar)

    def embed(self, pooled: Tensor) -> Tensor:
        """float (B, P, part) of pooled features (B, F) of either modality."""
        raise NotImplementedError

    def template(self, pooled: Tensor) -> Tensor:
        """float (B, P * part), length 1: a product of two is the mean over the strips of their cosines."""
        return joined(self.embed(pooled))
