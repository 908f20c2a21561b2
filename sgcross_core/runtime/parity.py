"""Does a runtime compute what the network on PyTorch computes? Asked of eight stored walks.

windows.npz: "tiles", uint8 (8, 4, 64, 64, 3): people 9000-9007 of the walking world, walk 1, seen from 0,
45, ... 315 degrees, four frames each (`training.world.clips.clip` with the person's number as its seed).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sgcross_core.identity.calibration import MODALITIES
from sgcross_core.runtime.engine import Array, Engine

WINDOWS = Path(__file__).parent / "windows.npz"
LEAST = {"fp32": 0.9999, "fp16": 0.999}  # cosine


class ParityError(RuntimeError):
    """A runtime's embeddings are not those of the network."""


def windows() -> NDArray[np.uint8]:
    """The stored walks, uint8 (W, T, 64, 64, 3)."""
    with np.load(WINDOWS, allow_pickle=False) as stored:
        tiles: NDArray[np.uint8] = stored["tiles"]
    return tiles


def embeddings(engine: Engine) -> dict[str, Array]:
    """By modality, float32 (W, D): what an engine makes of the stored walks."""
    tiles = windows()
    found = {}
    for modality in MODALITIES:
        features = engine.features(modality, tiles.reshape(-1, *tiles.shape[2:]))  # (W * T, F)
        found[modality] = engine.embed(modality, features.reshape(*tiles.shape[:2], -1).max(axis=1))
    return found


def check_parity(engine: Engine, expected: Mapping[str, Array], precision: str) -> dict[str, float]:
    """The least cosine of each modality; ParityError names the window that falls below LEAST[precision]."""
    least = {}
    for modality, found in embeddings(engine).items():
        cosines = (found * expected[modality]).sum(axis=1)
        worst = int(np.argmin(np.nan_to_num(cosines, nan=-1.0)))
        if not cosines[worst] >= LEAST[precision]:
            raise ParityError(
                f"{modality}: the cosine with the network on PyTorch is {cosines[worst]:.6f} on stored "
                f"window {worst}; at least {LEAST[precision]} is asked of {precision}"
            )
        least[modality] = float(cosines[worst])
    return least
