from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from training.augment import AugmentConfig
from training.batches import DRAW, Batches
from training.dataset import Clips
from training.exchange import exchange_patches
from training.frames import choose
from training.recipe import Recipe

RECIPE = Recipe(iterations=100, people=4, clips=2, frames=2, late_frames=4, flip=0.3)


@pytest.fixture(scope="module")
def clips(clips_of: Callable[..., Clips]) -> Clips:
    return clips_of(6, 2, 2, 5)


def test_a_batch_depends_on_recipe_and_iteration_alone(clips: Clips) -> None:
    one, other = Batches(RECIPE, clips), Batches(RECIPE, clips)
    one(0)
    a, b, c = one(3), other(3), other(4)
    for modality in ("camera", "lidar"):
        np.testing.assert_array_equal(a.tiles[modality], b.tiles[modality])
    assert a.labels.label.equal(b.labels.label)
    assert not np.array_equal(a.tiles["camera"], c.tiles["camera"])


@pytest.mark.parametrize("exchange", [0.0, 0.5])
def test_processes_share_out_a_batch(clips: Clips, exchange: float) -> None:
    recipe = replace(RECIPE, augment=AugmentConfig(exchange=exchange))
    whole = Batches(replace(recipe, shards=2), clips)(7)
    shares = [Batches(recipe, clips, rank, 2)(7) for rank in range(2)]
    for modality in ("camera", "lidar"):
        joined = np.concatenate([share.tiles[modality] for share in shares])
        np.testing.assert_array_equal(joined, whole.tiles[modality])
    assert all(share.labels.label.equal(whole.labels.label) for share in shares)
    assert len(whole.labels.label) == len(whole.tiles["camera"]) == 8


def test_the_sensors_of_a_batch_exchange_squares(clips: Clips) -> None:
    apart, mixed = (Batches(replace(RECIPE, augment=AugmentConfig(exchange=e)), clips)(3) for e in (0.0, 1.0))
    for clip in range(8):
        assert not np.array_equal(apart.tiles["camera"][clip], mixed.tiles["camera"][clip])
    expected = exchange_patches(apart.tiles, 1.0, np.random.default_rng((RECIPE.seed, DRAW, 3, 2)))
    for modality in ("camera", "lidar"):
        np.testing.assert_array_equal(mixed.tiles[modality], expected[modality])


@pytest.mark.parametrize(("people", "shards", "world"), [(4, 3, 1), (4, 2, 4), (3, 0, 2)])
def test_a_batch_that_cannot_be_shared_out(clips: Clips, people: int, shards: int, world: int) -> None:
    with pytest.raises(ValueError, match=rf"Recipe\.people {people} must be a multiple .* {world} processes"):
        Batches(replace(RECIPE, people=people, shards=shards), clips, 0, world)


def test_frames_that_a_sensor_did_not_see_are_not_taken(clips: Clips) -> None:
    tiles = np.array(clips.tiles)
    tiles[:, :3, ..., 0] = 0
    quiet = AugmentConfig(bars=0, gaps=0)
    batches = Batches(replace(RECIPE, augment=quiet), replace(clips, tiles=tiles))
    for iteration in range(3):
        assert batches(iteration).tiles["camera"][..., 0].any(axis=(2, 3)).all()


@pytest.mark.parametrize(
    ("changes", "iteration", "counts"),
    [
        ({}, 0, {2}),
        ({}, 85, {4}),
        ({"lengths": "unfixed"}, 0, {1, 2}),
        ({"lengths": "unfixed", "least_frames": 9}, 0, {2}),
        ({"lengths": "all"}, 0, {5}),
        ({"lengths": "all", "most_frames": 3}, 0, {3}),
    ],
)
def test_how_many_frames(clips: Clips, changes: dict[str, object], iteration: int, counts: set[int]) -> None:
    batches = Batches(replace(RECIPE, **changes), clips)
    found = [batches(iteration + i).tiles for i in range(8)]
    assert {tiles["camera"].shape[1] for tiles in found} == counts
    assert all(tiles["camera"].shape[1] == tiles["lidar"].shape[1] for tiles in found)


@pytest.mark.parametrize(
    ("pool", "count", "order", "expected"),
    [
        ([1, 3, 4, 8], 4, "unordered", [1, 3, 4, 8]),
        ([5], 3, "unordered", [5, 5, 5]),
        ([5, 6, 9], 6, "unordered", [5, 5, 6, 6, 9, 9]),
        ([5], 3, "ordered", [5, 5, 5]),
        ([2, 4], 3, "ordered", [2, 2, 4]),
        ([1, 3, 4], 3, "ordered", [1, 3, 4]),
    ],
)
def test_frames(pool: list[int], count: int, order: str, expected: list[int]) -> None:
    assert choose(np.array(pool), count, order, np.random.default_rng(0)).tolist() == expected


def test_ordered_frames_follow_one_another_and_begin_anywhere() -> None:
    pool, rng = np.arange(10, 20), np.random.default_rng(0)
    found = {tuple(choose(pool, 3, "ordered", rng).tolist()) for _ in range(200)}
    assert found == {(first, first + 1, first + 2) for first in range(10, 18)}
    anywhere = [choose(pool, 3, "unordered", rng) for _ in range(50)]
    assert any((np.diff(frames) > 1).any() for frames in anywhere)
    assert all((np.diff(frames) > 0).all() for frames in anywhere)
