"""The face of a network that another package brings, such as the rivals that training compares with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from torch import Tensor, nn


class OtherNetwork(nn.Module, ABC):
    """What weight files and evaluation need of a network; shapes as in `TwoStream`.

    kind: its name in weight files; preset: the name of its size.
    """

    kind: str
    preset: str

    @property
    @abstractmethod
    def feature_size(self) -> int:
        """F, the length of a frame's feature."""

    @property
    @abstractmethod
    def embedding_size(self) -> int:
        """Length of a template."""

    @abstractmethod
    def described(self) -> dict[str, Any]:
        """The settings, fit for JSON, from which an equal network can be built."""

    @abstractmethod
    def pictures(self, modality: str, tiles: Tensor) -> Tensor:
        """float (N, planes, 64, 64), 0..1, of one modality of tiles, uint8 (N, 64, 64, 3)."""

    @abstractmethod
    def encode_frames(self, modality: str, pictures: Tensor) -> Tensor:
        """float (N, F): the feature of each frame."""

    @abstractmethod
    def embed(self, pooled: Tensor) -> Tensor:
        """float (B, P, part) of windows: the maximum over their frames' features, float (B, F)."""

    @abstractmethod
    def template(self, pooled: Tensor) -> Tensor:
        """float (B, P * part), length 1."""
