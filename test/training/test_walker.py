from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np
import pytest

from training.world import body
from training.world.gait import bone_rotations, right_late
from training.world.people import Body, GaitStyle, sample_person
from training.world.steps import STANCE, Steps
from training.world.walker import PHASES, Walker

PEOPLE = range(10)


@lru_cache
def walker(seed=0, walk=0):
    return Walker(sample_person(seed), walk)


def average(phases, style=None):
    """The average body in the average walk, not yet put on the ground: float32 (T, V, 3)."""
    return body.posed(Body(), bone_rotations(style or GaitStyle(), phases))


def middle(meshes, bone):
    return meshes[:, body.bone_of_vertex() == bone].mean(axis=1)


@pytest.mark.parametrize("phases", [[], [0.3], [0.0, 0.5, 12.25, -3.0]])
def test_shapes(phases):
    meshes = walker().meshes(phases)
    assert meshes.shape == (len(phases), 1229, 3) and meshes.dtype == np.float32
    assert walker().faces.shape == (2454, 3) and walker().faces.dtype == np.int32
    assert walker().materials.shape == (2454,)


@pytest.mark.parametrize("phases", [0.5, [[0.1]], [np.nan], [0.1, np.inf]])
def test_broken_phases(phases):
    with pytest.raises(ValueError, match="phases must be finite numbers"):
        walker().meshes(phases)


@pytest.mark.parametrize("times", [0.5, [[0.1]], [np.nan]])
def test_broken_times(times):
    with pytest.raises(ValueError, match="times must be finite numbers"):
        walker().poses(times)


@pytest.mark.parametrize("times", [[], [0.3], [2.0, 0.5]])
def test_poses_are_meshes_at_times(times):
    assert walker().poses(times).shape == (len(times), 1229, 3)


@pytest.mark.parametrize("seed", PEOPLE)
def test_people_are_plausible(seed):
    assert 1.45 < walker(seed).height < 2.15
    assert 0.7 < walker(seed).speed < 2.2
    assert 0.75 < walker(seed).cadence < 1.1


@pytest.mark.parametrize("seed", PEOPLE)
def test_the_lowest_vertex_is_on_the_ground(seed):
    np.testing.assert_allclose(walker(seed).meshes(np.linspace(0, 1, 17))[..., 2].min(axis=1), 0, atol=1e-6)


def test_the_walker_stays_above_its_origin():
    across = walker().meshes(np.arange(20) / 20)[..., :2].mean(axis=(0, 1))
    assert np.abs(across).max() < 0.15


def test_a_stride_repeats():
    np.testing.assert_allclose(walker().meshes([0.2]), walker().meshes([4.2]), atol=1e-5)
    np.testing.assert_allclose(walker().stride, walker().meshes(np.arange(PHASES) / PHASES), atol=1e-5)


def test_same_walk_same_bytes_other_walk_other_bytes():
    again, other = Walker(sample_person(0), 0), walker(0, 1)
    assert np.array_equal(again.stride, walker().stride) and again.speed == walker().speed
    assert not np.array_equal(other.stride, walker().stride)
    assert other.height == pytest.approx(walker().height, abs=0.05)


def test_faces_forward_with_the_left_on_the_left():
    meshes = average(np.arange(10) / 10)
    assert middle(meshes, "foot.L")[:, 1].min() > 0 > middle(meshes, "foot.R")[:, 1].max()
    assert (middle(meshes, "head")[:, 2] > 0.5).all()
    toes = middle(meshes, "toe2-1.L")[:, 0] - middle(meshes, "lowerleg02.L")[:, 0]
    assert toes[[0, 1, 2, 3]].min() > 0.05


def test_an_even_gait_mirrors_after_half_a_stride():
    first, second = average([0.1, 0.3]), average([0.6, 0.8])
    np.testing.assert_allclose(first[..., 1].max(axis=1), -second[..., 1].min(axis=1), atol=5e-3)
    np.testing.assert_allclose(first[..., 0].max(axis=1), second[..., 0].max(axis=1), atol=5e-3)
    np.testing.assert_allclose(middle(first, "foot.L")[:, 2], middle(second, "foot.R")[:, 2], atol=5e-3)


