from __future__ import annotations

import pickle

import numpy as np
import pytest

from training.data.layout import file_name


def silhouettes(seed: int = 0, frames: int = 14) -> np.ndarray:
    """uint8 (T, 64, 64): a bar that leans, another for each seed."""
    made = np.zeros((frames, 64, 64), np.uint8)
    made[:, 4:62, 20 + seed % 8 : 40] = 255
    for n in range(frames):
        made[n, 40:62, 30 : 31 + n % 6] = 0
    return made


def write_walk(root, identity, seed=0, kind="00-nm", view="090", **frames):
    folder = root / identity / kind / view
    folder.mkdir(parents=True)
    for name, values in (frames or {"sync-Camera-Sils_aligned": silhouettes(seed)}).items():
        (folder / file_name(name, view)).write_bytes(pickle.dumps(values))


@pytest.fixture
def root(tmp_path):
    for seed, identity in enumerate(["0000", "0001"]):
        write_walk(tmp_path / "pkl", identity, seed)
    return tmp_path / "pkl"
