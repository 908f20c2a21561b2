from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import open3d as o3d
import pytest

from training.world import body
from training.world.clips import BEAMS
from training.world.devices import device
from training.world.occluders import Standing
from training.world.people import sample_person
from training.world.raycast import StackedBodies
from training.world.sights import CameraSight, LidarSight, Passing
from training.world.solids import CONCRETE, box
from training.world.walker import Walker

HEADING = 1.0
GROUND = -1.8


@lru_cache
def walker():
    return Walker(sample_person(0), 0)


@lru_cache
def bodies():
    return StackedBodies(walker().stride, walker().faces)


def passing(*places, heading=HEADING):
    """The walker in one pose after another at places over ground."""
    at = np.array([[x, y, GROUND] for x, y in places], np.float32)
    return Passing(bodies(), walker().stride, np.arange(len(places)) * 3, at, heading)


def test_the_walker_faces_its_heading():
    seen = passing((8, 2), heading=np.pi / 2)
    ahead = seen.vertices[0] - seen.places[0]
    np.testing.assert_allclose(ahead[:, 1], walker().stride[0][:, 0], atol=1e-5)
    np.testing.assert_allclose(ahead[:, 0], -walker().stride[0][:, 1], atol=1e-5)


@pytest.mark.parametrize("distance", [4.0, 8.0, 14.0])
def test_masks_are_as_high_as_the_lens_makes_them(distance):
    (mask,) = CameraSight(focal=550).masks(passing((distance, 0)))
    rows = np.flatnonzero(mask.any(axis=1))
    assert len(rows) == pytest.approx(550 * walker().height / distance, rel=0.08)
    assert len(mask) - len(rows) <= 3


@pytest.mark.parametrize("yaw, pitch", [(0, 0), (20, 0), (-15, 8)])
def test_masks_agree_with_casting_every_pixel(yaw, pitch):
    camera, seen = CameraSight(yaw=yaw, pitch=pitch), passing((5, 1), (9, -2), (13.5, 3))
    masks = camera.masks(seen)
    boxes = camera._boxes((seen.vertices - np.float32(camera.origin)) @ camera._axes)
    full = [np.zeros_like(mask) for mask in masks]
    camera._cast(seen, boxes, [np.ones_like(mask) for mask in masks], full)
    for mask, true in zip(masks, full, strict=True):
        assert np.count_nonzero(mask != true) <= 0.01 * np.count_nonzero(true)


def test_the_camera_looks_left_and_down():
    level, turned = CameraSight(), CameraSight(yaw=10, pitch=5)
    point = np.array([[10, 0, 0]], np.float32)
    np.testing.assert_allclose(point @ level._axes, [[0, 0, 10]], atol=1e-5)
    x, y, _ = (point @ turned._axes)[0]
    assert x > 0 > y


def test_the_left_of_the_picture_is_the_left():
    """The walker comes straight at the camera, so its left arm is on the right."""
    seen = passing((6, 0), heading=np.pi)
    assert np.corrcoef(seen.vertices[0, :, 1], walker().stride[0][:, 1])[0, 1] < -0.99


def test_points_lie_on_the_body():
    seen = passing((6, 1), (10, -3))
    lidar = LidarSight(BEAMS, noise=0.0, drop=0.0)
    for points, vertices in zip(lidar.points(seen, np.random.default_rng(0)), seen.vertices, strict=True):
        scene = o3d.t.geometry.RaycastingScene()
        scene.add_triangles(vertices, walker().faces.astype(np.uint32))
        assert scene.compute_distance(points).numpy().max() < 2e-3
        assert len(points) > 50


def test_points_lie_on_the_beams():
    (points,) = LidarSight(BEAMS, noise=0.0).points(passing((7, 0)), np.random.default_rng(0))
    elevation = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
    assert np.abs(elevation[:, None] - BEAMS).min(axis=1).max() < 1e-3


def test_noise_is_along_the_beam():
    seen = passing(*[(8, 0)] * 5)
    clean, noisy = (
        np.concatenate(LidarSight(BEAMS, noise=sd, drop=0.0).points(seen, np.random.default_rng(1)))
        for sd in (0.0, 0.02)
    )
    far = np.linalg.norm(noisy, axis=1) - np.linalg.norm(clean, axis=1)
    assert far.std() == pytest.approx(0.02, rel=0.1) and abs(far.mean()) < 0.003
    np.testing.assert_allclose(np.cross(clean, noisy), 0, atol=1e-3)


@pytest.mark.parametrize("drop, low, high", [(0.0, 1.0, 1.0), (0.5, 0.4, 0.6), (1.0, 0.0, 0.0)])
def test_returns_are_lost(drop, low, high):
    seen = passing((6, 0), (7, 1))
    kept, every = (
        len(np.concatenate(LidarSight(BEAMS, drop=share).points(seen, np.random.default_rng(2))))
        for share in (drop, 0.0)
    )
    assert low <= kept / every <= high


def test_what_is_left_out_of_masks_hides_all_the_same():
    """Without the arms the mask has holes where they cover the trunk; the LiDAR notices nothing."""
    seen = passing((9, 0))
    arms = np.isin(body.bone_of_vertex(), [n for n in body.bone_of_vertex() if "arm" in n or "wrist" in n])
    without = replace(seen, left_out=arms[walker().faces].all(axis=1))
    (whole,), (rest,) = (CameraSight().masks(p) for p in (seen, without))
    assert rest.shape == whole.shape and not (rest & ~whole).any()
    assert 0.5 < rest.sum() / whole.sum() < 0.97
    free = replace(seen, left_out=np.zeros(len(walker().faces), bool))
    np.testing.assert_array_equal(CameraSight().masks(free)[0], whole)
    first, second = (LidarSight(BEAMS).points(p, np.random.default_rng(0))[0] for p in (seen, without))
    np.testing.assert_array_equal(first, second)


