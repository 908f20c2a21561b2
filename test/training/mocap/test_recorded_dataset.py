from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import stickwalk

from sgcross_core.model.factor_files import load_factors
from training.data import open_data
from training.mocap import walkers
from training.mocap.retarget import leg_length, reference_heads
from training.world.dataset import write_dataset
from training.world.dataset_cast import subjects
from training.world.dataset_settings import PRESETS
from training.world.people import sample_person

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


def test_further_bodies_walk_as_the_recorded_people(recordings, tmp_path):
    out = tmp_path / "out"
    write_dataset(out, dataclasses.replace(FEW, recordings=recordings, bodies=2))
    data = open_data(out / "pkl", out / "partition.json", [SILHOUETTES, POINTS])
    facts = [json.loads((out / "facts" / f"{name:04d}.json").read_text()) for name in range(4)]
    assert [found["person"] for found in facts] == [12, 212, 13, 213]
    trials = [[s["walk"] for s in found["sequences"].values()] for found in facts]
    assert trials == [[3, 7], [7, 3], [1], [1]]
    seen = {s.key: s.read(SILHOUETTES)[SILHOUETTES] for s in data.test}
    own, other = seen["0000/01-nm/090"], seen["0001/00-nm/090"]  # trial 7 of both
    assert not np.array_equal(own, other)


def test_subjects_whose_further_bodies_would_be_each_other_are_refused(tmp_path):
    for name in ("13_01", "213_01"):
        stickwalk.write(tmp_path / f"{name}.bvh")
    assert [number for number in subjects(str(tmp_path), 1)] == [13, 213]
    with pytest.raises(ValueError, match="subjects must not be 200 apart; got 13, 213"):
        subjects(str(tmp_path), 2)


def test_who_walks_as_somebody_has_legs_of_their_own(recordings):
    (subject, _) = walkers(recordings)
    measured = dataclasses.replace(
        subject, walks={n: dataclasses.replace(w, measured=True, leg=0.7) for n, w in subject.walks.items()}
    )
    people = [measured.walker(3, body).person for body in range(3)]
    legs = [leg_length(reference_heads(person.body)) for person in people]
    assert legs[0] == pytest.approx(0.7, abs=0.01) and abs(legs[1] - legs[2]) > 1e-3
    alone = sample_person(measured.seed + 200, population="adults").on_walk(3)
    assert people[1].body == alone.body


def test_of_a_recorded_walk_only_the_viewpoint_is_known(recordings, tmp_path):
    write_dataset(tmp_path / "out", dataclasses.replace(FEW, recordings=recordings))
    for factors in load_factors(tmp_path / "out" / "factors.json").values():
        assert factors.row == (2, *[None] * 13)
