"""What the rest of the package asks of a running network, and what every way of running it has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from sgcross_core.gait import SIDE
from sgcross_core.identity.calibration import MODALITIES, Calibration

Array = NDArray[np.float32]

HEAD = "head"  # once a window: pooled features of either modality to embeddings
GRAPHS = (*MODALITIES, HEAD)  # a modality's own graph runs once a frame: tiles to features


class Engine(Protocol):
    """A network ready to run; features are cached by the caller, so that each frame is encoded once."""

    @property
    def model_hash(self) -> str:
        """Names the parameters; templates made by another hash cannot be compared."""

    @property
    def calibration(self) -> Calibration:
        """How the scores of this network are read."""

    def features(self, modality: str, tiles: NDArray[np.uint8]) -> Array:
        """float32 (N, F) of one modality's channels of tiles, uint8 (N, 64, 64, 3); N may be 0."""

    def embed(self, modality: str, pooled: Array) -> Array:
        """float32 (N, D), length 1, of windows: maxima over frames' features, float32 (N, F)."""


class GraphEngine(ABC):
    """An Engine whose three graphs (see GRAPHS) are run by a library; it checks what goes in.

    feature_size, embedding_size: F and D; device: "cpu" or "cuda", in words or PyTorch's object.
    """

    device: torch.device | str

    def __init__(
        self, model_hash: str, calibration: Calibration, feature_size: int, embedding_size: int
    ) -> None:
        self.model_hash, self.calibration = model_hash, calibration
        self.feature_size, self.embedding_size = feature_size, embedding_size

    def features(self, modality: str, tiles: NDArray[np.uint8]) -> Array:
        """float32 (N, F) of one modality's channels of tiles, uint8 (N, 64, 64, 3); N may be 0."""
        _check_modality(modality)
        if tiles.ndim != 4 or tiles.shape[1:] != (SIDE, SIDE, 3) or tiles.dtype != np.uint8:
            raise ValueError(f"tiles must be uint8 (N, {SIDE}, {SIDE}, 3); got {tiles.dtype} {tiles.shape}")
        return self._checked(modality, tiles, self.feature_size)

    def embed(self, modality: str, pooled: Array) -> Array:
        """float32 (N, D), length 1, of windows: maxima over frames' features, float32 (N, F)."""
        _check_modality(modality)
        if pooled.ndim != 2 or pooled.shape[1] != self.feature_size:
            raise ValueError(f"pooled features must be (N, {self.feature_size}); got {pooled.shape}")
        if not np.isfinite(pooled).all():
            raise ValueError(f"pooled features must be finite; {int((~np.isfinite(pooled)).sum())} are not")
        return self._checked(HEAD, pooled.astype(np.float32, copy=False), self.embedding_size)

    @abstractmethod
    def _run(self, graph: str, batch: NDArray[np.generic]) -> Array:
        """float32 (N, F or D) of a batch, C-contiguous, N >= 1."""

    def _checked(self, graph: str, batch: NDArray[np.generic], width: int) -> Array:
        if len(batch) == 0:
            return np.zeros((0, width), np.float32)
        return self._run(graph, np.ascontiguousarray(batch))


def _check_modality(modality: str) -> None:
    if modality not in MODALITIES:
        raise ValueError(f"modality must be one of {', '.join(MODALITIES)}; got {modality!r}")
