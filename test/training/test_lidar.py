from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from training.world.bodies import Body, Skin
from training.world.devices import DEVICES
from training.world.lidar import POINT, Lidar, LidarConfig
from training.world.solids import CONCRETE, box, ground
from training.world.surroundings import Surroundings

SUN = np.array([0, 0, 1], np.float32)
EXACT = LidarConfig(beams=32, columns=240, step=0.5, noise=0.0, dropout=0.0)
LAWN = Surroundings([ground()], SUN)
WALL = Surroundings([box("wall", (10, 0, 0), (0.2, 60, 20), CONCRETE)], SUN)


def person(x, y=0.0, brightness=0.5, number=7):
    """A box that stands on the ground, 0.4 x 0.4 x 1.7 m."""
    solid = box("person", (x, y, 0.85), (0.4, 0.4, 1.7), CONCRETE)
    return Body(
        number, solid.vertices, Skin(solid.faces, np.full((len(solid.faces), 3), brightness, np.float32))
    )


def xyz(cloud):
    return np.stack([cloud["x"], cloud["y"], cloud["z"]], axis=-1).astype(np.float64)


def test_the_lawn_lies_below_the_sensor():
    cloud = Lidar(EXACT, LAWN).sweep([], (1,)).cloud
    assert cloud.dtype == POINT and len(cloud)
    assert np.allclose(cloud["z"], -1.8, atol=1e-3)
    elevation = np.degrees(np.arcsin(cloud["z"] / np.linalg.norm(xyz(cloud), axis=1)))
    assert np.allclose(elevation, EXACT.elevations[cloud["ring"]], atol=0.02)
    assert cloud["ring"].min() == 0 and EXACT.elevations[cloud["ring"].max()] < 0


def test_the_beams_turn_clockwise_in_time():
    cloud = Lidar(EXACT, LAWN).sweep([], (1,)).cloud
    azimuth = np.degrees(np.arctan2(cloud["y"], cloud["x"]))
    assert (np.diff(cloud["time"]) >= 0).all()
    assert np.allclose(azimuth, 59.75 - cloud["time"] * 3600, atol=0.02)
    assert azimuth.max() == pytest.approx(59.75, abs=0.02) == -azimuth.min()
    assert cloud["time"].max() == pytest.approx(119.5 / 3600)  # a third of a turn of 0.1 s


@pytest.mark.parametrize("limit, farthest", [(20, 20), (60, 60)])
def test_no_returns_from_beyond_the_limit(limit, farthest):
    config = dataclasses.replace(EXACT, range_limit=float(limit), beams=128)
    ranges = np.linalg.norm(xyz(Lidar(config, LAWN).sweep([], (1,)).cloud), axis=1)
    assert 0.8 * farthest < ranges.max() <= farthest + 0.01


def test_nothing_to_meet_is_an_empty_cloud():
    behind = Surroundings([box("wall", (-10, 0, 0), (0.2, 60, 20), CONCRETE)], SUN)
    sweep = Lidar(EXACT, behind).sweep([], (1,))
    assert sweep.cloud.shape == (0,) and sweep.owner.shape == (0,) and sweep.seen == []


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.1])
def test_the_noise_is_along_the_beam(noise):
    cloud = Lidar(dataclasses.replace(EXACT, noise=noise), WALL).sweep([], (1,)).cloud
    ranges = np.linalg.norm(xyz(cloud), axis=1)
    direction = xyz(cloud) / ranges[:, None]
    assert (ranges - 9.9 / direction[:, 0]).std() == pytest.approx(noise, rel=0.05, abs=2e-3)


@pytest.mark.parametrize("dropout, share", [(0.0, 1.0), (0.03, 0.97), (1.0, 0.0)])
def test_some_returns_are_lost(dropout, share):
    everything = EXACT.beams * EXACT.columns
    kept = len(Lidar(dataclasses.replace(EXACT, dropout=dropout), WALL).sweep([], (1,)).cloud)
    assert kept / everything == pytest.approx(share, abs=0.01)


def test_bodies_have_points_in_their_boxes():
    bodies = [person(8, 1), person(6, -2)]
    sweep = Lidar(EXACT, LAWN).sweep(bodies, (1,))
    assert min(sweep.seen) > 20 and sweep.seen == sweep.alone
    for number, body in enumerate(bodies):
        mine = xyz(sweep.cloud)[sweep.owner == number] + [0, 0, 1.8]
        assert len(mine) == sweep.seen[number]
        assert (mine > body.vertices.min(axis=0) - 2e-3).all() and (
            mine < body.vertices.max(axis=0) + 2e-3
        ).all()
    assert np.allclose(sweep.cloud["z"][sweep.owner == -1], -1.8, atol=1e-3)


def test_the_nearer_body_hides_the_farther():
    near, far = person(6, 0.15), person(9)
    sweep = Lidar(EXACT, LAWN).sweep([near, far], (1,))
    assert sweep.seen[0] == sweep.alone[0] and 0 < sweep.seen[1] < sweep.alone[1]
    other = Lidar(EXACT, LAWN).sweep([far, near], (1,))
    assert np.array_equal(sweep.cloud, other.cloud) and sweep.seen == other.seen[::-1]


@pytest.mark.parametrize("place, alone", [((14, 0), True), ((-6, 0), False), ((3, 9), False)])
def test_bodies_that_cannot_be_seen(place, alone):
    sweep = Lidar(EXACT, WALL).sweep([person(*place)], (1,))
    assert sweep.seen == [0] and (sweep.alone[0] > 0) == alone


