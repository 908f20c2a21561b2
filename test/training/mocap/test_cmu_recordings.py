"""The recordings of the CMU library, where they are there; figures measured on them are held here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_motion_walker import slowest_foot

from training.mocap import walkers
from training.mocap.asf import read_amc, read_asf
from training.mocap.mat import read_mat
from training.mocap.recordings import read_folder

CMU = Path(__file__).parents[4] / "shared" / "data" / "cmu_walk"

pytestmark = pytest.mark.skipif(not CMU.exists(), reason=f"the CMU recordings are not at {CMU}")

JOGS = range(17, 27)


@pytest.fixture(scope="module")
def recordings():
    return read_folder(CMU)


@pytest.fixture(scope="module")
def subjects():
    return {subject.number: subject for subject in walkers(CMU)}


def test_the_table_of_subject_35_is_his_recording(recordings):
    """Every fourth frame of the AMC file, channel for channel."""
    skeleton = read_asf(CMU / "35.asf")
    whole, table = read_amc(CMU / "35_01.amc", skeleton), read_mat(CMU / "cmu35WalkJog.mat", skeleton)[1]
    np.testing.assert_allclose(whole.rotations[::4], table.rotations, atol=1e-9)
    np.testing.assert_allclose(whole.roots[::4], table.roots, atol=1e-9)


def test_who_walks_how_often(subjects):
    assert {number: len(subject.walks) for number, subject in subjects.items()} == {7: 12, 35: 23, 131: 1}


def test_jogs_are_refused_as_running(recordings):
    of_35 = {one.trial: one.refused for one in recordings if one.file == "cmu35WalkJog.mat"}
    assert [trial for trial, refused in of_35.items() if "running" in refused] == list(JOGS)


def test_bodies_are_of_human_size(subjects):
    legs = {number: next(iter(subject.walks.values())).leg for number, subject in subjects.items()}
    assert legs[35] == pytest.approx(
        0.873, abs=0.002
    )  # ASF: (7.41 + 7.93 + 7.61 + 7.99) / 2 * 2.54 / 0.45 cm
    assert 0.75 < legs[131] < legs[7] < 1.0


def test_walks_are_of_human_speed(subjects):
    """Adults walk comfortably at 1.2-1.5 m/s with 0.8-1.0 strides a second (Bohannon 1997; Oberg 1993)."""
    of_35 = [(walk.speed, 1 / walk.period) for walk in subjects[35].walks.values()]
    assert np.mean(of_35, axis=0) == pytest.approx([1.21, 0.876], abs=0.01)
    assert np.ptp(of_35, axis=0)[0] < 0.25
    of_7 = {trial: walk.speed for trial, walk in subjects[7].walks.items()}
    assert min(of_7, key=of_7.get) in (4, 5)  # "slow walk" in the library's index
    assert max(of_7, key=of_7.get) == 12  # "brisk walk"


@pytest.mark.parametrize(("subject", "trial"), [(7, 1), (7, 12), (35, 1), (35, 29), (131, 1)])
def test_walkers_stand_on_the_ground_and_their_feet_stand_still(subjects, subject, trial):
    walker = subjects[subject].walker(trial)
    lowest = walker.poses(np.arange(0, walker.duration, 0.02))[..., 2].min(axis=1)
    assert np.abs(lowest).max() < 0.02
    assert np.percentile(slowest_foot(walker), 80) < 0.3 * walker.speed
