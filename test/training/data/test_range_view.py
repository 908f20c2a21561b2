from __future__ import annotations

import numpy as np
import pytest

from training.data.range_view import JET, range_view, range_views


def body(distance=8.0, bearing=0.0, turn=0.0):
    """Points of an upright board, 0.5 m wide and 1.7 m high, one edge nearer by sin(turn) * 0.5 m."""
    across, up = np.meshgrid(np.linspace(-0.25, 0.25, 20), np.linspace(-1.7, 0, 60))
    x, y = distance + np.sin(turn) * across, np.cos(turn) * across
    c, s = np.cos(np.radians(bearing)), np.sin(np.radians(bearing))
    return np.stack([c * x - s * y, s * x + c * y, up], axis=-1).reshape(-1, 3).astype(np.float32)


@pytest.mark.parametrize("distance", [4.0, 8.0, 14.0])
@pytest.mark.parametrize("bearing", [0.0, 40.0, 180.0])
def test_fills_the_rows_and_the_middle(distance, bearing):
    lit = range_view(body(distance, bearing)).any(axis=0)
    assert lit.shape == (64, 64) and lit[:2].any() and lit[-2:].any()
    columns = np.flatnonzero(lit.any(axis=0))
    assert abs(columns.mean() - 32) < 3 and 12 < len(columns) < 26


def test_left_is_left_and_near_is_red():
    red, green, blue = range_view(body(turn=0.8)).astype(int)  # the left edge, y > 0, is farther
    assert blue[:, :30].sum() > red[:, :30].sum() and red[:, 34:].sum() > blue[:, 34:].sum()
    assert green.any()


def test_the_nearest_of_a_cell_shows():
    points = np.float32([[8, 0, 0], [6, 0, 0], [9, 1, 0], [8, 0, -0.5]])
    swapped = points[[1, 0, 3, 2]]
    np.testing.assert_array_equal(range_view(points), range_view(swapped))


def test_jet_runs_from_dark_blue_over_green_to_dark_red():
    assert JET[[0, 255]].tolist() == [[0, 0, 127], [127, 0, 0]]
    assert [int(JET[:, c].argmax()) for c in (2, 1, 0)] == sorted(int(JET[:, c].argmax()) for c in range(3))
    assert (np.abs(np.diff(JET.astype(int), axis=0)) <= 10).all()


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.float32([[8, 0, 0]]), np.float32([[8, 0, 0]] * 3)])
def test_few_points(points):
    view = range_view(points)
    assert view.shape == (3, 64, 64) and view.dtype == np.uint8 and view.any() == (len(points) > 0)


def test_one_picture_a_frame():
    assert range_views([body(), body(5)]).shape == (2, 3, 64, 64)


def test_a_grid_a_little_coarser_than_the_picture_leaves_no_stripes():
    """Columns 0.2 degrees apart, as of a spinning LiDAR, and a picture of 0.19188."""
    across, up = np.meshgrid(np.arange(30) * 0.2, np.arange(60) * -0.2)
    a, e = np.radians(across), np.radians(up)
    points = 8 * np.stack([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)], axis=-1)
    lit = range_view(points.reshape(-1, 3)).any(axis=0).any(axis=0)
    assert np.ptp(np.flatnonzero(lit)) + 1 == lit.sum() > 25
