"""From a plan to a bag and its truth: the scene is rendered a second at a time, in one process or more."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.bags import BagWriter, StaticTransform
from training.bags.messages import SECOND, jpeg
from training.world.outages import Outage
from training.world.plans import Plan
from training.world.processes import one_thread, start_worker
from training.world.scene import Scene, SensorConfig, Shot, Turn, hash_of
from training.world.truth import Box, Counts, box_of, truth

BEGIN = 1_767_225_600 * SECOND  # the first sweep of every recording: 2026-01-01 00:00 UTC
WORLD, CAMERA, LIDAR = "base_link", "camera_optical_frame", "lidar"
IMAGE_TOPIC, INFO_TOPIC, POINTS_TOPIC = "/camera/image_raw/compressed", "/camera/camera_info", "/lidar/points"


@dataclass(frozen=True)
class Order:
    """A recording to make. outages: when a sensor is silent; what it would have seen stays in the truth."""

    plan: Plan
    config: SensorConfig
    seed: int
    outages: tuple[Outage, ...] = ()

    @property
    def slices(self) -> int:
        """Seconds, the last may be a part of one."""
        return int(np.ceil(self.plan.seconds))


@dataclass(frozen=True)
class FrameMessage:
    """A JPEG on its way into the bag; time: the true one; all in nanoseconds."""

    time: int
    stamp: int
    arrival: int
    data: bytes
    pixels: Counts


@dataclass(frozen=True)
class SweepMessage:
    """A cloud on its way into the bag; nanoseconds."""

    stamp: int
    arrival: int
    cloud: NDArray[np.void]
    boxes: list[Box]


Slice = list[FrameMessage | SweepMessage]


def record(
    writer: BagWriter, order: Order, settings: Mapping[str, Any], slices: Iterator[Slice]
) -> Mapping[str, Any]:
    """Write a bag from its slices in order; the content for its truth file. Broken off, it leaves nothing."""
    frames: list[FrameMessage] = []
    sweeps: list[SweepMessage] = []
    with writer as bag:
        bag.static_transforms(transforms(order.config), BEGIN)
        for message in in_order(slices):
            if not _is_silent(message, order.outages):
                _write(bag, message, order.config)
            (frames if isinstance(message, FrameMessage) else sweeps).append(_light(message))  # type: ignore[arg-type]
    seen = [(f.time, f.pixels) for f in sorted(frames, key=lambda f: f.time)]
    return truth(
        order.plan, settings, [(s.stamp, s.boxes) for s in sorted(sweeps, key=lambda s: s.stamp)], seen
    )


@contextmanager
def rendering(order: Order, processes: int) -> Iterator[Iterator[Slice]]:
    """The slices of a recording, in order; more processes make them sooner and change nothing else."""
    if processes < 1:
        raise ValueError(f"processes must be 1 or more; got {processes}")
    if processes == 1:
        with one_thread():
            yield (render(order, number) for number in range(order.slices))
        return
    packed = pickle.dumps(order)
    context = multiprocessing.get_context("spawn")  # Open3D's and torch's threads do not survive a fork
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=start_worker)
    try:
        yield pool.map(_render_packed, [packed] * order.slices, range(order.slices))
    finally:
        pool.shutdown(cancel_futures=True)


def render(order: Order, number: int) -> Slice:
    """What both sensors send in second `number` of a recording."""
    return _render_packed(pickle.dumps(order), number)


def transforms(config: SensorConfig) -> list[StaticTransform]:
    """Where the sensors are."""
    return [
        StaticTransform(WORLD, LIDAR, config.lidar.pose),
        StaticTransform(WORLD, CAMERA, config.camera.pose),
    ]


def in_order(slices: Iterator[Slice]) -> Iterator[FrameMessage | SweepMessage]:
    """All messages by their arrival: what arrives after the end of its slice waits for the next one."""
    waiting: Slice = []
    for number, fresh in enumerate(slices):
        waiting = sorted([*waiting, *fresh], key=lambda m: m.arrival)
        end = BEGIN + (number + 1) * SECOND
        ready = sum(message.arrival < end for message in waiting)
        yield from waiting[:ready]
        waiting = waiting[ready:]
    yield from waiting


@lru_cache(maxsize=1)
def _scene(packed: bytes) -> Scene:
    order: Order = pickle.loads(packed)  # our own bytes, from the process that started this one
    return Scene(order.plan, order.config, order.seed)


def _render_packed(packed: bytes, number: int) -> Slice:
    scene = _scene(packed)
    end = min(number + 1.0, scene.plan.seconds)
    shots = [_frame_message(scene, shot) for shot in scene.shots(number, end)]
    return [*shots, *(_sweep_message(scene, turn) for turn in scene.turns(number, end))]


def _frame_message(scene: Scene, shot: Shot) -> FrameMessage:
    camera, time = scene.config.camera, _nanoseconds(shot.time)
    late = camera.latency + camera.jitter * _chance(scene.seed, 3, time)
    counts = zip(
        (b.person for b in shot.bodies), zip(shot.view.seen, shot.view.alone, strict=True), strict=True
    )
    stamp, arrival = time + _from_ms(camera.clock_offset), time + max(0, _from_ms(late))
    return FrameMessage(time, stamp, arrival, jpeg(shot.view.image, camera.quality), dict(counts))


def _sweep_message(scene: Scene, turn: Turn) -> SweepMessage:
    lidar, time = scene.config.lidar, _nanoseconds(turn.time)
    late = lidar.latency + lidar.jitter * _chance(scene.seed, 4, time)
    sector = round(float(lidar.column_time(lidar.columns)) * SECOND)
    counts = zip(turn.bodies, turn.sweep.seen, turn.sweep.alone, strict=True)
    boxes = [box_of(b.person, b.vertices, lidar.above_ground, seen, alone) for b, seen, alone in counts]
    return SweepMessage(time, time + sector + max(0, _from_ms(late)), turn.sweep.cloud, boxes)


def _write(bag: BagWriter, message: FrameMessage | SweepMessage, config: SensorConfig) -> None:
    if isinstance(message, SweepMessage):
        bag.points(POINTS_TOPIC, message.stamp, LIDAR, message.cloud, message.arrival)
        return
    camera, stamp, arrival = config.camera, message.stamp, message.arrival
    bag.image_encoded(IMAGE_TOPIC, stamp, CAMERA, message.data, "jpeg", arrival)
    size = camera.width, camera.height
    bag.camera_info(INFO_TOPIC, stamp, CAMERA, camera.matrix, camera.distortion, *size, arrival)


def _is_silent(message: FrameMessage | SweepMessage, outages: Sequence[Outage]) -> bool:
    sensor, time = ("lidar", message.stamp) if isinstance(message, SweepMessage) else ("camera", message.time)
    return any(outage.silences(sensor, (time - BEGIN) / SECOND) for outage in outages)


def _light(message: FrameMessage | SweepMessage) -> FrameMessage | SweepMessage:
    """Without the data, which would fill the memory."""
    if isinstance(message, SweepMessage):
        return SweepMessage(message.stamp, message.arrival, message.cloud[:0].copy(), message.boxes)
    return FrameMessage(message.time, message.stamp, message.arrival, b"", message.pixels)


def _nanoseconds(seconds: float) -> int:
    return BEGIN + round(seconds * SECOND)


def _from_ms(milliseconds: float) -> int:
    return round(milliseconds * 1_000_000)


def _chance(seed: int, sensor: int, time: int) -> float:
    return float(np.random.default_rng([hash_of(seed, sensor), time]).standard_normal())
