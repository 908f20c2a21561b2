from __future__ import annotations

import numpy as np
import pytest
import stickwalk

from training.mocap.bvh import read_bvh
from training.mocap.joints import map_for
from training.mocap.strides import NoWalk, steady_part


def steady(tmp_path, **walk):
    motion = read_bvh(stickwalk.write(tmp_path / "1_01.bvh", **walk))
    return steady_part(motion, map_for(motion))


@pytest.mark.parametrize(
    ("speed", "cadence", "yaw"), [(1.2, 0.9, 0), (1.2, 0.9, 135), (0.7, 0.62, -80), (1.9, 1.15, 180)]
)
def test_speed_cadence_and_stride_are_those_walked(tmp_path, speed, cadence, yaw):
    walk = steady(tmp_path, speed=speed, cadence=cadence, yaw=yaw)
    assert walk.speed == pytest.approx(speed, rel=0.005)
    assert 1 / walk.period == pytest.approx(cadence, rel=0.005)
    assert walk.stride_length == pytest.approx(speed / cadence, rel=0.01)
    assert walk.leg == pytest.approx(0.84, abs=1e-6)
    assert walk.seconds == pytest.approx(4.98, abs=0.01)


def test_trembling_arms_are_no_strides(tmp_path):
    assert 1 / steady(tmp_path, cadence=0.62, speed=0.7, shake=25).period == pytest.approx(0.62, rel=0.01)


def test_the_walk_faces_ahead_from_the_origin(tmp_path):
    walk = steady(tmp_path, yaw=70)
    hips = walk.hips()
    np.testing.assert_allclose(hips[:, 0], 1.2 * np.arange(len(hips)) / stickwalk.FPS, atol=0.01)
    assert np.abs(hips[:, 1]).max() < 0.01
    left, right = (walk.motion.placed()[1][0, walk.joints[f"hip.{side}"]] for side in "LR")
    np.testing.assert_allclose(left - right, [0, 0.2, 0], atol=1e-6)


def test_only_the_straight_part_is_used(tmp_path):
    walk = steady(tmp_path, seconds=6, turn=40)
    assert 1.5 < walk.seconds < 3.5
    assert walk.speed == pytest.approx(1.2, rel=0.02)


def test_a_frame_from_elsewhere_is_left_out(tmp_path):
    walk = steady(tmp_path, jump=True)
    assert len(walk.motion) == 5 * stickwalk.FPS - 1
    assert walk.speed == pytest.approx(1.2, rel=0.005)


@pytest.mark.parametrize(
    ("walk", "message"),
    [
        ({"speed": 0.0}, r"found nobody walks \(at most 0.00 m/s\); expected 0.8 s of straight"),
        ({"speed": 0.3}, r"found nobody walks \(at most 0.30 m/s\)"),
        (
            {"speed": 2.8, "stance": 0.3, "cadence": 1.3},
            r"found running \(2.80 m/s, no foot standing for \d\d%",
        ),
        ({"seconds": 0.5}, r"found 25 frames \(0.50 s\) without a break; expected at least 51"),
        (
            {"seconds": 1.1},
            r"found no repeated stride in 1.10 s of steady walking; expected one of 0.7-1.8 s",
        ),
    ],
)
def test_a_recording_without_a_walk_says_why(tmp_path, walk, message):
    with pytest.raises(NoWalk, match=r"1_01.bvh: " + message):
        steady(tmp_path, **walk)


def test_turning_all_the_time_is_no_walk(tmp_path):
    motion = read_bvh(stickwalk.write(tmp_path / "1_01.bvh", seconds=6, turn=90))
    turning = motion.between(3 * stickwalk.FPS, len(motion))
    with pytest.raises(
        NoWalk, match=r"found straight and steady for 0\.\d+ s only: it turns, starts or stops"
    ):
        steady_part(turning, map_for(turning))
