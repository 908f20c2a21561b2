"""The ground: found under slope, tilt, clutter and noise, refused where there is none."""

import numpy as np
import pytest

from sgcross_core.sensing.ground import Plane, ground_plane


def street(seed=0, *, slope=(0.0, 0.0), height=-1.5, noise=0.02, ground=6000, clutter=3000, below=0):
    """Float32 points: a plane, walls and boxes on it, and multipath returns below it."""
    random = np.random.default_rng(seed)
    flat = random.uniform(-20, 20, (ground, 2))
    z = height + flat @ slope + random.normal(0, noise, ground)
    wall = np.column_stack([random.uniform(-20, 20, clutter), random.normal(8, 0.02, clutter)])
    wall_z = height + wall @ slope + random.uniform(0, 3, clutter)
    deep = np.column_stack([random.uniform(-20, 20, (below, 2)), random.uniform(-6, -3, below)])
    points = np.concatenate([np.column_stack([flat, z]), np.column_stack([wall, wall_z]), deep])
    return random.permutation(points).astype(np.float32)


@pytest.mark.parametrize(
    "scene",
    [
        pytest.param({}, id="level"),
        pytest.param({"slope": (0.1, -0.05)}, id="slope"),
        pytest.param({"slope": (-0.25, 0.2)}, id="tilted sensor"),
        pytest.param({"noise": 0.0}, id="no noise"),
        pytest.param({"clutter": 12_000}, id="more wall than ground"),
        pytest.param({"below": 60}, id="reflections below the ground"),
        pytest.param({"ground": 400, "clutter": 100}, id="sparse"),
        pytest.param({"ground": 60_000, "height": 0.0}, id="dense, at the sensor"),
    ],
)
def test_finds_the_plane(scene):
    a, b = scene.get("slope", (0.0, 0.0))
    plane = ground_plane(street(**scene))
    for x, y in [(0, 0), (10, 0), (0, -10), (-10, 10)]:
        assert plane.z_at(x, y) == pytest.approx(scene.get("height", -1.5) + a * x + b * y, abs=0.04)
    assert np.linalg.norm(plane.normal) == pytest.approx(1)


def test_the_same_sweep_gives_the_same_plane():
    one, two = ground_plane(street()), ground_plane(street())
    assert one.offset == two.offset and (one.normal == two.normal).all()


@pytest.mark.parametrize(
    "points, words",
    [
        pytest.param(np.empty((0, 3), np.float32), "got 0", id="empty"),
        pytest.param(np.zeros((500, 3), np.float32), "got 1", id="all in one place"),
        pytest.param(street()[:5], "got 5", id="five points"),
        pytest.param(street()[:, [2, 0, 1]] * np.float32([0.01, 1, 1]), "ground: ", id="a wall only"),
        pytest.param(street(ground=0, clutter=3000, slope=(3.0, 0.0)), "ground: ", id="too steep"),
        pytest.param(np.full((100, 3), 1e30, np.float32), "got 0", id="far away"),
    ],
)
def test_refuses_where_there_is_none(points, words):
    with pytest.raises(ValueError, match=words):
        ground_plane(points)


def test_heights():
    plane = Plane(np.array([0.0, 0, 1]), 1.5)
    points = np.array([[3, 4, -1.5], [0, 0, 0.2]], np.float32)
    np.testing.assert_allclose(plane.height(points), [0, 1.7], atol=1e-6)
    assert plane.height(points).dtype == np.float32
    assert plane.height(np.empty((0, 3), np.float32)).shape == (0,)
    assert plane.z_at(100, -7) == -1.5
