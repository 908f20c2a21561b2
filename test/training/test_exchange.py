from __future__ import annotations

import numpy as np
import pytest

from training.exchange import exchange_patches


def walks(count: int) -> dict[str, np.ndarray]:
    """The camera's tiles below 100, the LiDAR's from 100 on."""
    rng = np.random.default_rng(0)
    shape = (count, 2, 64, 64, 3)
    return {
        "camera": rng.integers(0, 100, shape, np.uint8),
        "lidar": rng.integers(100, 200, shape, np.uint8),
    }


def test_exchanged_squares_are_the_other_sensors() -> None:
    tiles = walks(40)
    mixed = exchange_patches(tiles, 0.5, np.random.default_rng(1))
    there = mixed["camera"][..., 0] >= 100  # from the LiDAR
    assert 0.05 < there.mean() < 0.2  # half of the walks, a quarter of the squares
    squares = there.reshape(40, 2, 4, 16, 4, 16)
    assert (squares == squares[:, :1, :, :1, :, :1]).all()  # whole squares, the same in all frames
    np.testing.assert_array_equal(
        mixed["camera"][..., 0], np.where(there, tiles["lidar"][..., 1], tiles["camera"][..., 0])
    )
    for channel in (1, 2):
        expected = np.where(there, tiles["camera"][..., 0], tiles["lidar"][..., channel])
        np.testing.assert_array_equal(mixed["lidar"][..., channel], expected)


def test_channels_of_the_other_sensor_stay() -> None:
    tiles = walks(4)
    mixed = exchange_patches(tiles, 1.0, np.random.default_rng(1))
    np.testing.assert_array_equal(mixed["camera"][..., 1:], tiles["camera"][..., 1:])
    np.testing.assert_array_equal(mixed["lidar"][..., 0], tiles["lidar"][..., 0])


@pytest.mark.parametrize(("count", "share"), [(4, 0.0), (0, 1.0)])
def test_nothing_to_exchange(count: int, share: float) -> None:
    tiles = walks(count)
    mixed = exchange_patches(tiles, share, np.random.default_rng(1))
    assert all(np.array_equal(mixed[m], tiles[m]) for m in tiles)


def test_what_it_is_given_stays_as_it_is() -> None:
    tiles, before = walks(4), walks(4)
    exchange_patches(tiles, 1.0, np.random.default_rng(1))
    assert all(np.array_equal(tiles[m], before[m]) for m in tiles)