@pytest.mark.parametrize("place", [(8, 0), (8, 5), (6, -7), (9, 0.3)])
def test_the_moment_is_when_the_beams_come_by(place):
    sweep = Lidar(EXACT, LAWN).sweep([person(*place)], (1,))
    times = sweep.cloud["time"][sweep.owner == 0]
    assert times.min() <= EXACT.moment(np.array(place)) <= times.max()


@pytest.mark.parametrize("place, seconds", [((0, 9), 0.0), ((0, -9), 119.5 / 3600)])
def test_the_moment_stays_within_the_sector(place, seconds):
    assert EXACT.moment(np.array([place])) == pytest.approx([seconds])


def test_brighter_and_facing_surfaces_return_more():
    sweep = Lidar(EXACT, WALL).sweep([person(6, 1, 0.9), person(6, -1, 0.1)], (1,))
    bright, dark = (sweep.cloud["intensity"][sweep.owner == n].mean() for n in (0, 1))
    assert 255 >= bright > 1.5 * dark > 0
    wall = sweep.cloud[sweep.owner == -1]
    ahead = np.abs(wall["y"]) < 1
    assert wall["intensity"][ahead].mean() > 1.2 * wall["intensity"][np.abs(wall["y"]) > 10].mean()


@pytest.mark.parametrize("seed, same", [((1, 2), True), ((1, 3), False)])
def test_equal_seeds_are_equal_sweeps(seed, same):
    lidar = Lidar(LidarConfig(beams=16, columns=60), LAWN)
    first, second = (lidar.sweep([person(6)], s).cloud.tobytes() for s in ((1, 2), seed))
    assert (first == second) == same


@pytest.mark.parametrize("beams", [64, 128])
def test_a_beam_count(beams):
    lidar = Lidar(LidarConfig(beams=beams, dropout=0.0), LAWN)
    sweep = lidar.sweep([person(8)], (1,))
    assert sweep.cloud["ring"].max() < beams and sweep.seen[0] == pytest.approx(
        beams / 64 * 27 * 14, rel=0.15
    )


@pytest.mark.parametrize(
    "values, said",
    [
        ({"beams": 0}, "LidarConfig.beams must lie in 2..256; got 0"),
        ({"range_limit": -1.0}, "LidarConfig.range_limit"),
        ({"device": "hdl-65"}, "LidarConfig.device must be one of even, hdl-64e"),
        ({"limit": -1.0}, "LidarConfig.limit"),
        ({"divergence": 3.0}, "LidarConfig.divergence"),
        ({"dropout": 1.5}, "LidarConfig.dropout"),
        ({"noise": -1.0}, "LidarConfig.noise"),
        ({"lowest": 7.0}, "lowest must be below highest"),
        ({"columns": 4000}, "360 at most; got 800"),
    ],
)
def test_broken_settings(values, said):
    with pytest.raises(ValueError, match=said):
        LidarConfig(**values)


@pytest.mark.parametrize("name", ["hdl-64e", "vlp-32c", "vls-128"])
def test_a_real_device(name):
    config = dataclasses.replace(EXACT, device=name)
    sweep = Lidar(config, LAWN).sweep([person(6), person(9, 3)], (1,))
    elevation = np.degrees(np.arcsin(sweep.cloud["z"] / np.linalg.norm(xyz(sweep.cloud), axis=1)))
    assert np.allclose(elevation, np.array(DEVICES[name].elevations)[sweep.cloud["ring"]], atol=0.02)
    for number in (0, 1):
        rings = sweep.cloud["ring"][sweep.owner == number]
        assert np.array_equal(np.unique(rings), np.arange(rings.min(), rings.max() + 1))  # no beam is skipped
    feet = xyz(sweep.cloud)[sweep.owner == 0][:, 2].min() + 1.8
    assert feet < 0.6 and sweep.seen == sweep.alone


def test_weak_echoes_are_lost():
    bodies = [person(6, 1, 0.0), person(6, -1, 0.9)]
    limited = Lidar(dataclasses.replace(EXACT, limit=4.0), LAWN).sweep(bodies, (1,))
    everything = Lidar(EXACT, LAWN).sweep(bodies, (1,))
    dark, bright = (limited.seen[n] / everything.seen[n] for n in (0, 1))
    assert dark < 0.6 < 0.8 < bright
    assert len(limited.cloud) < 0.5 * len(everything.cloud)  # of the lawn little comes back


def test_wide_beams_mix_what_is_close_behind():
    close = Surroundings([box("wall", (6.8, 0, 0), (0.2, 60, 20), CONCRETE)], SUN)
    thin, wide = (
        xyz(Lidar(dataclasses.replace(EXACT, divergence=angle), close).sweep([person(6)], (1,)).cloud)
        for angle in (0.0, 0.5)
    )
    between = [((cloud[:, 0] > 6.25) & (cloud[:, 0] < 6.6)).sum() for cloud in (thin, wide)]
    assert between[0] == 0 and between[1] > 5


def test_wide_beams_mix_nothing_far_apart():
    wide = Lidar(dataclasses.replace(EXACT, divergence=0.5), WALL).sweep([person(6)], (1,))
    x = wide.cloud["x"]
    assert ((x < 6.3) | (x > 9.8)).all()
    whose = np.where(x < 7, 0, -1)
    assert np.array_equal(wide.owner, whose)


def test_wide_beams_need_somebody():
    config = dataclasses.replace(EXACT, divergence=0.5)
    assert np.array_equal(Lidar(config, WALL).sweep([], (1,)).cloud, Lidar(EXACT, WALL).sweep([], (1,)).cloud)
