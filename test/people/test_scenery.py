"""Scenery: what stays is learnt, what moves is not, and people hold it back around and behind them."""

import numpy as np
import pytest

from sgcross_core.people.scenery import Scenery

NOBODY = np.empty((0, 2))
HERE = np.array([[4.03, 1.03, 0.0], [4.03, 1.03, 0.0]], np.float32)  # two returns in one voxel
HEIGHTS = np.array([1.1, 1.1], np.float32)


def shown(scenery, points, heights, times, people=NOBODY):
    """What update says after the last of so many sweeps."""
    for _ in range(times):
        known = scenery.update(points, heights, people)
    return known


@pytest.mark.parametrize("sweeps, known", [(1, False), (4, False), (8, True), (100, True)])
def test_what_stays_becomes_scenery(sweeps, known):
    assert (shown(Scenery(10, 60), HERE, HEIGHTS, sweeps) == known).all()


def test_several_returns_in_a_voxel_count_once():
    one, two = Scenery(10, 60), Scenery(10, 60)
    for times in range(1, 10):
        assert shown(one, HERE[:1], HEIGHTS[:1], 1)[0] == shown(two, HERE, HEIGHTS, 1)[0], times


def test_what_passes_does_not_become_scenery():
    scenery = Scenery(10, 60)
    for k in range(100):
        place = np.array([[5.0, -6 + 0.13 * (k % 90), 0]], np.float32)
        assert not scenery.update(place, HEIGHTS[:1], NOBODY).any()


def test_what_is_gone_is_forgotten():
    scenery = Scenery(10, 60)
    shown(scenery, HERE, HEIGHTS, 100)
    shown(scenery, HERE[:0], HEIGHTS[:0], 80)
    assert not scenery.update(HERE, HEIGHTS, NOBODY).any()


def test_people_who_stand_still_are_not_learnt():
    assert not shown(Scenery(10, 60), HERE, HEIGHTS, 200, people=HERE[:1, :2]).any()


@pytest.mark.parametrize("person, kept", [((3.0, 0.75), True), ((3.0, -2.0), False), ((8.0, 2.0), False)])
def test_what_people_hide_is_not_forgotten(person, kept):
    scenery = Scenery(10, 60)
    shown(scenery, HERE, HEIGHTS, 100)
    shown(scenery, HERE[:0], HEIGHTS[:0], 100, people=np.array([person]))
    assert (scenery.update(HERE, HEIGHTS, NOBODY) == kept).all()


@pytest.mark.parametrize("place", [(9.99, 9.99), (-9.99, -9.99), (9.99, -9.99)])
def test_the_corners_of_the_memory(place):
    points = np.array([[*place, 0]], np.float32)
    assert shown(
        Scenery(10, 60), points, np.array([2.399], np.float32), 30, people=np.array([[12.0, 12.0]])
    ).all()


def test_no_returns_and_reset():
    scenery = Scenery(10, 60)
    assert scenery.update(HERE[:0], HEIGHTS[:0], NOBODY).shape == (0,)
    shown(scenery, HERE, HEIGHTS, 50)
    scenery.reset()
    assert not scenery.update(HERE, HEIGHTS, NOBODY).any()
