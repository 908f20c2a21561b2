from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from training.world.occluders import pole_or_bush, walker_between
from training.world.people import sample_person
from training.world.raycast import StackedBodies
from training.world.sights import CameraSight, Passing
from training.world.views import heading
from training.world.walker import Walker

FRAMES = 20
SEEDS = range(10)


@lru_cache
def stride():
    walker = Walker(sample_person(3), 0)
    return walker.stride, StackedBodies(walker.stride, walker.faces)


def walk(view):
    """Two and a half metres past the sensor, 9 m ahead in the middle."""
    meshes, bodies = stride()
    way = heading(view, 0.0)
    along = (np.arange(FRAMES) - FRAMES / 2)[:, None] * 0.13
    places = np.array([9.0, 0.0]) + along * np.array([np.cos(way), np.sin(way)])
    at = np.column_stack([places, np.full(FRAMES, -1.8)]).astype(np.float32)
    return Passing(bodies, meshes, np.arange(FRAMES) * 4 % 40, at, way)


def seen(passing, occluder):
    """The share of each frame's silhouette that is left, (T,)."""
    camera = CameraSight(origin=(0, 0, 0))
    left = [m.sum() for m in camera.masks(replace(passing, occluders=(occluder,)))]
    return np.array(left) / [m.sum() for m in camera.masks(passing)]


@pytest.mark.parametrize("view", ["000", "045", "090", "180"])
def test_poles_and_bushes_hide_a_part_of_the_walk(view):
    shares = np.array([seen(walk(view), pole_or_bush(walk(view), np.random.default_rng(s))) for s in SEEDS])
    assert (shares.min(axis=1) < 0.998).mean() >= 0.9  # nearly every one is in the way
    assert shares.mean() > 0.5 and (shares.max(axis=1) > 0.3).all()  # and none hides everything


@pytest.mark.parametrize("view", ["000", "090", "225"])
def test_somebody_else_comes_between(view):
    passing = walk(view)
    others = [walker_between(passing, passing, 0.13, np.random.default_rng(s)) for s in SEEDS]
    shares = np.array([seen(passing, other) for other in others])
    assert (shares.min(axis=1) < 0.6).all()
    assert (shares.max(axis=1) > 0.99).mean() >= 0.8 and shares.max(axis=1).min() > 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_somebody_else_stays_clear_of_both(seed):
    passing = walk("090")
    other = walker_between(passing, passing, 0.13, np.random.default_rng(seed))
    assert np.hypot(*(other.places - passing.places)[:, :2].T).min() > 0.9
    assert np.hypot(*other.places[:, :2].T).min() > 2
    np.testing.assert_array_equal(other.places[:, 2], passing.places[:, 2])


def test_somebody_else_walks_where_he_looks():
    other = walker_between(walk("090"), walk("090"), 0.13, np.random.default_rng(0))
    steps = np.diff(other.places[:, :2], axis=0)
    assert np.allclose(np.hypot(*steps.T), 0.13, atol=1e-3)
    assert np.allclose(np.arctan2(steps[:, 1], steps[:, 0]), other.heading, atol=1e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_occluders_are_as_high_as_poles_and_bushes(seed):
    height = pole_or_bush(walk("090"), np.random.default_rng(seed)).solid.vertices[:, 2] + 1.8
    assert height.min() < 0.8 and (0.7 < height.max() < 1.2 or 2.2 <= height.max() <= 4.0)


def test_a_single_frame():
    one = replace(walk("090"), places=walk("090").places[:1], poses=np.arange(1))
    assert seen(one, pole_or_bush(one, np.random.default_rng(0))) <= 1
