"""How fast the walking world is made: person-frames for data sets, and frames of whole scenes."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.data.layout import CONDITIONS
from training.speed.stopwatch import least, peak_mb
from training.world.dataset_cast import Identity, Walk, cast_of
from training.world.dataset_sequences import walk_sequences
from training.world.dataset_settings import PRESETS, DatasetSettings
from training.world.lidar import LidarConfig
from training.world.paths import through
from training.world.plans import Crossing, Plan, Role
from training.world.processes import mapping, one_thread
from training.world.scene import Scene, SensorConfig

WALKERS, COLUMNS = 6, 1024
CLOTHES = ("normal", "bag", "clothing", "carrying", "umbrella", "uniform")


@dataclass(frozen=True)
class Done:
    """A walk that was made: in which process, its person-frames, seconds by clock and processor, peak MB."""

    process: int
    frames: int
    clock: float
    processor: float
    peak_mb: float


def world_figures(processes: Sequence[int] = (1, 2), rounds: int = 1) -> dict[str, Any]:
    """Everything; rounds: how often the eight conditions are gone through, at least once."""
    if rounds < 1:
        raise ValueError(f"rounds must be 1 or more; got {rounds}")
    settings = replace(PRESETS["bench"], probes=1)
    return {
        "person_frames": {str(count): person_frames(settings, count, rounds) for count in processes},
        "scene": _in_one_thread(scene_figures),
        "peak_mb": round(peak_mb(), 0),
    }


def person_frames(settings: DatasetSettings, processes: int, rounds: int) -> dict[str, Any]:
    """Person-frames a second, one view and both sensors each, at crop size, all conditions and views.

    per_s: by the clock, summed over the processes, without their first walk, which loads the body model;
    per_processor_s: of one process and a second of processor time, which other work disturbs less.
    """
    tasks = [(identity, walk, settings) for identity, walk in _walks(settings, processes + rounds)]
    with mapping(processes) as mapped:
        found = list(mapped(_made, tasks))
    by_process: dict[int, list[Done]] = defaultdict(list)
    for done in found:
        by_process[done.process].append(done)
    counted = [kept for each in by_process.values() if (kept := each[1:])]
    frames = sum(done.frames for kept in counted for done in kept)
    rates = [sum(done.frames for done in kept) / sum(done.clock for done in kept) for kept in counted]
    return {
        "per_s": round(sum(rates)),
        "per_processor_s": round(frames / sum(done.processor for kept in counted for done in kept)),
        "person_frames": frames,
        "peak_mb_a_process": round(max(done.peak_mb for done in found)),
    }


def scene_figures(repeats: int = 3) -> dict[str, Any]:
    """Milliseconds of a full frame with 6 walkers: a picture of 640 x 480 and a whole turn of 64 x 1024."""
    scene = Scene(crowd(), SensorConfig(lidar=LidarConfig(columns=COLUMNS, step=360 / COLUMNS)), seed=1)
    _see(scene, 0.2)  # renders what stands still, once a recording
    frames = {kind: sum(1 for _ in getattr(scene, kind)(0.0, 1.0)) for kind in ("shots", "turns")}
    spent = {kind: least(lambda kind=kind: list(getattr(scene, kind)(0.0, 1.0)), repeats) for kind in frames}  # type: ignore[misc]
    clock = {kind: 1e3 * spent[kind].clock / count for kind, count in frames.items()}
    processor = sum(1e3 * spent[kind].processor / count for kind, count in frames.items())
    return {
        "walkers": WALKERS,
        "picture_ms": round(clock["shots"], 1),
        "sweep_ms": round(clock["turns"], 1),
        "both_ms": round(sum(clock.values()), 1),
        "both_processor_ms": round(processor, 1),
    }


def crowd() -> Plan:
    """Six people side by side in depth, all in both sensors' view in the first second."""
    crossings = []
    for k in range(WALKERS):
        ahead = 6.0 + 0.9 * k
        role = Role(person=k, walk=0, speed=1.2, name=f"person {k}", condition=CLOTHES[k])
        path = through([(ahead, -3.0), (ahead, 4.5)])
        crossings.append(Crossing(role, path, start=-0.5 - 0.6 * k))
    return Plan(1.0, tuple(crossings))


def _in_one_thread(figures: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    with one_thread():  # as recordings are made
        return figures()


def _see(scene: Scene, seconds: float) -> None:
    list(scene.shots(0.0, seconds)), list(scene.turns(0.0, seconds))


def _walks(settings: DatasetSettings, rounds: int) -> list[tuple[Identity, Walk]]:
    """One probe walk of as many people as there are conditions in so many rounds."""
    people = cast_of(settings).train[: rounds * len(CONDITIONS)]
    return [(identity, identity.walks[-1]) for identity in people]


def _made(task: tuple[Identity, Walk, DatasetSettings]) -> Done:
    clock, processor = time.perf_counter(), time.process_time()
    frames = sum(_length(sequence.frames) for sequence in walk_sequences(*task))
    spent = time.perf_counter() - clock, time.process_time() - processor
    return Done(os.getpid(), frames, *spent, peak_mb())


def _length(frames: dict[str, Any]) -> int:
    return len(np.asarray(frames["sync-Camera-Sils_aligned"]))
