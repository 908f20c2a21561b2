from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from training.world.bodies import Body, Skin
from training.world.camera import Camera, CameraConfig
from training.world.photons import FULL_ELECTRONS, READ_ELECTRONS, in_the_dark
from training.world.solids import CONCRETE, box, ground
from training.world.surroundings import GAMMA, Surroundings

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
    "field, value",
    [("width", 0), ("focal", float("nan")), ("quality", 101), ("k1", 3.0), ("rate", 0.0),
     ("light", 0.0), ("gain", 0.5), ("exposure", -1.0), ("yaw", 200.0)],
)  # fmt: skip
def test_broken_settings(field, value):
    with pytest.raises(ValueError, match=f"CameraConfig.{field}"):
        CameraConfig(**{field: value})


def test_surroundings_of_nothing():
    with pytest.raises(ValueError, match="got none"):
        Surroundings([], SUN)


LAWN = Surroundings([ground()], SUN)


def shot(seed=1, **values):
    return Camera(replace(SMALL, **values), LAWN).render([person(6)], seed).image.astype(float)


def test_the_night_is_dark_and_noisy():
    day, dusk, night = (shot(light=light, gain=1.0) for light in (1.0, 0.1, 0.01))
    assert day.mean() > 2 * dusk.mean() > 4 * night.mean()
    bright = [shot(light=light, gain=1000.0) for light in (1.0, 0.1, 0.01, 0.001)]
    assert np.allclose([b.mean() for b in bright[:2]], day.mean(), rtol=0.03)  # the gain makes up for it
    wrong = [(b - day).std() for b in bright]
    assert wrong[0] == 0 and (np.diff(wrong) > 2).all()  # but not for the noise


def test_the_noise_of_few_photons():
    """A grey pixel of n electrons has a standard deviation of sqrt(n + read noise squared)."""
    grey = np.full((200, 200, 3), 128, np.uint8)
    dark = in_the_dark(grey, 0.05, 20.0, 1).astype(float)
    light = (dark / 255) ** (1 / GAMMA)
    n = (128 / 255) ** (1 / GAMMA) * FULL_ELECTRONS * 0.05
    assert light.mean() == pytest.approx((128 / 255) ** (1 / GAMMA), rel=0.01)
    assert light.std() * FULL_ELECTRONS * 0.05 == pytest.approx(np.sqrt(n + READ_ELECTRONS**2), rel=0.05)


@pytest.mark.parametrize("seed, same", [(1, True), (2, False)])
def test_equal_seeds_are_equal_nights(seed, same):
    assert np.array_equal(shot(1, light=0.01), shot(seed, light=0.01)) == same


def test_what_moves_is_blurred(camera):
    places = [(6, y) for y in (-0.3, 0.0, 0.3)]
    sharp = camera.render([person(6)], 1)
    blurred = camera.exposed([[person(*p)] for p in places], 1)
    assert blurred.seen == sharp.seen and np.array_equal(blurred.owner, sharp.owner)
    changed = np.abs(blurred.image.astype(int) - sharp.image).max(axis=-1) > 10
    assert changed[sharp.owner == 0].any() and changed[sharp.owner == -1].any()
    still = camera.exposed([[person(6)]] * 3, 1)
    assert np.abs(still.image.astype(int) - sharp.image).max() <= 2


@pytest.mark.parametrize("moved, column", [({"left": 1.0}, 1), ({"yaw": 10.0}, 1), ({"left": -1.0}, -1)])
def test_a_camera_beside_the_lidar(moved, column):
    """Moved or turned to the left, it sees what is ahead farther right."""
    config = replace(SMALL, **moved)
    view = Camera(config, LAWN).render([person(6)], 1)
    middle = np.nonzero(view.owner == 0)[1].mean()
    assert (middle - 79.5) * column > 15
    ahead = Camera(replace(SMALL, ahead=2.0), LAWN).render([person(6)], 1)
    assert ahead.seen[0] > 1.3 * Camera(SMALL, LAWN).render([person(6)], 1).seen[0]
