"""What the rest of the package asks of a running network."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sgcross_core.identity.calibration import Calibration

Array = NDArray[np.float32]


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
