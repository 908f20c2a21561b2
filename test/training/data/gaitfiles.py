"""Sequences in SUSTech1K's layout, of figures in tiles that the tests know."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import numpy as np

from sgcross_core.gait import depth_view
from training.data.layout import DEPTH_VIEWS, file_name
from training.data.range_view import range_views

GROUND = -1.5
POINTS, SILHOUETTES, COLOURS = "sync-LiDAR-PCDs", "sync-Camera-Sils_aligned", "sync-LiDAR-PCDs_depths"


def cloud(rng):
    """float32 (400, 3): a person's size, 8 m ahead, the feet at GROUND."""
    points = rng.uniform([7.8, -0.3, GROUND], [8.2, 0.3, GROUND + 1.7], (400, 3)).astype(np.float32)
    points[0, 2] = GROUND
    return points


def write_sequence(root: Path, key: str, frames: int, modalities=(POINTS, SILHOUETTES)) -> dict:
    """One sequence IDENTITY/TYPE/VIEW; its frames by modality."""
    rng = np.random.default_rng(list(key.encode()))
    clouds = [cloud(rng) for _ in range(frames)]
    views = np.stack([np.stack(depth_view(points, GROUND)) for points in clouds])
    silhouettes = np.where(rng.random((frames, 64, 64)) < 0.5, 255, 0).astype(np.uint8)
    made = {POINTS: clouds, SILHOUETTES: silhouettes, DEPTH_VIEWS: views, COLOURS: range_views(clouds)}
    (root / key).mkdir(parents=True)
    for name in modalities:
        (root / key / file_name(name, key.split("/")[-1])).write_bytes(pickle.dumps(made[name]))
    return made


def write_data(folder: Path, modalities=(POINTS, SILHOUETTES)) -> Path:
    """Two who train, two who test, two types each, two views; sequence n has 3 + n % 4 frames."""
    keys = [f"000{p}/{t}/{v}" for p in range(4) for t in ("00-nm", "01-bg") for v in ("000", "090-near")]
    for n, key in enumerate(keys):
        write_sequence(folder / "pkl", key, 3 + n % 4, modalities)
    sets = {"TRAIN_SET": ["0000", "0001"], "TEST_SET": ["0002", "0003"]}
    (folder / "partition.json").write_text(json.dumps(sets))
    return folder


def write_freegait(folder: Path, nested: bool) -> Path:
    """Two who train, two who test, three sequences each; PROBE_SET has one of each tester."""
    for person in range(4):
        for n in range(3):
            key = f"000{person}/devid_{n % 2}/seq_0{n}_new"
            made = write_sequence(folder / "spare", key, 4)
            for name, frames in (("image", made[SILHOUETTES]), ("lidar", made[POINTS])):
                place = folder / key / (f"{name}/{name}.pkl" if nested else f"{name}.pkl")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(pickle.dumps(frames))
    shutil.rmtree(folder / "spare")
    sets = {"TRAIN_SET": ["0000", "0001"], "TEST_SET": ["0002", "0003"], "GALLERY_SET": ["0002", "0003"]}
    sets["PROBE_SET"] = ["0002-devid_1-seq_01_new", "0003-devid_1-seq_01_new"]
    (folder / "partition.json").write_text(json.dumps(sets))
    return folder
