from __future__ import annotations

import cv2
import numpy as np
import pytest

from training.world.bodies import Body, Skin
from training.world.camera import Camera, CameraConfig
from training.world.solids import CONCRETE, box, ground
from training.world.surroundings import Surroundings

SMALL = CameraConfig(width=160, height=120, focal=137.5, noise=0.0)
SUN = np.array([-0.6, 0.0, 0.8], np.float32)  # behind the camera
RED, BLUE = (0.8, 0.02, 0.02), (0.02, 0.02, 0.8)


def person(x, y=0.0, colour=RED, size=(0.3, 0.5, 1.7), number=7):
    """A box that stands on the ground."""
    solid = box("person", (x, y, size[2] / 2), size, CONCRETE)
    albedo = np.tile(np.float32(colour), (len(solid.faces), 1))
    return Body(number, solid.vertices, Skin(solid.faces, albedo))


@pytest.fixture(scope="module")
def camera():
    """A lawn with a wall 12 m ahead."""
    return Camera(SMALL, Surroundings([ground(), box("wall", (12, 0, 1.5), (0.2, 20, 3), CONCRETE)], SUN))


def projected(points):
    """Pixels of world points, by the textbook."""
    pose = SMALL.pose
    optical = (np.asarray(points, np.float64) - pose[:3, 3]) @ pose[:3, :3]
    pixels, _ = cv2.projectPoints(optical, np.zeros(3), np.zeros(3), SMALL.matrix, SMALL.distortion)
    return pixels.reshape(-1, 2)


@pytest.mark.parametrize("place", [(6, 0), (8, 2.5), (9, -3.5), (5, 1)])
def test_a_body_is_drawn_where_the_lens_puts_it(camera, place):
    body = person(*place)
    rows, columns = np.nonzero(camera.render([body], 1).owner == 0)
    pixels = projected(body.vertices)
    assert np.allclose([columns.min(), rows.min()], pixels.min(axis=0), atol=1.5)
    assert np.allclose([columns.max(), rows.max()], pixels.max(axis=0), atol=1.5)


def test_the_camera_looks_ahead_and_down():
    assert np.allclose(SMALL.pose[:3, :3] @ [0, 0, 1], [np.cos(np.radians(5)), 0, -np.sin(np.radians(5))])
    assert np.linalg.det(SMALL.pose[:3, :3]) == pytest.approx(1)
    level = projected([[10, 0, 1.7 - 10 * np.tan(np.radians(5))]])
    assert np.allclose(level, [[79.5, 59.5]])
    assert projected([[10, 2, 1]])[0, 0] < 79.5  # left in the world is left in the image


def test_an_empty_scene_is_the_background(camera):
    view = camera.render([], 1)
    assert view.image.shape == (120, 160, 3) and view.image.dtype == np.uint8
    assert (view.owner == -1).all() and view.seen == view.alone == []
    assert view.image[5].mean() > view.image[100].mean()  # the sky is brighter than the lawn
    assert view.image[80:].std() > 2  # and nothing is flat


@pytest.mark.parametrize("colour, channel", [(RED, 2), (BLUE, 0)])
def test_clothes_have_their_colour(camera, colour, channel):
    view = camera.render([person(6, colour=colour)], 1)
    mean = view.image[view.owner == 0].mean(axis=0)
    assert mean.argmax() == channel and mean[channel] > 3 * mean[2 - channel]


def test_the_nearer_body_hides_the_farther(camera):
    near, far = person(6, 0.2), person(9, 0)
    one, other = camera.render([near, far], 1), camera.render([far, near], 1)
    assert one.seen[0] == one.alone[0] > one.alone[1] > one.seen[1] > 0
    assert (one.seen, one.alone) == (other.seen[::-1], other.alone[::-1])
    assert np.array_equal(one.image, other.image)
    assert [(one.owner == n).sum() for n in (0, 1)] == one.seen


@pytest.mark.parametrize(
    "place, alone", [((14, 0), True), ((-6, 0), False), ((6, 40), False), ((0.0, 0.0), False)]
)
def test_bodies_that_cannot_be_seen(camera, place, alone):
    view = camera.render([person(*place)], 1)
    assert view.seen == [0] and (view.alone[0] > 0) == alone


def test_a_body_at_the_edge_is_cut(camera):
    view = camera.render([person(6, 3.4)], 1)
    columns = np.nonzero(view.owner == 0)[1]
    assert columns.min() == 0 and 0 < view.seen[0] < camera.render([person(6, 0)], 1).seen[0]


def test_a_body_casts_a_shadow():
    aside = np.array([0.0, -0.6, 0.8], np.float32)  # the shadow falls to the left
    camera = Camera(SMALL, Surroundings([ground()], aside))
    bare, view = camera.render([], 1), camera.render([person(6)], 1)
    free = cv2.erode((view.owner == -1).astype(np.uint8), np.ones((5, 5))) > 0  # the lens blurs the rest
    darker = (bare.image.astype(int) - view.image).mean(axis=-1)
    assert (darker[free] > 15).sum() > 20
    shadow = np.argwhere(free & (darker > 15)).mean(axis=0)
    spot = projected([[6, 0.25 + 0.6 * 1.7 / 0.8 / 2, 0]])[0][::-1]  # halfway along it
    assert np.abs(shadow - spot).max() < 4


def test_equal_seeds_are_equal_pictures():
    noisy = CameraConfig(width=64, height=48, focal=55.0, noise=3.0)
    camera = Camera(noisy, Surroundings([ground()], SUN))
    first, again, other = (camera.render([person(6)], seed).image for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    difference = (first.astype(float) - other)[20:]  # below the sky, which may be too bright to be noisy
    assert difference.std() == pytest.approx(3 * 2**0.5, rel=0.1)


@pytest.mark.parametrize("world, same", [(3, True), (4, False)])
def test_the_texture_has_a_seed(world, same):
    config = CameraConfig(width=64, height=48, focal=55.0, noise=0.0)
    pictures = [
        Camera(config, Surroundings([ground()], SUN, seed)).render([], 1).image for seed in (3, world)
    ]
    assert np.array_equal(*pictures) == same


@pytest.mark.parametrize(
    "field, value", [("width", 0), ("focal", float("nan")), ("quality", 101), ("k1", 3.0), ("rate", 0.0)]
)
def test_broken_settings(field, value):
    with pytest.raises(ValueError, match=f"CameraConfig.{field}"):
        CameraConfig(**{field: value})


def test_surroundings_of_nothing():
    with pytest.raises(ValueError, match="got none"):
        Surroundings([], SUN)
