"""A recording as it happens: who is where, and what camera and LiDAR see of it at any time.

The world's frame is base_link: on the ground under the LiDAR, x ahead, y left, z up, metres.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sgcross_core.settings import nested
from training.world.bodies import Body
from training.world.camera import Camera, CameraConfig, View
from training.world.lidar import Lidar, LidarConfig, Sweep
from training.world.people import sample_person
from training.world.plans import Crossing, Plan
from training.world.solids import yard
from training.world.surroundings import Surroundings
from training.world.walker import Walker
from training.world.wardrobe import outfit

Floats = NDArray[np.float64]
EXPOSURE_MOMENTS = 3  # of a frame with motion blur
CAMERA_PHASE = 0.37  # of its period: the two sensors are not triggered together


@dataclass(frozen=True)
class SensorConfig:
    """The two sensors of a recording."""

    camera: CameraConfig = nested(CameraConfig)  # noqa: RUF009
    lidar: LidarConfig = nested(LidarConfig)  # noqa: RUF009


class Actor:
    """Somebody on the way through the scene."""

    def __init__(self, crossing: Crossing) -> None:
        self.crossing, self.role = crossing, crossing.role
        self._walker = Walker(sample_person(self.role.person), self.role.walk)
        self._outfit = outfit(self.role.condition, self._walker.person, self.role.walk)
        self._skin = self._outfit.skin

    def present(self, times: Floats) -> NDArray[np.bool_]:
        """Whether they are on their way at times (T,), seconds."""
        return (times >= self.crossing.start) & (times < self.crossing.finish)

    def place(self, times: Floats) -> Floats:
        """Where on the ground they are, (T, 2), metres."""
        return self.crossing.path.at(self._distance(times))

    def bodies(self, times: Floats) -> list[Body]:
        """Their body at times (T,), in the world."""
        if not len(times):
            return []
        heading, middle = self.crossing.path.heading(self._distance(times)), self.place(times)
        meshes = self._walker.meshes((times - self.crossing.start) * self._walker.cadence)
        meshes = self._outfit.meshes(meshes)
        cos, sin = np.cos(heading)[:, None], np.sin(heading)[:, None]
        x = meshes[..., 0] * cos - meshes[..., 1] * sin + middle[:, :1]
        y = meshes[..., 0] * sin + meshes[..., 1] * cos + middle[:, 1:]
        placed = np.stack([x, y, meshes[..., 2]], axis=-1).astype(np.float32)
        return [Body(self.role.person, vertices, self._skin) for vertices in placed]

    def _distance(self, times: Floats) -> Floats:
        return (times - self.crossing.start) * self.role.speed


@dataclass(frozen=True)
class Shot:
    """A frame of the camera: the true time in seconds, who was there, and the view."""

    time: float
    bodies: list[Body]
    view: View


@dataclass(frozen=True)
class Turn:
    """A sweep of the LiDAR: its true time in seconds, who was there, and the sweep."""

    time: float
    bodies: list[Body]
    sweep: Sweep


class Scene:
    """A plan seen by both sensors; equal plans, settings and seeds give equal bytes."""

    def __init__(self, plan: Plan, config: SensorConfig, seed: int) -> None:
        self.plan, self.config, self.seed = plan, config, seed
        self._actors = [Actor(crossing) for crossing in plan.crossings]

    @cached_property
    def surroundings(self) -> Surroundings:
        return Surroundings(yard(), sun(self.seed), self.seed)

    @cached_property
    def _camera(self) -> Camera:
        return Camera(self.config.camera, self.surroundings)

    @cached_property
    def _lidar(self) -> Lidar:
        return Lidar(self.config.lidar, self.surroundings)

    def shots(self, begin: float, end: float) -> Iterator[Shot]:
        """The camera's frames from begin to before end, seconds."""
        rate = self.config.camera.rate
        numbers = _numbers(begin * rate - CAMERA_PHASE, end * rate - CAMERA_PHASE)
        times = (numbers + CAMERA_PHASE) / rate
        moments = [self._bodies(times + late, times + late) for late in self._exposure()]
        for number, time, *bodies in zip(numbers, times, *moments, strict=True):
            view = self._camera.exposed(bodies, hash_of(self.seed, 1, int(number)))
            yield Shot(float(time), bodies[len(bodies) // 2], view)

    def turns(self, begin: float, end: float) -> Iterator[Turn]:
        """The LiDAR's sweeps from begin to before end, seconds."""
        numbers = _numbers(begin * self.config.lidar.rate, end * self.config.lidar.rate)
        times = numbers / self.config.lidar.rate
        for number, time, bodies in zip(numbers, times, self._bodies(times, None), strict=True):
            sweep = self._lidar.sweep(bodies, (self.seed, 2, int(number)))
            yield Turn(float(time), bodies, sweep)

    def _exposure(self) -> Floats:
        """Seconds before and after a frame's time at which its light is gathered."""
        half = self.config.camera.exposure / 2000
        return np.linspace(-half, half, EXPOSURE_MOMENTS) if half else np.zeros(1)

    def _bodies(self, times: Floats, exact: Floats | None) -> list[list[Body]]:
        """Who is there at each of the times; without exact times each as the turning beams meet them."""
        found: list[list[Body]] = [[] for _ in times]
        for actor in self._actors:
            there = np.flatnonzero(actor.present(times))
            at = times[there]
            if exact is None:
                at = at + self.config.lidar.moment(actor.place(at))
            for index, body in zip(there, actor.bodies(at), strict=True):
                found[index].append(body)
        return found


def sun(seed: int) -> NDArray[np.float32]:
    """Towards the sun, unit vector (3,): behind the sensors, 45 to 60 degrees high."""
    rng = np.random.default_rng([seed, 31])
    azimuth, height = np.radians(180 + rng.uniform(-60, 60)), np.radians(rng.uniform(45, 60))
    flat = np.cos(height)
    return np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(height)], np.float32)


def hash_of(*numbers: int) -> int:
    """A seed below 2^31 that differs when any of the numbers does."""
    # The count comes first because numpy takes (1,) and (1, 0) for the same seed.
    return int(np.random.SeedSequence([len(numbers), *numbers]).generate_state(1)[0] >> 1)


def _numbers(begin: float, end: float) -> NDArray[np.int64]:
    """The whole numbers from begin to before end, none below 0; a millionth is rounding."""
    return np.arange(max(0, int(np.ceil(begin - 1e-6))), int(np.ceil(end - 1e-6)))
