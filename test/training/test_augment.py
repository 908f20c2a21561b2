from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sgcross_core.gait.frames import fill_gaps
from sgcross_core.settings import flatten, with_values
from training.augment import AugmentConfig, augment
from training.dataset import Clips
from training.view_errors import filled

QUIET = with_values(AugmentConfig(), {name: 0.0 for name, _, _ in flatten(AugmentConfig())})
WHOLE = np.zeros(6, bool)


@pytest.fixture(scope="module")
def tiles(clips_of: Callable[..., Clips]) -> np.ndarray:
    return clips_of(3, 1, 2, 4).tiles


def disturbed(modality: str, tiles: np.ndarray, config: AugmentConfig, seed: int = 0) -> np.ndarray:
    return augment(modality, tiles, config, np.random.default_rng(seed), np.zeros(len(tiles), bool))


@pytest.mark.parametrize(("modality", "own"), [("camera", [0]), ("lidar", [1, 2])])
def test_only_the_sensors_own_channels_change(tiles: np.ndarray, modality: str, own: list[int]) -> None:
    before = tiles.copy()
    found = disturbed(modality, tiles, AugmentConfig())
    assert found.shape == tiles.shape and found.dtype == np.uint8
    others = [c for c in range(3) if c not in own]
    np.testing.assert_array_equal(found[..., others], tiles[..., others])
    assert (found[..., own] != tiles[..., own]).any(axis=(1, 2, 3, 4)).all()
    np.testing.assert_array_equal(tiles, before)


@pytest.mark.parametrize("modality", ["camera", "lidar"])
def test_a_walker_stays_a_walker(tiles: np.ndarray, modality: str) -> None:
    channel = {"camera": 0, "lidar": 2}[modality]
    found = (
        np.stack([disturbed(modality, tiles, AugmentConfig(), seed) for seed in range(8)])[..., channel] > 0
    )
    area = found.mean(axis=(-1, -2)) / (tiles[..., channel] > 0).mean(axis=(-1, -2))
    assert np.quantile(area, 0.02) > 0.3 and np.quantile(area, 0.98) < 2.5
    assert 0.8 < np.median(area) < 1.2


@pytest.mark.parametrize("modality", ["camera", "lidar"])
def test_equal_seeds_give_equal_bytes(tiles: np.ndarray, modality: str) -> None:
    a, b, c = (disturbed(modality, tiles, AugmentConfig(), seed) for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)


def test_with_everything_off_silhouettes_stay(tiles: np.ndarray) -> None:
    found = disturbed("camera", tiles, QUIET)[..., 0]
    assert np.mean((found > 127) != (tiles[..., 0] > 127)) < 0.01


def test_with_everything_off_returns_move_by_a_pixel_at_most(tiles: np.ndarray) -> None:
    found = disturbed("lidar", tiles, QUIET)
    assert np.mean((found[..., 2] > 0) != (tiles[..., 2] > 0)) < 0.08
    assert np.array_equal(found[..., 1] > 0, found[..., 2] > 0)


@pytest.mark.parametrize("modality", ["camera", "lidar"])
def test_empty_pictures_do_no_harm(modality: str) -> None:
    empty = np.zeros((2, 3, 64, 64, 3), np.uint8)
    for seed in range(5):
        found = disturbed(modality, empty, AugmentConfig(), seed)
        assert (found > 0).mean() < 0.2


def test_mirrored_clips_are_mirrored_in_all_channels(tiles: np.ndarray) -> None:
    mirrored = np.array([True, False] * 3)
    plain = augment("camera", tiles, QUIET, np.random.default_rng(0), WHOLE)
    turned = augment("camera", tiles, QUIET, np.random.default_rng(0), mirrored)
    np.testing.assert_array_equal(turned[0::2], plain[0::2, :, :, ::-1])
    np.testing.assert_array_equal(turned[1::2], plain[1::2])


@pytest.mark.parametrize(
    ("setting", "row", "gone"), [("feet", slice(56, 64), True), ("head", slice(0, 3), False)]
)
def test_lost_feet_stretch_the_rest(tiles: np.ndarray, setting: str, row: slice, gone: bool) -> None:
    config = with_values(QUIET, {setting: 12.0})
    found = np.concatenate([disturbed("camera", tiles, config, seed)[..., 0] for seed in range(6)])
    assert (found > 0).any(axis=3)[..., row].any()
    assert (found[..., 20:44, :] != np.concatenate([tiles[..., 20:44, :, 0]] * 6)).any()


def test_out_of_range_settings_are_refused() -> None:
    with pytest.raises(ValueError, match=r"AugmentConfig\.drop must lie in"):
        AugmentConfig(drop=1.5)


def test_gaps_are_filled_as_the_nodes_fill_them() -> None:
    """The same pixels; where two returns are equally near, the one nearer to the sensor counts."""
    rng = np.random.default_rng(0)
    sparse = np.zeros((8, 66, 64), np.uint8)
    sparse[:7, :64] = (rng.random((7, 64, 64)) < 0.03) * rng.integers(1, 256, (7, 64, 64))
    found, unlike = filled(sparse)[:, :64], []
    for returns, views in zip(sparse[:, :64], found, strict=True):
        depth, coverage = fill_gaps(returns)
        np.testing.assert_array_equal(views[..., 1], coverage)
        unlike.append((views[..., 0] != depth).mean())
        assert (views[..., 0] >= depth).all()
    assert np.mean(unlike) < 0.03 and not found[7].any()