def test_beams_that_miss():
    (points,) = LidarSight(np.array([40.0, 50.0])).points(passing((8, 0)), np.random.default_rng(0))
    assert points.shape == (0, 3)


def wall(x, low, high):
    """A wide wall across the x axis from low to high above the ground."""
    solid = box("wall", (x, 0.0, (low + high) / 2 + GROUND), (0.1, 8.0, high - low), CONCRETE)
    return Standing(solid)


def count(lidar, seen, seed=0):
    return sum(map(len, lidar.points(seen, np.random.default_rng(seed))))


@pytest.mark.parametrize(
    "x, low, high, legs, head",
    [(5, 0, 3, False, False), (5, 0, 1.1, False, True), (5, 1.1, 3, True, False), (9, 0, 3, True, True)],
)
def test_walls_hide_what_is_behind_them_from_both_sensors(x, low, high, legs, head):
    seen = replace(passing((7, 0)), occluders=(wall(x, low, high),))
    (mask,), (points,) = (
        CameraSight().masks(seen),
        LidarSight(BEAMS, drop=0.0).points(seen, np.random.default_rng(0)),
    )
    third = len(mask) // 3
    assert (mask[:third].any(), mask[-third:].any()) == (head, legs)
    height = points[:, 2] - GROUND
    assert ((height > 1.4).any(), (height < 0.5).any()) == (head, legs)


def test_somebody_else_hides_what_is_behind():
    near, far = passing((6, 0)), passing((9, 0))
    hidden, before = replace(far, occluders=(near,)), replace(near, occluders=(far,))
    camera, lidar = CameraSight(), LidarSight(BEAMS, drop=0.0)
    assert camera.masks(hidden)[0].sum() < 0.3 * camera.masks(far)[0].sum()
    assert camera.masks(before)[0].sum() == camera.masks(near)[0].sum()
    assert 0 <= count(lidar, hidden) < 0.3 * count(lidar, far)


@pytest.mark.parametrize("beams", [BEAMS, np.array(device("vls-128").elevations)])
@pytest.mark.parametrize("distance", [5.5, 9.0, 14.0])
def test_beams_reach_from_feet_to_crown(beams, distance):
    seen = passing((distance, 0))
    (points,) = LidarSight(beams, noise=0.0, drop=0.0).points(seen, np.random.default_rng(0))
    body = seen.vertices[0, :, 2]
    foot, crown = (
        distance * np.tan(np.radians(np.diff(beams)[beams[:-1].searchsorted(angle) - 1]))
        for angle in np.degrees(np.arctan2([body.min(), body.max()], distance))
    )  # metres between the two beams that these lie between
    assert points[:, 2].min() - body.min() < foot + 0.08 and body.max() - points[:, 2].max() < crown + 0.08


def test_dark_things_far_away_are_lost():
    lidar = LidarSight(BEAMS, drop=0.0, limit=12.0)
    near, far = (replace(passing((x, 0)), reflectivity=0.1) for x in (5, 14))
    plain = LidarSight(BEAMS, drop=0.0)
    assert count(lidar, near) / count(plain, near) > 0.8
    assert count(lidar, far) / count(plain, far) < 0.4
    bright = replace(far, reflectivity=np.full(len(walker().faces), 0.8, np.float32))
    assert count(lidar, bright) > 2 * count(lidar, far)


def test_wide_beams_return_from_thin_air_at_edges():
    seen = passing(*[(8, 0)] * 6)
    thin, wide = (
        LidarSight(BEAMS, noise=0.0, drop=0.0, divergence=angle).points(seen, np.random.default_rng(0))
        for angle in (0.0, 0.4)
    )
    off = []
    for points, vertices in zip(wide, seen.vertices, strict=True):
        scene = o3d.t.geometry.RaycastingScene()
        scene.add_triangles(vertices, walker().faces.astype(np.uint32))
        off.append(scene.compute_distance(points).numpy())
    share = (np.concatenate(off) > 0.03).mean()
    assert 0.02 < share < 0.3
    assert sum(map(len, wide)) > sum(map(len, thin)) * 0.8


def test_an_offset_camera_sees_another_side():
    seen = passing((6, 0))
    straight, aside = (CameraSight(origin=(0, y, 0), yaw=-yaw).masks(seen)[0] for y, yaw in ((0, 0), (4, 34)))
    high = CameraSight(origin=(0, 0, 3), pitch=26).masks(seen)[0]
    assert abs(straight.shape[1] - aside.shape[1]) > 3 and high.shape[0] < straight.shape[0]


@pytest.mark.parametrize(
    "values, said",
    [
        ({"beams": np.array([])}, "LidarSight.beams must hold elevations"),
        ({"beams": np.array([3.0, 1.0])}, "LidarSight.beams must rise"),
        ({"step": 0.0}, "LidarSight.step must lie in 0.001..10; got 0.0"),
        ({"noise": -0.1}, "LidarSight.noise"),
        ({"noise": float("nan")}, "LidarSight.noise"),
        ({"drop": 1.1}, "LidarSight.drop"),
        ({"limit": -5.0}, "LidarSight.limit must lie in 0..500; got -5.0"),
        ({"divergence": 9.0}, "LidarSight.divergence"),
    ],
)
def test_impossible_sensors(values, said):
    with pytest.raises(ValueError, match=said):
        LidarSight(**({"beams": BEAMS} | values))
