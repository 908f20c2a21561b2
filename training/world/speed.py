"""How fast the world is made on this machine, measured as it is made for data sets and recordings.

One process is measured in its processor's time, which other work on the machine changes little; more
processes by the clock.
"""

from __future__ import annotations

import dataclasses
import resource
import time
from collections.abc import Iterator

import numpy as np

from training.data.layout import CONDITIONS
from training.world.dataset import START_S
from training.world.dataset_cast import Identity, Walk, cast_of
from training.world.dataset_sequences import walk_sequences
from training.world.dataset_settings import EVERY_VIEW, PRESETS, DatasetSettings
from training.world.lidar import LidarConfig
from training.world.paths import crossing
from training.world.people import sample_person
from training.world.plans import Crossing, Plan, Role
from training.world.processes import mapping
from training.world.scene import Scene, SensorConfig
from training.world.walker import Walker

CROWD = 6  # people in view of a whole scene
MOMENT_S = 10.0  # at which they are
FRAMES = SWEEPS = 10  # that are timed

Row = tuple[str, str]


def rows(jobs: int, walks: int = 4, views: str = EVERY_VIEW) -> Iterator[Row]:
    """What was measured and the figure with its unit, each as soon as it is known.

    walks: of each condition, 1 or more, in these views (words); jobs: processes, 1 or more
    """
    for name, value in (("jobs", jobs), ("walks", walks)):
        if value < 1:
            raise ValueError(f"{name} must be 1 or more; got {value}")
    settings = dataclasses.replace(PRESETS["bench"], train_last=walks, views=views)
    people = cast_of(settings).train
    for letters, name in CONDITIONS.items():
        rate = _rate([(settings, one, letters) for one in people], 1)
        yield f"person-frames a processor second, both sensors, {name}", f"{rate:.0f}"
    tasks = [(settings, one, letters) for one in people for letters in CONDITIONS]
    every = _rate(tasks, jobs)
    yield f"person-frames a second, both sensors, {jobs} processes, all conditions", f"{every:.0f}"
    for name in ("bench", "full"):
        yield f"the preset {name}, estimated from that", f"{_minutes(PRESETS[name], every):.0f} min"
    frame, sweep = scene_times()
    yield f"a frame of 640x480 with {CROWD} people", f"{frame * 1e3:.0f} ms"
    yield f"a sweep of 64 beams and 1024 columns with {CROWD} people", f"{sweep * 1e3:.0f} ms"
    yield "most memory of one process", f"{_memory():.1f} GB"


def scene_times() -> tuple[float, float]:
    """Processor seconds for a camera frame and for a sweep with CROWD people in view, bodies included."""
    scene = crowded()
    camera, lidar = scene.config.camera.rate, scene.config.lidar.rate
    first = [len(next(found).bodies) for found in (scene.shots(MOMENT_S, 99), scene.turns(MOMENT_S, 99))]
    if first != [CROWD, CROWD]:
        raise RuntimeError(f"{CROWD} people should be there; found {first}")
    times = []
    for shots, count, rate in ((scene.shots, FRAMES, camera), (scene.turns, SWEEPS, lidar)):
        began = time.process_time()
        made = sum(1 for _ in shots(MOMENT_S, MOMENT_S + count / rate))
        times.append((time.process_time() - began) / made)
    return times[0], times[1]


def crowded() -> Scene:
    """A scene in which CROWD people are in the middle of their way at MOMENT_S."""
    crossings = []
    for number in range(CROWD):
        far = 6.5 + 0.7 * number
        path = crossing(1 if number % 2 else -1, far, far)
        role = Role(number, 0, Walker(sample_person(number), 0).speed, f"person {number}")
        crossings.append(Crossing(role, path, MOMENT_S - path.length / 2 / role.speed))
    plan = Plan(2 * MOMENT_S, tuple(crossings))
    return Scene(plan, SensorConfig(lidar=LidarConfig(beams=64, columns=1024)), 0)


def _rate(tasks: list[tuple[DatasetSettings, Identity, str]], jobs: int) -> float:
    """Person-frames a second, of processor or clock; every process has loaded what it needs before."""
    with mapping(jobs) as mapped:
        sum(mapped(_frames, tasks[:1] * 2 * jobs))
        clock = time.process_time if jobs == 1 else time.perf_counter
        began = clock()
        frames = sum(mapped(_frames, tasks))
        return float(frames / (clock() - began))


def _frames(task: tuple[DatasetSettings, Identity, str]) -> int:
    settings, identity, letters = task
    walk = Walk(f"01-{letters}", 1)
    return sum(len(sequence.facts["view"]) for sequence in walk_sequences(identity, walk, settings))


def _minutes(settings: DatasetSettings, rate: float) -> float:
    people, views = len(cast_of(settings).everyone), len(settings.view_list)
    return (people * (settings.probes + 1) * views * settings.mean_frames / rate + START_S) / 60


def _memory() -> float:
    """Gigabytes, the most that this process or one that it started has held."""
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return float(np.float64(most) * 1024 / 1e9)
