from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from training.world import body
from training.world.gait import pelvis_turns
from training.world.legs import LegAngles, about
from training.world.people import Body, GaitStyle

PHASES = np.arange(8) / 8
NONE = np.zeros(8)


@pytest.mark.parametrize("axis", "xyz")
def test_about_turns_by_the_right_hand(axis):
    degrees = np.array([-70.0, 0.0, 30.0])
    turns = Rotation.from_euler(axis, degrees[:, None], degrees=True).as_matrix()
    np.testing.assert_allclose(about(axis, degrees), turns, atol=1e-12)
    assert about(axis, np.array(5.0)).shape == (3, 3) and about(axis, np.zeros(0)).shape == (0, 3, 3)


@pytest.mark.parametrize("which", [0, 1])
def test_reaching_undoes_the_angles(which):
    leg, pelvis, rng = body.legs(Body())[which], pelvis_turns(GaitStyle(), PHASES), np.random.default_rng(0)
    angles = LegAngles(rng.uniform(-30, 40, 8), rng.uniform(-2, 12, 8), rng.uniform(5, 90, 8))
    found = leg.reaching(pelvis, leg.ankle(pelvis, angles), 0.0, NONE)
    for name in ("hip", "adduction", "knee"):
        np.testing.assert_allclose(getattr(found, name), getattr(angles, name), atol=1e-9)


def test_what_is_too_far_is_pointed_at_with_a_straight_knee():
    leg, pelvis = body.legs(Body())[0], np.tile(np.eye(3), (8, 1, 1))
    far = leg.hip + np.array([0.0, -0.5, -1.2])
    angles = leg.reaching(pelvis, np.tile(far, (8, 1)), 3.0, NONE)
    np.testing.assert_allclose(angles.knee, 3.0, atol=1e-9)
    pointed = leg.ankle(pelvis, angles) - leg.hip
    np.testing.assert_allclose(np.cross(pointed, far - leg.hip), 0, atol=1e-9)


def test_softness_falls_short_before_the_end_only():
    leg, pelvis = body.legs(Body())[0], np.eye(3)[None]
    straight = leg.length(0.0)
    knees = []
    for short in (0.0, 0.2):
        place = leg.hip + (straight - short) * np.array([[0.0, 0.0, -1.0]])
        knees.append([leg.reaching(pelvis, place, 0.0, np.array([s])).knee[0] for s in (0.0, 0.02)])
    assert knees[0][1] > knees[0][0] + 5 and knees[1][1] == pytest.approx(knees[1][0], abs=0.5)


def test_the_links_are_those_of_the_mesh():
    """A turned foot of the mesh is where the links say."""
    leg, _ = body.legs(Body())
    hip, knee = np.array([25.0]), np.array([40.0])
    thigh, shank = leg.turns(LegAngles(hip, np.array([4.0]), knee))
    still = {"root": np.eye(3)[None]}
    moved = body.posed(Body(), still | {"upperleg01.L": thigh, "lowerleg01.L": shank})[0]
    rest, foot = body.posed(Body(), still)[0], body.foot("L")
    sole = foot[rest[foot, 2] < -0.9]
    ankle = leg.ankle(np.eye(3)[None], LegAngles(hip, np.array([4.0]), knee))[0]
    rest_ankle = leg.hip + leg.thigh + leg.shank
    turn = (thigh @ shank)[0]
    in_anny = np.stack([rest[sole, 1], -rest[sole, 0], rest[sole, 2]], axis=-1) - rest_ankle
    x, y, z = (ankle + in_anny @ turn.T).T
    np.testing.assert_allclose(moved[sole], np.stack([-y, x, z], axis=-1), atol=1e-3)
