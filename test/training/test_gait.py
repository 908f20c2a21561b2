from __future__ import annotations

import numpy as np
import pytest

from training.world.gait import (
    ANKLE,
    FLAT,
    HIP,
    KNEE,
    arm_angles,
    bone_rotations,
    curve,
    foot_pitches,
    leg_angles,
    mid_swing,
)
from training.world.people import GaitStyle

TENTHS = np.arange(10) / 10
LEFT, RIGHT = 1.0, -1.0


@pytest.mark.parametrize("table", [HIP, KNEE, ANKLE])
def test_curves_follow_their_tables(table):
    np.testing.assert_allclose(curve(table, TENTHS), table, atol=3.0)
    np.testing.assert_allclose(curve(table, TENTHS + 3), curve(table, TENTHS), atol=1e-9)
    assert curve(table, TENTHS).mean() == pytest.approx(np.mean(table))


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 4)])
def test_curves_take_any_shape(shape):
    assert curve(KNEE, np.zeros(shape)).shape == shape


def test_a_constant_table_is_a_constant():
    np.testing.assert_allclose(curve([7, 7, 7], np.linspace(0, 1, 5)), 7)


@pytest.mark.parametrize("angles", [leg_angles, arm_angles])
def test_sides_agree_half_a_stride_apart(angles):
    for left, right in zip(
        angles(GaitStyle(), TENTHS, LEFT), angles(GaitStyle(), TENTHS + 0.5, RIGHT), strict=True
    ):
        np.testing.assert_allclose(left, right, atol=1e-9)


def test_asymmetry_lengthens_one_side():
    style = GaitStyle(leg_asymmetry=0.1, arm_asymmetry=0.2)
    for angles in (leg_angles, arm_angles):
        left, right = angles(style, TENTHS, LEFT)[0], angles(style, TENTHS + 0.5, RIGHT)[0]
        assert np.ptp(left) > 1.15 * np.ptp(right)


def test_late_right_step():
    fine = np.linspace(0, 1, 200, endpoint=False)
    knee = leg_angles(GaitStyle(timing_asymmetry=0.05), fine, RIGHT)[1]
    usual = leg_angles(GaitStyle(), fine, RIGHT)[1]
    assert (fine[knee.argmax()] - fine[usual.argmax()]) % 1 == pytest.approx(0.05, abs=0.006)


def test_knees_and_elbows_do_not_bend_backwards():
    fine = np.linspace(0, 1, 100)
    stiff = GaitStyle(knee_flexion=0.8, knee_offset=-8.0, elbow=-5.0, arm_swing=2.0)
    assert leg_angles(stiff, fine, LEFT)[1].min() >= 0
    assert arm_angles(stiff, fine, LEFT)[1].min() >= 0


def test_arms_swing_with_the_other_leg():
    hip, shoulder = leg_angles(GaitStyle(), TENTHS, RIGHT)[0], arm_angles(GaitStyle(), TENTHS, LEFT)[0]
    assert np.corrcoef(hip, shoulder)[0, 1] > 0.9


@pytest.mark.parametrize(
    "phase, want", [(0.1, 0.0), (0.3, 0.0), (0.6, 0.0), (0.82, 1.0), (1.82, 1.0), (-0.18, 1.0)]
)
def test_mid_swing(phase, want):
    assert mid_swing(np.array([phase]))[0] == pytest.approx(want, abs=1e-9)


def test_knee_lift_bends_the_swinging_leg_only():
    plain, lifted = (np.array(leg_angles(GaitStyle(knee_lift=lift), TENTHS, LEFT)) for lift in (0.0, 20.0))
    changed = np.abs(lifted - plain).max(axis=0) > 1e-9
    np.testing.assert_array_equal(changed, (TENTHS >= 0.7) | (TENTHS == 0))  # 0: just before the heel is down


@pytest.mark.parametrize("changes", [{}, {"hip_offset": 4, "knee_offset": -6}, {"ankle_motion": 1.3}])
def test_the_foot_is_flat_in_mid_stance(changes):
    style = GaitStyle(**changes)
    left, right = foot_pitches(style, FLAT, LEFT), foot_pitches(style, FLAT + 0.5, RIGHT)
    assert np.abs(left).max() < 6 and left.mean() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(left, right, atol=1e-9)


def test_heel_first_toes_last():
    heel_strike, toe_off = foot_pitches(GaitStyle(), np.array([0.0, 0.6]), LEFT)
    assert -30 < heel_strike < -10 and 40 < toe_off < 75


@pytest.mark.parametrize("lift, flat, strike", [(1.0, 35, 35), (0.5, 17.5, 7), (-1.0, 0, -4)])
def test_heel_lift(lift, flat, strike):
    style = GaitStyle(heel_lift=lift)
    assert foot_pitches(style, FLAT, LEFT).mean() == pytest.approx(flat, abs=2)
    assert foot_pitches(style, np.array([0.0]), LEFT)[0] == pytest.approx(strike, abs=2)


def test_rotations_are_rotations():
    bones = bone_rotations(GaitStyle(), TENTHS)
    for matrices in bones.values():
        assert matrices.shape == (10, 3, 3)
        np.testing.assert_allclose(
            matrices @ matrices.transpose(0, 2, 1), np.tile(np.eye(3), (10, 1, 1)), atol=1e-9
        )
        np.testing.assert_allclose(np.linalg.det(matrices), 1)


def test_no_phases_no_rotations():
    assert all(len(matrices) == 0 for matrices in bone_rotations(GaitStyle(), []).values())


@pytest.mark.parametrize("bone", ["upperleg01", "lowerleg01", "foot", "upperarm01", "lowerarm01"])
def test_right_is_the_mirror_of_left(bone):
    mirror = np.diag([-1.0, 1.0, 1.0])
    left = bone_rotations(GaitStyle(), TENTHS)[f"{bone}.L"]
    right = bone_rotations(GaitStyle(), TENTHS + 0.5)[f"{bone}.R"]
    np.testing.assert_allclose(mirror @ left @ mirror, right, atol=1e-9)


# anny faces -y: what hangs down goes to negative y when it swings forward.
@pytest.mark.parametrize(
    "bone, phase, forward",
    [
        ("upperleg01.L", 0.0, True),
        ("upperleg01.L", 0.5, False),
        ("upperleg01.R", 0.5, True),
        ("lowerleg01.L", 0.7, False),
        ("lowerleg01.R", 0.2, False),
        ("upperarm01.L", 0.5, True),
        ("upperarm01.R", 0.5, False),
    ],
)
def test_bones_swing_the_right_way(bone, phase, forward):
    down = bone_rotations(GaitStyle(), [phase])[bone][0] @ [0, 0, -1]
    assert (down[1] < -0.05) if forward else (down[1] > 0.05)
