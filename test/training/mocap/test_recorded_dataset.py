from __future__ import annotations

import dataclasses
import json

import pytest
import stickwalk

from sgcross_core.model.factor_files import load_factors
from training.data import open_data
from training.world.dataset import write_dataset
from training.world.dataset_settings import PRESETS

SILHOUETTES, POINTS = "sync-Camera-Sils_aligned", "sync-LiDAR-PCDs"
FEW = dataclasses.replace(PRESETS["tiny"], probes=1, views="090", shortest=3, longest=3)


@pytest.fixture
def recordings(tmp_path):
    """Two trials of subject 12, one of 13."""
    for name in ("12_03", "12_07", "13_01"):
        stickwalk.write(tmp_path / f"{name}.bvh")
    return str(tmp_path)


def test_recorded_people_are_the_test_set(recordings, tmp_path):
    out = tmp_path / "out"
    write_dataset(out, dataclasses.replace(FEW, recordings=recordings))
    data = open_data(out / "pkl", out / "partition.json", [SILHOUETTES, POINTS])
    assert data.train == ()
    assert [s.key for s in data.test] == ["0000/00-nm/090", "0000/01-nm/090", "0001/00-nm/090"]
    assert all(s.read(SILHOUETTES)[SILHOUETTES].any(axis=(1, 2)).all() for s in data.test)
    facts = json.loads((out / "facts" / "0000.json").read_text())
    assert facts["person"] == 12 and [s["walk"] for s in facts["sequences"].values()] == [3, 7]


def test_of_a_recorded_walk_only_the_viewpoint_is_known(recordings, tmp_path):
    write_dataset(tmp_path / "out", dataclasses.replace(FEW, recordings=recordings))
    for factors in load_factors(tmp_path / "out" / "factors.json").values():
        assert factors.row == (2, *[None] * 13)
