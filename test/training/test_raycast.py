from __future__ import annotations

import numpy as np
import pytest

from training.world.raycast import STACK_M, StackedBodies

CUBE = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0, 1)], np.float32)
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6],
     [0, 6, 4], [1, 5, 7], [1, 7, 3]], np.int32,
)  # fmt: skip


def stacked(count=3):
    """Cubes, 1 m high, the k-th one k metres ahead."""
    return StackedBodies(np.stack([CUBE + np.float32([k, 0, 0]) for k in range(count)]), FACES)


def rays(poses, direction, origin=(-2, 0, 0.4)):
    return (
        np.array(poses),
        np.array(origin, np.float32),
        np.tile(np.array(direction, np.float32), (len(poses), 1)),
    )


def test_each_ray_meets_its_own_pose():
    np.testing.assert_allclose(
        stacked().distances(*rays([0, 1, 2, 1], [1, 0, 0])), [1.5, 2.5, 3.5, 2.5], atol=1e-5
    )


def test_distances_count_in_lengths_of_the_direction():
    assert stacked().distances(*rays([0], [0.5, 0, 0]))[0] == pytest.approx(3.0, abs=1e-5)


@pytest.mark.parametrize("direction, hit", [([1, 0, 0], True), ([-1, 0, 0], False), ([1, 0, 1], False)])
def test_hits_and_distances_agree(direction, hit):
    arguments = rays([0, 1, 2], direction)
    np.testing.assert_array_equal(stacked().hits(*arguments), [hit] * 3)
    np.testing.assert_array_equal(np.isfinite(stacked().distances(*arguments)), [hit] * 3)


def test_no_rays():
    assert len(stacked().hits(*rays([], [1, 0, 0]))) == 0


@pytest.mark.parametrize("down", [-22.0, -10.0, 7.0])
def test_rays_that_miss_do_not_meet_another_pose(down):
    direction = [np.cos(np.radians(down)), 0.3, np.sin(np.radians(down))]
    assert not stacked(5).hits(*rays([2, 3], direction, origin=(-14, 0, 1.8))).any()


def test_origins_may_differ():
    poses, _, directions = rays([0, 0], [1, 0, 0])
    origins = np.array([[-2, 0, 0.4], [-3, 0, 0.4]], np.float32)
    np.testing.assert_allclose(stacked().distances(poses, origins, directions), [1.5, 2.5], atol=1e-5)


def test_stacking_is_higher_than_people():
    assert STACK_M > 5
