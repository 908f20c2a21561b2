from __future__ import annotations

from functools import lru_cache

import numpy as np
import open3d as o3d
import pytest

from training.world.clips import BEAMS
from training.world.people import sample_person
from training.world.raycast import StackedBodies
from training.world.sights import CameraSight, LidarSight, Passing
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


def test_beams_that_miss():
    (points,) = LidarSight(np.array([40.0, 50.0])).points(passing((8, 0)), np.random.default_rng(0))
    assert points.shape == (0, 3)
