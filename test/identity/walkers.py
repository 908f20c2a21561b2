"""A stand-in for a trained network that tells block patterns apart, and tiles of people like that."""

from __future__ import annotations

import numpy as np

from sgcross_core.identity import Calibration

CHANNEL = {"camera": 0, "lidar": 2}


def pattern(person: int) -> np.ndarray:
    """uint8 (64, 64): 8x8 blocks of 20..220."""
    blocks = np.random.default_rng((5, person)).integers(20, 220, (8, 8), np.uint8)
    return np.kron(blocks, np.ones((8, 8), np.uint8))


def tile(person: int, sensors: str = "both", noise: int = 0, seed: int = 0) -> np.ndarray:
    """uint8 (64, 64, 3) of a person as the camera, the LiDAR or both see them."""
    tile = np.repeat(pattern(person)[..., None], 3, axis=-1)
    shift = np.random.default_rng(seed).integers(-noise, noise + 1, (8, 8))
    shaken = tile + np.kron(shift, np.ones((8, 8), int))[..., None]
    seen = {"both": (1, 1, 1), "camera": (1, 0, 0), "lidar": (0, 1, 1), "none": (0, 0, 0)}[sensors]
    return (np.clip(shaken, 1, 255) * seen).astype(np.uint8)


class BlockEngine:
    """Features are the brightnesses of the blocks; people of seeds 900-939 are its cohort."""

    strips = 8  # a row of blocks each

    def __init__(self, model_hash: str = "blocks") -> None:
        self.model_hash = model_hash
        people = np.stack([pattern(p) for p in range(900, 940)])[..., None].repeat(3, axis=-1)
        cohort = {m: self.embed(m, self.features(m, people)) for m in CHANNEL}
        self.calibration = Calibration.standard(cohort)

    def features(self, modality: str, tiles: np.ndarray) -> np.ndarray:
        blocks = tiles[..., CHANNEL[modality]].reshape(-1, 8, 8, 8, 8).mean(axis=(2, 4))
        return blocks.reshape(-1, 64).astype(np.float32)

    def embed(self, modality: str, pooled: np.ndarray) -> np.ndarray:
        centred = pooled - 120
        return (centred / np.linalg.norm(centred, axis=1, keepdims=True)).astype(np.float32)

    def embed_and_describe(self, modality: str, pooled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.embed(modality, pooled), np.zeros((len(pooled), 0), np.float32)


class TellingEngine(BlockEngine):
    """Sees everybody from the left, with toes out at level 2."""

    def embed_and_describe(self, modality: str, pooled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.embed(modality, pooled), np.repeat(told(view=2, toe_out=2)[None], len(pooled), 0)


def told(view: int, toe_out: int) -> np.ndarray:
    """float32 (69,): probabilities of a view and of toes turned out to a level, all else absent."""
    found = np.full(69, 0.1, np.float32)
    found[view] = 0.9
    first = 9 + 5 * 3  # toe_out is the fourth ordinal
    found[first : first + toe_out] = 0.8
    return found
