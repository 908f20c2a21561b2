"""Small clips that look like walkers, without rendering any."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from sgcross_core.gait import VERSION, gait_frame
from training.data.store import FORMAT, LABELS, TILES
from training.dataset import Clips
from training.texts import true_factors

torch.set_num_threads(1)  # these networks are too small for more


def figure(person: int, phase: float) -> np.ndarray:
    """A mask, bool (128, 96), of a stick person whose widths and step are its own."""
    rng = np.random.default_rng((3, person))
    width, step, shoulder = rng.integers(14, 34), rng.uniform(4, 18), rng.integers(26, 40)
    mask, reach = np.zeros((128, 96), np.uint8), int(step * np.sin(phase))
    cv2.circle(mask, (48, 12), int(rng.integers(6, 11)), 1, -1)
    cv2.rectangle(mask, (48 - width // 2, shoulder - 8), (48 + width // 2, 72), 1, -1)
    for side in (-1, 1):
        cv2.line(mask, (48, 70), (48 + side * reach, 124), 1, 7)
        cv2.line(mask, (48 + side * width // 2, shoulder), (48 - side * reach + side * 12, 76), 1, 4)
    return mask.astype(bool)


def tile(person: int, phase: float) -> np.ndarray:
    """uint8 (64, 64, 3): both sensors see the same figure from the same side."""
    mask = figure(person, phase)
    rows, columns = np.nonzero(mask)
    chosen = np.random.default_rng(0).choice(len(rows), 400)
    away = 8 + 0.1 * np.sin(columns[chosen] / 9)
    points = np.stack([away, (48 - columns[chosen]) / 72, (124 - rows[chosen]) / 72 - 1.8], axis=-1)
    return gait_frame(0, mask, points.astype(np.float32), -1.8).tile()


def make_clips(people: int = 6, walks: int = 2, each: int = 3, frames: int = 5) -> Clips:
    """Clips of people 0.., each walk seen from views 0, 60, 120 ... degrees."""
    person, walk, view = (
        a.ravel() for a in np.meshgrid(range(people), range(walks), range(each), indexing="ij")
    )
    phases = np.random.default_rng(1).uniform(0, 6, (len(person), frames))
    tiles = np.stack([[tile(int(p), f) for f in row] for p, row in zip(person, phases, strict=True)])
    return Clips(tiles, person, walk, 60.0 * view + 30, np.full(len(person), 8.0))


@pytest.fixture(scope="session")
def clips_of() -> Callable[..., Clips]:
    """A maker of clips: clips_of(people=6, walks=2, each=3, frames=5)."""
    return make_clips


def write_store(folder: Path, clips: Clips) -> Path:
    """Those clips as a packed data set, everybody in the training but the last two people."""
    folder.mkdir()
    np.ascontiguousarray(clips.tiles).tofile(folder / TILES)
    last = clips.people()[-2:]
    rows = [
        {
            "identity": f"{person:04d}", "type": f"{walk:02d}-nm", "view": f"{int(view):03d}",
            "split": "test" if person in last else "train", "frames": len(tiles),
            "factors": factors,
        }
        for person, walk, view, tiles, factors in zip(
            clips.person, clips.walk, clips.view, clips.tiles, true_factors(clips).tolist(), strict=True
        )
    ]  # fmt: skip
    about = {"format": FORMAT, "gait_version": VERSION, "camera": "figures", "lidar": "figures"}
    (folder / LABELS).write_text(json.dumps({"about": about, "sequences": rows}))
    return folder


@pytest.fixture(scope="session")
def store_of() -> Callable[[Path, Clips], Path]:
    """`write_store`."""
    return write_store


@pytest.fixture(scope="session")
def store_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A packed data set of eight people, six of them in the training."""
    return write_store(tmp_path_factory.mktemp("packed") / "figures.store", make_clips(8, 2, 2, 5))
