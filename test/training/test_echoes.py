from __future__ import annotations

import numpy as np
import pytest

from training.world.echoes import beside, edges, found, mixed

INF = np.inf


@pytest.mark.parametrize(
    "strength, distance, limit, chance",
    [
        (0.1, 50, 50, 0.5),  # what the limit means
        (0.4, 100, 50, 0.5),  # four times as bright, twice as far
        (0.5, 5, 50, 1.0),
        (0.01, 60, 50, 0.0),
        (0.0, 5, 50, 0.0),
        (0.5, INF, 50, 0.0),
        (0.0, 500, 0, 1.0),  # no limit
    ],
)
def test_the_chance_of_an_echo(strength, distance, limit, chance):
    assert found(np.float32([strength]), np.float32([distance]), limit) == pytest.approx([chance], abs=5e-3)


def test_darker_and_farther_things_are_lost_more_often():
    dark = found(np.linspace(0.01, 0.5, 9, dtype=np.float32), np.full(9, 30, np.float32), 30.0)
    far = found(np.full(9, 0.2, np.float32), np.linspace(5, 90, 9, dtype=np.float32), 30.0)
    assert (np.diff(dark) >= 0).all() and (np.diff(far) <= 0).all() and np.ptp(dark) > 0.8 < np.ptp(far)


@pytest.mark.parametrize(
    "parts, measured, made",
    [
        ([8, 8, 8, 8, 8], 8, [1, 1, 1, 1, 1]),
        ([8, 8, 8, 8.5, 8.5], 8.2, [1, 1, 1, 1, 1]),  # one echo, in thin air
        ([8, 8, 8, 12, 12], 8, [1, 1, 1, 0, 0]),
        ([8, 8, 12, 12, 12], 12, [0, 0, 1, 1, 1]),
        ([8, 8, 12, 12, INF], 8, [1, 1, 0, 0, 0]),  # the near one wins a tie
        ([8, INF, INF, INF, INF], 8, [1, 0, 0, 0, 0]),
        ([INF] * 5, INF, [0, 0, 0, 0, 0]),
    ],
)
def test_beams_that_an_edge_splits(parts, measured, made):
    length, which = mixed(np.float32([parts]))
    assert length == pytest.approx([measured]) and which.astype(int).tolist() == [made]


@pytest.mark.parametrize(
    "grid, at",
    [
        ([[5, 5, 5]], [0, 0, 0]),
        ([[5, 5, 9]], [0, 1, 1]),
        ([[INF, 5, 5]], [1, 1, 0]),
        ([[INF, INF]], [0, 0]),
        ([[5.0, 5.1], [5.1, 9.0]], [0, 1, 1, 1]),
        (np.zeros((0, 4)), []),
    ],
)
def test_edges(grid, at):
    assert edges(np.float32(grid)).ravel().astype(int).tolist() == at


def test_the_parts_of_a_beam_lie_beside_it():
    ray = np.float32([[0.8, 0.6, 0.0], [0.6, 0.0, -0.8]])
    left, right, above, below = beside(ray, np.radians(0.5))
    for part in (left, right, above, below):
        np.testing.assert_allclose(np.degrees(np.arccos((part * ray).sum(axis=1))), 0.5, atol=0.02)
    assert (np.cross(ray, left)[:, 2] > 0).all() and (np.cross(ray, right)[:, 2] < 0).all()
    assert (above[:, 2] > ray[:, 2]).all() and (below[:, 2] < ray[:, 2]).all()
