from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np
import pytest

from training.world import body
from training.world.gait import bone_rotations
from training.world.people import Body, GaitStyle, sample_person
from training.world.walker import PHASES, Walker, stance_speeds

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
def test_a_standing_foot_slides_little(seed):
    """Less than 12 cm and a tenth of the stride while the foot is flat; half of that on average."""
    one = walker(seed)
    at = np.linspace(0.15, 0.5, 15)
    meshes, foot = one.meshes(at), body.foot("L")
    x = meshes[:, foot, 0] + (at * one.speed / one.cadence)[:, None]
    touching = meshes[:-1, foot, 2].argmin(axis=1)
    moved = np.cumsum(np.diff(x, axis=0)[np.arange(len(touching)), touching])
    assert np.ptp(np.append(moved, 0)) < min(0.12, 0.1 * one.speed / one.cadence)


def test_a_swinging_foot_does_not_carry():
    """Legs that hardly bend are lifted until the standing foot is not far above the ground."""
    stiff = dataclasses.replace(
        sample_person(0), style=GaitStyle(knee_flexion=0.8, knee_offset=-6, ankle_motion=1.3)
    )
    meshes = Walker(stiff, 0).meshes([0.25, 0.3, 0.35])
    assert meshes[:, body.foot("L"), 2].min(axis=1).max() < 0.02


def test_long_steps_are_fast():
    slow, fast = (
        Walker(dataclasses.replace(sample_person(0, 0.0), style=GaitStyle(hip_swing=factor)), 0)
        for factor in (0.8, 1.2)
    )
    assert fast.speed > 1.15 * slow.speed


@pytest.mark.parametrize("speed", [0.0, 1.3])
def test_stance_speeds_of_a_sliding_block(speed):
    """A rigid body that moves backwards has that speed everywhere but where the stride starts again."""
    mesh = walker().meshes([0.3])
    moving = np.repeat(mesh, 20, axis=0)
    moving[..., 0] -= np.arange(20)[:, None] * speed / 20
    np.testing.assert_allclose(stance_speeds(moving)[1:-1], speed, atol=1e-4)


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
