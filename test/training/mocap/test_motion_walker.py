from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import stickwalk

from training.mocap.bvh import read_bvh
from training.mocap.joints import map_for
from training.mocap.retarget import leg_length, reference_heads
from training.mocap.strides import steady_part
from training.mocap.walker import MotionWalker
from training.world import body
from training.world.people import sample_person
from training.world.walker import Walker

PERSON = sample_person(3)


def walk_of(folder, **walk):
    motion = read_bvh(stickwalk.write(folder / "1_01.bvh", seconds=3.5, **walk))
    return steady_part(motion, map_for(motion))


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    return walk_of(tmp_path_factory.mktemp("walk"))


@pytest.fixture(scope="module")
def walker(walk):
    return MotionWalker(walk, PERSON, 1)


def test_it_has_the_face_of_a_parametric_walker(walker):
    other = Walker(PERSON, 1)
    assert (
        walker.person.body == other.person.body
    )  # the skeleton is nobody's own, so the body is the person's
    assert np.array_equal(walker.faces, other.faces)
    assert np.array_equal(walker.materials, other.materials)
    poses = walker.poses([0.0, 0.5])
    assert poses.dtype == np.float32
    assert poses.shape == (2, *other.stride.shape[1:])
    assert walker.height == pytest.approx(other.height, abs=0.06)


def test_speed_and_cadence_are_the_recorded_ones_for_the_body(walker):
    leg = leg_length(reference_heads(walker.person.body))
    assert walker.cadence == pytest.approx(0.9, rel=0.005)
    assert walker.speed == pytest.approx(1.2 * leg / 0.84, rel=0.01)
    assert walker.duration == pytest.approx(3 / 0.9, rel=0.01)


def test_it_walks_on_for_ever_in_any_order(walker):
    times = np.array([0.3, 2.9, 0.0])
    np.testing.assert_allclose(walker.poses(times + 5 * walker.duration), walker.poses(times), atol=1e-5)
    np.testing.assert_allclose(walker.poses(times - walker.duration), walker.poses(times), atol=1e-5)
    np.testing.assert_allclose(walker.poses(times[::-1]), walker.poses(times)[::-1], atol=1e-6)
    assert walker.poses([]).shape == (0, *walker.poses([0.0]).shape[1:])


def test_nothing_jumps_where_the_loop_closes(walker):
    times = np.arange(-0.5, 0.5, 1 / 60)
    steps = np.abs(np.diff(walker.poses(times), axis=0)).max(axis=(1, 2))
    assert steps.max() < 2 * np.abs(np.diff(walker.poses(times + 1.5), axis=0)).max()


def test_the_ground_is_at_nought_and_the_pelvis_above_the_origin(walker):
    poses = walker.poses(np.arange(0, walker.duration, 0.02))
    lowest = poses[..., 2].min(axis=1)
    assert np.abs(lowest).max() < 0.015
    hips = poses[:, np.isin(body.bone_of_vertex(), ["root", "pelvis.L", "pelvis.R"])].mean(axis=(0, 1))
    assert np.abs(hips[:2]).max() < 0.08


def test_the_standing_foot_stands(walker):
    assert np.percentile(slowest_foot(walker), 80) < 0.1 * walker.speed


def slowest_foot(walker):
    """Metres a second at which the slowest point of both feet moves over the ground."""
    times = np.arange(0, walker.duration, 1 / 100)
    feet = walker.poses(times)[:, np.concatenate([body.foot("L"), body.foot("R")]), :2].astype(np.float64)
    feet[..., 0] += walker.speed * times[:, None]
    return np.linalg.norm(np.diff(feet, axis=0), axis=2).min(axis=1) * 100


def test_the_floor_of_the_recording_may_slant(tmp_path):
    slanted = MotionWalker(walk_of(tmp_path, ground=0.05), PERSON, 1)
    assert np.abs(slanted.poses(np.arange(0, slanted.duration, 0.02))[..., 2].min(axis=1)).max() < 0.015


def test_a_measured_skeleton_gives_the_body_its_legs(walk):
    measured = MotionWalker(dataclasses.replace(walk, measured=True), PERSON, 1)
    assert leg_length(reference_heads(measured.person.body)) == pytest.approx(walk.leg, abs=0.001)
    assert measured.speed == pytest.approx(1.2, rel=0.005)
    assert dataclasses.replace(measured.person.body, height=0.0) == dataclasses.replace(
        PERSON.on_walk(1).body, height=0.0
    )


@pytest.mark.parametrize("times", [[np.nan], [[0.0]], 1.0])
def test_times_that_are_none_are_refused(walker, times):
    with pytest.raises(ValueError, match=r"times must be finite numbers \(T,\)"):
        walker.poses(times)
