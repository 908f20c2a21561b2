from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.world.camera import CameraConfig
from training.world.lidar import LidarConfig
from training.world.paths import Path
from training.world.people import sample_person
from training.world.plans import Crossing, Plan, Role
from training.world.scene import Actor, Scene, SensorConfig, hash_of, sun
from training.world.walker import Walker

SMALL = SensorConfig(
    CameraConfig(width=80, height=60, focal=69.0), LidarConfig(beams=32, columns=120, step=1.0)
)
ACROSS = Path([[8, 4], [8, -4]])


def crossing(start=1.0, speed=1.25, person=20000):
    return Crossing(Role(person, 1, speed, "Ada"), ACROSS, start)


@pytest.fixture(scope="module")
def scene():
    return Scene(Plan(8.0, (crossing(), crossing(2.5, person=20001))), SMALL, 3)


def images(shots):
    return np.array([shot.view.image for shot in shots])


@pytest.mark.parametrize("time, there", [(0.99, False), (1.0, True), (7.39, True), (7.41, False)])
def test_an_actor_is_there_from_start_to_finish(time, there):
    assert Actor(crossing()).present(np.array([time])) == [there]


def test_an_actor_walks_along_the_path():
    actor, times = Actor(crossing()), np.array([1.0, 3.0, 5.0])
    assert np.allclose(actor.place(times), [[8, 4], [8, 1.5], [8, -1]])
    bodies = actor.bodies(times)
    assert actor.bodies(np.array([])) == []
    for body, (x, y) in zip(bodies, actor.place(times), strict=True):
        low, high = body.vertices.min(axis=0), body.vertices.max(axis=0)
        assert low[2] == pytest.approx(0, abs=1e-5) and 1.4 < high[2] < 2.3
        assert low[0] < x < high[0] and low[1] < y < high[1]


def test_an_actor_faces_the_way():
    [body] = Actor(crossing()).bodies(np.array([3.0]))
    walker = Walker(sample_person(20000), 1)
    [ahead] = walker.meshes([2.0 * walker.cadence])  # two seconds on, along the x axis
    x, y, z = ahead.T
    assert np.allclose(body.vertices, np.stack([8 + y, 1.5 - x, z], axis=-1), atol=1e-5)  # along -y


def test_frames_and_sweeps_have_their_own_clocks(scene):
    shots, turns = list(scene.shots(0, 1)), list(scene.turns(0, 1))
    assert np.allclose([s.time for s in shots], (np.arange(15) + 0.37) / 15)
    assert np.allclose([t.time for t in turns], np.arange(10) / 10)


def test_who_is_there_when(scene):
    assert not any(s.bodies for s in scene.shots(0, 0.9))
    [shot] = scene.shots(3.0, 3.05)
    assert [b.person for b in shot.bodies] == [20000, 20001]
    assert not any(s.bodies for s in scene.shots(9, 10))


def test_both_sensors_see_the_walkers(scene):
    turn, shot = next(scene.turns(3.0, 4)), next(scene.shots(3.0, 4))
    assert min(turn.sweep.seen) > 15 and min(shot.view.seen) > 10


def test_a_body_is_posed_for_the_moment_of_the_beams(scene):
    turn = next(scene.turns(3.0, 4))
    body, late = turn.bodies[0], SMALL.lidar.moment(np.array([8.0, 1.5]))
    now, then = Actor(crossing()).bodies(np.array([3.0, 3.0 + late]))
    assert np.allclose(body.vertices, then.vertices, atol=2e-3)
    assert np.abs(body.vertices - now.vertices).max() > 0.01


def test_slices_make_the_whole(scene):
    whole = images(scene.shots(2, 4))
    assert np.array_equal(whole, np.concatenate([images(scene.shots(2, 3)), images(scene.shots(3, 4))]))
    clouds = [t.sweep.cloud.tobytes() for t in scene.turns(2, 4)]
    assert clouds == [t.sweep.cloud.tobytes() for a in (2, 3) for t in scene.turns(a, a + 1)]


@pytest.mark.parametrize("seed, same", [(3, True), (4, False)])
def test_equal_seeds_are_equal_scenes(scene, seed, same):
    other = Scene(scene.plan, SMALL, seed)
    assert np.array_equal(images(scene.shots(3, 3.2)), images(other.shots(3, 3.2))) == same
    clouds = [next(s.turns(3, 4)).sweep.cloud.tobytes() for s in (scene, other)]
    assert (clouds[0] == clouds[1]) == same


def test_an_empty_scene():
    scene = Scene(Plan(1.0, ()), SMALL, 1)
    assert all(s.view.seen == [] for s in scene.shots(0, 0.2))
    assert len(next(scene.turns(0, 1)).sweep.cloud) > 100


@pytest.mark.parametrize("seed", range(5))
def test_the_sun_is_high_and_behind(seed):
    direction = sun(seed)
    assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-6)
    assert direction[0] < 0 and 0.7 < direction[2] < 0.87


@pytest.mark.parametrize("condition", ["bag", "clothing", "carrying", "umbrella", "uniform"])
def test_both_sensors_see_what_is_worn(condition):
    plain, dressed = (
        Scene(Plan(8.0, (Crossing(replace(crossing().role, condition=c), ACROSS, 1.0),)), SMALL, 3)
        for c in ("normal", condition)
    )
    one, other = next(plain.shots(3.0, 4)), next(dressed.shots(3.0, 4))
    assert not np.array_equal(one.view.owner, other.view.owner)
    assert next(plain.turns(3.0, 4)).sweep.seen != next(dressed.turns(3.0, 4)).sweep.seen


def test_a_long_exposure_blurs_who_walks(scene):
    slow = replace(SMALL, camera=replace(SMALL.camera, exposure=60.0, noise=0.0))
    fast = replace(SMALL, camera=replace(SMALL.camera, noise=0.0))
    blurred, sharp = (next(Scene(scene.plan, c, 3).shots(3.0, 3.1)) for c in (slow, fast))
    assert blurred.view.seen == sharp.view.seen and blurred.time == sharp.time
    assert not np.array_equal(blurred.view.image, sharp.view.image)


def test_hashes_differ():
    seeds = [hash_of(*n) for n in ((0,), (1,), (0, 1), (1, 0), (1, 1), (2, 0))]
    assert len(set(seeds)) == len(seeds) and all(0 <= s < 2**31 for s in seeds)
