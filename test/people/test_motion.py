"""The filter of one walk: it follows, it doubts with time, it stays a covariance."""

import numpy as np
import pytest

from sgcross_core.people.motion import Walk

NOISE = 0.1**2 * np.eye(2)


def followed(way, seconds=4.0, step=0.1, seed=0):
    """A filter that has seen a way(time) with noise of 10 cm."""
    random = np.random.default_rng(seed)
    walk = Walk.begin(np.array(way(0.0)), NOISE)
    for time in np.arange(step, seconds, step):
        walk = walk.after(step).seen(way(time) + random.normal(0, 0.1, 2), NOISE)
    return walk


@pytest.mark.parametrize("velocity", [(0, 0), (1.4, 0), (-0.7, 1.0)])
def test_it_finds_place_and_velocity(velocity):
    way = lambda time: np.array([3.0, 1.0]) + np.array(velocity) * time  # noqa: E731
    walk = followed(way)
    assert np.abs(walk.place - way(3.9)).max() < 0.15
    assert np.abs(walk.velocity - velocity).max() < 0.3


def test_it_moves_on_when_nobody_is_seen():
    walk = followed(lambda time: np.array([1.4 * time, 0.0]))
    later = walk.after(1.0)
    assert later.place[0] - walk.place[0] == pytest.approx(walk.velocity[0])
    assert np.trace(later.spread) > np.trace(walk.spread)


def test_two_half_steps_are_about_one():
    walk = followed(lambda time: np.array([1.4 * time, 0.0]))
    once, twice = walk.after(0.2), walk.after(0.1).after(0.1)
    np.testing.assert_allclose(once.state, twice.state)
    np.testing.assert_allclose(once.spread, twice.spread, atol=0.05)


def test_the_spread_stays_a_covariance():
    walk = followed(lambda time: np.array([1.4 * time, np.sin(time)]), seconds=60)
    assert (np.linalg.eigvalsh(walk.spread) > 0).all()
    np.testing.assert_allclose(walk.spread, walk.spread.T)


def test_no_time_changes_nothing():
    walk = Walk.begin(np.array([1.0, 2.0]), NOISE)
    np.testing.assert_allclose(walk.after(0.0).spread, walk.spread)


@pytest.mark.parametrize("off, near", [((0, 0), 0.0), ((0.1, 0), 0.5), ((0.3, 0.4), 12.5)])
def test_distance_in_standard_deviations(off, near):
    walk = Walk.begin(np.array([1.0, 2.0]), NOISE)
    square, log = walk.distance(np.array([1.0, 2.0]) + off, NOISE)
    assert square == pytest.approx(near)
    assert log == pytest.approx(np.log(0.02**2))


def test_blurred_is_nearer_to_everything():
    walk = Walk.begin(np.array([1.0, 2.0]), NOISE)
    blurred = walk.blurred(np.diag([1.0, 0.0]))
    assert blurred.distance(np.array([2.0, 2.0]), NOISE)[0] < walk.distance(np.array([2.0, 2.0]), NOISE)[0]
    assert walk.spread[0, 0] == pytest.approx(0.01)  # the old one is as it was