def test_the_knee_bends_forward():
    meshes = average([0.72])
    hip, knee, ankle = (middle(meshes, f"{name}.L")[0] for name in ("upperleg01", "lowerleg01", "foot"))
    on_the_line = hip[0] + (ankle[0] - hip[0]) * (knee[2] - hip[2]) / (ankle[2] - hip[2])
    assert knee[0] > on_the_line + 0.05


def test_feet_rise_in_their_own_swing():
    meshes = average([0.25, 0.75])
    left, right = (middle(meshes, f"foot.{side}")[:, 2] for side in "LR")
    assert right[0] > left[0] + 0.02 and left[1] > right[1] + 0.02


@pytest.mark.parametrize("seed", PEOPLE)
def test_a_standing_foot_stands(seed):
    """Half of the time it does not move at all; the rest is skin that two bones pull at."""
    one = walker(seed)
    at = np.arange(200) / 200
    for side, late in (("L", 0.0), ("R", right_late(one.person.style))):
        speeds = contact_speeds(one.meshes(at + late), at / one.cadence, one.speed, body.foot(side))
        stance = speeds[(at[:-1] > 0.03) & (at[:-1] < 0.57)]
        assert np.median(stance) < 0.01 and np.percentile(stance, 95) < 0.05


def contact_speeds(meshes, times, speed, foot):
    """Metres a second over ground of a foot's lowest vertex from each pose to the next, (T - 1,)."""
    over_ground = meshes[:, foot].astype(np.float64)
    over_ground[..., 0] += (times * speed)[:, None]
    lowest = (over_ground[1:, :, 2] + over_ground[:-1, :, 2]).argmin(axis=1)
    moved = (over_ground[1:] - over_ground[:-1])[np.arange(len(lowest)), lowest, :2]
    return np.linalg.norm(moved, axis=-1) / np.diff(times)


@pytest.mark.parametrize("seed", PEOPLE)
def test_feet_are_on_the_ground_in_stance_and_off_it_in_swing(seed):
    one, at = walker(seed), np.arange(100) / 100
    for side, late in (("L", 0.0), ("R", right_late(one.person.style))):
        lowest = one.meshes(at + late)[:, body.foot(side), 2].min(axis=1)
        assert lowest[at <= STANCE].max() < 0.003  # the heel strikes at phase 0, not later
        assert lowest[(at > 0.67) & (at < 0.93)].min() > 0.001
        assert lowest[(at > 0.78) & (at < 0.84)].min() > 0.009


@pytest.mark.parametrize("seed", PEOPLE)
def test_knees_bend_like_knees(seed):
    style, legs = walker(seed).person.style, body.legs(walker(seed).person.body)
    at = np.arange(200) / 200
    bones = Steps(style, legs).rotations(at)
    for side in "LR":
        shank = bones[f"lowerleg01.{side}"]
        knee = np.degrees(np.arctan2(shank[:, 2, 1], shank[:, 1, 1]))
        assert knee.min() > -1e-6 and 40 < knee.max() < 85
        assert np.abs(np.diff(knee)).max() < 4.5


def test_the_pelvis_rises_as_it_does():
    """3 to 6 cm at a natural speed, highest in single support (Perry & Burnfield 2010)."""
    at = np.arange(100) / 100
    natural = Walker(sample_person(0, 0.0), 0, speed=1.4)
    style = natural.person.style
    steps = Steps(style, body.legs(natural.person.body), natural.stride_length)
    up = steps.pelvis(at).up
    assert 0.03 < np.ptp(up) < 0.06
    assert 0.25 < at[up.argmax()] % 0.5 < 0.35


