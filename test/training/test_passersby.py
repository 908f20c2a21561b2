from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.world.passersby import Passerby
from training.world.sights import CameraSight, LidarSight, Passing
from training.world.views import heading
from training.world.walker import PHASES

FRAMES = 20


@pytest.fixture(scope="module")
def somebody():
    return Passerby.drawn(np.random.default_rng(3))


def walk(somebody, frames=FRAMES, rate=10.0):
    """One and a half metres a second to the left, 9 m ahead."""
    along = (np.arange(frames) - frames / 2)[:, None] * 1.5 / rate
    way = heading("090", 0.0)
    spots = np.array([9.0, 0.0]) + along * np.array([np.cos(way), np.sin(way)])
    places = np.column_stack([spots, np.full(frames, -1.8)]).astype(np.float32)
    poses = np.arange(frames) * 4 % PHASES
    return Passing(somebody.bodies, somebody.walker.stride, poses, places, way)


def test_equal_numbers_draw_equal_people(somebody):
    same, other = (Passerby.drawn(np.random.default_rng(seed)) for seed in (3, 4))
    np.testing.assert_array_equal(same.walker.stride, somebody.walker.stride)
    assert not np.array_equal(other.walker.stride, somebody.walker.stride)


@pytest.mark.parametrize("rate", [10.0, 30.0])
def test_they_walk_at_their_own_pace(somebody, rate):
    other = somebody.before(walk(somebody, rate=rate), rate, np.random.default_rng(0))
    pace = np.hypot(*np.diff(other.places[:, :2], axis=0).T)
    assert np.allclose(pace * rate, somebody.walker.speed, atol=0.01)
    turns = np.diff(other.poses) % PHASES / PHASES * rate
    assert turns.mean() == pytest.approx(somebody.walker.cadence, abs=0.1)


def test_both_sensors_lose_the_same_moments(somebody):
    free = walk(somebody)
    hidden = replace(free, occluders=(somebody.before(free, 10.0, np.random.default_rng(1)),))
    pixels, points = (
        np.array([[count(found) for found in look(p)] for p in (free, hidden)])
        for look, count in (
            (CameraSight(origin=(0, 0, 0)).masks, np.count_nonzero),
            (lambda p: LidarSight(np.linspace(-20, 5, 64)).points(p, np.random.default_rng(0)), len),
        )
    )
    seen, swept = pixels[1] / pixels[0], points[1] / points[0]
    assert seen.min() < 0.6 < seen.max() and np.abs(seen - swept).max() < 0.15


@pytest.mark.parametrize("step", [1, 3])
def test_every_third_frame_of_both(somebody, step):
    free = walk(somebody)
    hidden = replace(free, occluders=(somebody.before(free, 10.0, np.random.default_rng(1)),))
    camera = CameraSight()
    few, all_ = camera.masks(hidden.every(step)), camera.masks(hidden)[::step]
    assert len(few) == -(-FRAMES // step)
    for one, other in zip(few, all_, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_single_frame(somebody):
    other = somebody.before(walk(somebody, frames=1), 10.0, np.random.default_rng(0))
    assert other.places.shape == (1, 3) and len(other.poses) == 1
