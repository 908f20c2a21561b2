from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from training.mocap.loop import looped

FPS, PERIOD = 40, 1.1


def swinging(times, offset=0.0):
    """A bone that swings with the stride, and places that walk at 1.3 m/s, sway and rise a little."""
    phase = 2 * np.pi * times / PERIOD
    angles = np.stack([0.5 * np.sin(phase) + offset, 0.2 * np.cos(2 * phase), 0.1 * np.sin(phase)], axis=1)
    places = np.stack(
        [1.3 * times + 0.02 * np.sin(2 * phase), 0.03 * np.cos(phase), 0.9 + 0.02 * np.cos(2 * phase)]
    )
    return Rotation.from_rotvec(angles).as_matrix(), places.T


def loop_of(seconds, offset=0.0, drift=0.0):
    times = np.arange(round(seconds * FPS)) / FPS
    turns, places = swinging(times, offset + drift * times)
    return looped({"bone": turns}, places, FPS, PERIOD)


@pytest.mark.parametrize(("seconds", "strides"), [(1.25, 1), (2.29, 1), (2.4, 2), (5.0, 4)])
def test_as_many_whole_strides_as_there_are(seconds, strides):
    loop = loop_of(seconds)
    assert loop.strides == strides
    assert loop.seconds == pytest.approx(strides * PERIOD)
    assert loop.speed == pytest.approx(1.3, rel=1e-3)


def test_a_regular_walk_goes_on_as_it_was():
    """However late, the loop is the walk itself, from some moment of it on."""
    loop, late = loop_of(3.6), np.arange(0, 40, 0.37)
    turns, places = loop.at(late)
    starts = np.arange(0, PERIOD, 0.005)
    misfits = [np.abs(swinging(late + start)[0] - turns["bone"]).max() for start in starts]
    best = starts[int(np.argmin(misfits))]
    assert min(misfits) < 0.01
    expected = swinging(late + best)[1] - 1.3 * late[:, None] * [1, 0, 0]
    np.testing.assert_allclose(places - places.mean(0), expected - expected.mean(0), atol=0.002)


@pytest.mark.parametrize("offset", [0.0, 1.5 * np.pi])
def test_rotations_are_rotations_and_the_seam_does_not_jerk(offset):
    loop = loop_of(2.6, offset, drift=0.1)  # each stride ends a tenth of a radian from where it began
    times = np.arange(0, 3 * loop.seconds, 1 / 120)
    turns, places = loop.at(times)
    matrices = turns["bone"]
    np.testing.assert_allclose(
        matrices @ np.swapaxes(matrices, 1, 2), np.broadcast_to(np.eye(3), matrices.shape), atol=1e-9
    )
    own = np.abs(np.diff(swinging(times, offset)[0], axis=0)).max()
    assert np.abs(np.diff(matrices, axis=0)).max() < 2 * own
    np.testing.assert_allclose(places[0], loop.at([7 * loop.seconds])[1][0], atol=1e-9)


def test_no_time_at_all_gives_no_pose():
    turns, places = loop_of(2.6).at([])
    assert turns["bone"].shape == (0, 3, 3)
    assert places.shape == (0, 3)


def test_less_than_a_stride_is_refused():
    with pytest.raises(ValueError, match=r"found 1.10 s; expected a stride of 1.10 s and 0.1 s more"):
        loop_of(1.125)