@pytest.mark.parametrize("seed", PEOPLE)
def test_poses_follow_each_other_smoothly(seed):
    meshes = walker(seed).meshes(np.arange(201) / 200)
    change = np.abs(np.diff(meshes, n=2, axis=0)).max()
    assert np.abs(np.diff(meshes, axis=0)).max() < 0.035 and change < 0.02


def test_long_steps_are_fast():
    slow, fast = (
        Walker(dataclasses.replace(sample_person(0, 0.0), style=GaitStyle(hip_swing=factor)), 0)
        for factor in (0.8, 1.2)
    )
    assert fast.speed > 1.15 * slow.speed


@pytest.mark.parametrize("speed", [0.6, 1.0, 1.4, 2.0])
def test_a_given_speed_shares_itself_between_stride_and_cadence(speed):
    own, given = walker(3), Walker(sample_person(3), 0, speed)
    assert given.speed == pytest.approx(speed)
    assert given.stride_length / given.cadence == pytest.approx(own.stride_length / own.cadence)
    assert given.person.style.stride_hz == given.cadence
    at = np.arange(100) / 100
    speeds = contact_speeds(given.meshes(at), at / given.cadence, speed, body.foot("L"))
    assert np.median(speeds[3:57]) < 0.02


def test_the_own_speed_changes_nothing():
    given = Walker(sample_person(3), 0, walker(3).speed)
    np.testing.assert_allclose(given.stride, walker(3).stride, atol=1e-5)


@pytest.mark.parametrize("speed", [0.0, -1.0, 3.0, float("nan")])
def test_broken_speed(speed):
    with pytest.raises(ValueError, match=r"speed must lie in 0.3..2.6 m/s; got"):
        Walker(sample_person(0), 0, speed)


def test_strides_differ_a_little():
    one, times = walker(), np.arange(0, 40, 0.01)
    phases = times * one.cadence + one._variation.early(times * one.cadence)
    strides = np.diff(np.interp(np.arange(1, 35), phases, times))
    assert (np.diff(phases) > 0).all()
    assert 0.01 < strides.std() / strides.mean() < 0.04
    first, second = one.poses([1.0, 1.0 + 1 / one.cadence])
    assert 0.002 < np.abs(first - second).max() < 0.2


def test_feet_stand_in_uneven_strides_too():
    one, times = walker(), np.arange(0, 12, 0.005)
    meshes = one.poses(times)
    own = (times * one.cadence + one._variation.early(times * one.cadence)) % 1
    speeds = contact_speeds(meshes, times, one.speed, body.foot("L"))
    stance = speeds[(own[:-1] > 0.03) & (own[:-1] < 0.57)]
    assert np.median(stance) < 0.01 and np.percentile(stance, 95) < 0.06
    assert np.abs(np.diff(meshes, axis=0)).max() < 0.035  # strides join


def test_a_walk_is_known_at_any_time_in_any_order():
    one = walker()
    np.testing.assert_allclose(one.poses([7.0, 0.3])[1], one.poses([0.3])[0], atol=1e-5)
    assert np.array_equal(Walker(sample_person(0), 0).poses([2.5]), one.poses([2.5]))
    assert not np.allclose(one.poses([2.5]), walker(0, 1).poses([2.5]), atol=1e-3)


def test_materials_lie_where_they_belong():
    centre = walker().meshes([0.25])[0][walker().faces].mean(axis=1)
    height = {
        name: centre[walker().materials == k, 2].mean() / walker().height
        for k, name in enumerate(body.MATERIALS)
    }
    assert height["shoes"] < 0.1 < height["lower"] < 0.55 < height["upper"] < 0.85 < height["hair"]


def test_faces_point_outwards():
    mesh, faces = walker().meshes([0.0])[0].astype(np.float64), walker().faces
    a, b, c = (mesh[faces[:, k]] for k in range(3))
    volume = np.einsum("ij,ij->", a, np.cross(b, c)) / 6
    assert 0.03 < volume < 0.2
