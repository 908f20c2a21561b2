"""What the rest of the package asks of a running network, and what every way of running it has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from sgcross_core.gait import SIDE
from sgcross_core.identity.calibration import MODALITIES, Calibration
from sgcross_core.model.attributes import PROBABILITIES

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

    @property
    def strips(self) -> int:
        """P, the horizontal parts that an embedding holds one after another, from the head down."""

    def features(self, modality: str, tiles: NDArray[np.uint8]) -> Array:
        """float32 (N, F) of one modality's channels of tiles, uint8 (N, 64, 64, 3); N may be 0."""

    def embed(self, modality: str, pooled: Array) -> Array:
        """float32 (N, D), length 1, of windows: maxima over frames' features, float32 (N, F)."""

    def embed_and_describe(self, modality: str, pooled: Array) -> tuple[Array, Array]:
        """The embeddings, and the factors' probabilities, float32 (N, 69); (N, 0) without attribute heads."""


class GraphEngine(ABC):
    """An Engine whose three graphs (see GRAPHS) are run by a library; it checks what goes in.

    feature_size, embedding_size, strips: F, D and P; factors: version of the factor schema, "" for a network
    without attribute heads; device: "cpu" or "cuda", in words or PyTorch's object.
    """

    device: torch.device | str

    def __init__(
        self, model_hash: str, calibration: Calibration, sizes: tuple[int, int, int], factors: str
    ) -> None:
        self.model_hash, self.calibration, self.factors = model_hash, calibration, factors
        self.feature_size, self.embedding_size, self.strips = sizes

    def features(self, modality: str, tiles: NDArray[np.uint8]) -> Array:
        """float32 (N, F) of one modality's channels of tiles, uint8 (N, 64, 64, 3); N may be 0."""
        _check_modality(modality)
        if tiles.ndim != 4 or tiles.shape[1:] != (SIDE, SIDE, 3) or tiles.dtype != np.uint8:
            raise ValueError(f"tiles must be uint8 (N, {SIDE}, {SIDE}, 3); got {tiles.dtype} {tiles.shape}")
        return self._checked(modality, tiles, (self.feature_size,))[0]

    def embed(self, modality: str, pooled: Array) -> Array:
        """float32 (N, D), length 1, of windows: maxima over frames' features, float32 (N, F)."""
        return self.embed_and_describe(modality, pooled)[0]

    def embed_and_describe(self, modality: str, pooled: Array) -> tuple[Array, Array]:
        """The embeddings, and the factors' probabilities, float32 (N, 69); (N, 0) without attribute heads."""
        _check_modality(modality)
        if pooled.ndim != 2 or pooled.shape[1] != self.feature_size:
            raise ValueError(f"pooled features must be (N, {self.feature_size}); got {pooled.shape}")
        if not np.isfinite(pooled).all():
            raise ValueError(f"pooled features must be finite; {int((~np.isfinite(pooled)).sum())} are not")
        widths = (self.embedding_size, PROBABILITIES) if self.factors else (self.embedding_size,)
        found = self._checked(HEAD, pooled.astype(np.float32, copy=False), widths)
        return found[0], found[1] if self.factors else np.zeros((len(pooled), 0), np.float32)

    @abstractmethod
    def _run(self, graph: str, batch: NDArray[np.generic]) -> Sequence[Array]:
        """The graph's results of a batch, C-contiguous, N >= 1: float32 (N, F), or (N, D) and factors."""

    def _checked(self, graph: str, batch: NDArray[np.generic], widths: tuple[int, ...]) -> Sequence[Array]:
        if len(batch) == 0:
            return [np.zeros((0, width), np.float32) for width in widths]
        return self._run(graph, np.ascontiguousarray(batch))


def _check_modality(modality: str) -> None:
    if modality not in MODALITIES:
        raise ValueError(f"modality must be one of {', '.join(MODALITIES)}; got {modality!r}")
