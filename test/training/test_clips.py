from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from sgcross_core.gait import GaitFrame
from training.world.clips import ClipSettings, clip, straight_path, walk_clips
from training.world.people import sample_person

SHORT = ClipSettings(frames=5)


@lru_cache
def seen(view=90.0, walk=0, settings=SHORT, seed=0):
    return clip(sample_person(0), walk, view, settings, seed)


def test_shapes():
    one = seen()
    assert one.tiles.shape == (5, 64, 64, 3) and one.tiles.dtype == np.uint8
    assert one.view.shape == one.distance.shape == (5,)
    assert one.view.dtype == one.distance.dtype == np.float32


def test_both_sensors_see_the_walker():
    for tile in seen().tiles:
        frame = GaitFrame.from_tile(0, tile)
        assert frame.silhouette is not None and 0.1 < (frame.silhouette > 127).mean() < 0.6
        assert frame.depth is not None and 0.1 < (frame.coverage > 0).mean() < 0.6


def test_both_sensors_see_the_same_shape():
    for tile in seen().tiles:
        inside = tile[..., 0] > 127
        assert (tile[..., 1] > 0)[inside].mean() > 0.75


@pytest.mark.parametrize("view", [0.0, 45.0, 90.0, 180.0, 270.0, 359.0])
def test_the_middle_is_seen_from_the_wanted_view(view):
    assert (seen(view).view[2] - view + 180) % 360 - 180 == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("view, sign", [(0.0, -1), (180.0, 1)])
def test_walkers_come_and_go(view, sign):
    steps = np.diff(seen(view).distance)
    assert (np.sign(steps) == sign).all()
    assert 0.05 < np.abs(steps).mean() < 0.2


@pytest.mark.parametrize("view, sign", [(90.0, 1), (270.0, -1)])
def test_the_view_drifts_while_somebody_passes(view, sign):
    assert (np.sign(np.diff(seen(view).view)) == sign).all()


def test_equal_arguments_equal_bytes():
    again = clip(sample_person(0), 0, 90.0, SHORT)
    assert np.array_equal(again.tiles, seen().tiles) and np.array_equal(again.view, seen().view)


@pytest.mark.parametrize("other", [{"walk": 1}, {"seed": 1}, {"view": 91.0}])
def test_other_arguments_other_bytes(other):
    assert not np.array_equal(seen(**other).tiles, seen().tiles)


def test_views_of_a_walk_do_not_depend_on_each_other():
    one, _ = walk_clips(sample_person(0), 0, [90.0, 200.0], SHORT)
    assert np.array_equal(one.tiles, seen().tiles)
    assert walk_clips(sample_person(0), 0, [], SHORT) == []


@pytest.mark.parametrize("view", range(0, 360, 30))
def test_paths_keep_their_limits(view):
    settings = ClipSettings(frames=30)
    path = straight_path(view, 1.7, settings, np.random.default_rng(view))
    distance, bearing = np.hypot(*path.places.T), np.degrees(np.arctan2(*path.places.T[::-1]))
    assert settings.nearest <= distance.min() and distance.max() <= settings.farthest
    assert np.abs(bearing).max() <= settings.bearing
    np.testing.assert_allclose(np.hypot(*np.diff(path.places, axis=0).T), 0.17)


def test_ground_removal_takes_the_feet():
    high = ClipSettings(frames=3, nearest=6, farthest=7, ground_cut=0.3, ground_cut_spread=0.0)
    cut, whole = (
        seen(90.0, 0, s) for s in (high, ClipSettings(frames=3, nearest=6, farthest=7, ground_cut=0.0))
    )
    assert not cut.tiles[:, -8:, :, 1].any() and whole.tiles[:, -8:, :, 1].any()


@pytest.mark.parametrize(
    "values, words",
    [
        ({"frames": 0}, "ClipSettings.frames must lie in 1..600; got 0"),
        ({"frames": 2.5}, "frames must be a int"),
        ({"rate": 0.0}, "rate"),
        ({"nearest": 12.0, "farthest": 8.0}, "nearest must not exceed farthest; got 12.0 and 8.0"),
        ({"sensor_low": 2.0, "sensor_high": 1.0}, "sensor_low must not exceed sensor_high"),
        ({"ground_error": -1.0}, "ground_error"),
    ],
)
def test_broken_settings(values, words):
    with pytest.raises(ValueError, match=words):
        ClipSettings(**values)


def test_a_walk_too_long_for_the_place():
    with pytest.raises(
        ValueError, match=r"no straight path of 200 frames at .* m/s fits between 4\.0 and 14\.0 m"
    ):
        seen(0.0, 0, ClipSettings(frames=200))


@pytest.mark.parametrize("walk, seed, words", [(-1, 0, "walk seed"), (0, -1, "seed must be 0 or more")])
def test_broken_seeds(walk, seed, words):
    with pytest.raises(ValueError, match=words):
        clip(sample_person(0), walk, 0.0, SHORT, seed)
