"""Clips for training: a person walks straight past a camera and a LiDAR; gait tiles made as on the robot.

The tiles come from sgcross_core.gait, from a clean mask and from the returns on the person as the people
pipeline would hand them over: those near the ground are gone, and the ground's height is a little off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import gait_frame
from sgcross_core.settings import check, setting
from training.world.people import Person, checked_seed
from training.world.raycast import StackedBodies
from training.world.sights import CameraSight, LidarSight, Passing
from training.world.walker import Walker

Floats = NDArray[np.float64]

BEAMS = np.linspace(-22.0, 7.0, 64)  # a common 64-beam sensor, tilted a little down
BEAM_SHIFT_DEG = 0.23  # half a beam gap, how far the table is shifted from clip to clip
TRIES = 256  # random paths to choose the first fitting one from


@dataclass(frozen=True)
class ClipSettings:
    """How clips are made; ranges are uniform and drawn anew for each clip."""

    frames: int = setting(16, "frames a clip", low=1, high=600)
    rate: float = setting(10.0, "frames a second", low=1.0, high=100.0, unit="Hz")
    nearest: float = setting(4.0, "closest that somebody comes", low=3.0, high=15.0, unit="m")
    farthest: float = setting(14.0, "farthest that somebody goes", low=4.0, high=20.0, unit="m")
    bearing: float = setting(40.0, "largest bearing to either side", low=1.0, high=90.0, unit="degrees")
    sensor_low: float = setting(1.7, "lowest LiDAR above the ground", low=0.3, high=3.0, unit="m")
    sensor_high: float = setting(1.9, "highest LiDAR above the ground", low=0.3, high=3.0, unit="m")
    pitch: float = setting(8.0, "camera looks down by at most this", low=0.0, high=30.0, unit="degrees")
    ground_cut: float = setting(0.06, "returns below this height are taken for ground", low=0.0, high=0.3)
    ground_cut_spread: float = setting(0.03, "half range of that cut", low=0.0, high=0.1, unit="m")
    ground_error: float = setting(0.02, "sd of the ground's estimated height", low=0.0, high=0.2, unit="m")

    def __post_init__(self) -> None:
        check(self)
        for low, high in (("nearest", "farthest"), ("sensor_low", "sensor_high")):
            if not getattr(self, low) <= getattr(self, high):
                found = f"{getattr(self, low)} and {getattr(self, high)}"
                raise ValueError(f"ClipSettings.{low} must not exceed {high}; got {found}")


@dataclass(frozen=True)
class Clip:
    """One walk past the sensors.

    tiles:    uint8 (T, 64, 64, 3), see sgcross_core.gait.GaitFrame.tile; zero where a sensor saw too little
    view:     float32 (T,), degrees 0..360 from the heading to the sensor, counter-clockwise from above:
              0 comes straight at the sensor, 90 shows its left side, 180 walks away
    distance: float32 (T,), metres over ground
    """

    tiles: NDArray[np.uint8]
    view: NDArray[np.float32]
    distance: NDArray[np.float32]


@dataclass(frozen=True)
class Path:
    """Places float64 (T, 2) over ground in the LiDAR frame, and the heading in radians."""

    places: Floats
    heading: float

    def view(self) -> Floats:
        """Degrees 0..360, (T,), see Clip."""
        to_sensor = np.arctan2(-self.places[:, 1], -self.places[:, 0])
        return np.asarray(np.degrees(to_sensor - self.heading) % 360)


def clip(
    person: Person, walk_seed: int, view_deg: float, settings: ClipSettings | None = None, seed: int = 0
) -> Clip:
    """One clip of a walk, seen from view_deg (see Clip) in its middle; equal arguments give equal bytes."""
    return walk_clips(person, walk_seed, [view_deg], settings, seed)[0]


def walk_clips(
    person: Person, walk_seed: int, views: list[float], settings: ClipSettings | None = None, seed: int = 0
) -> list[Clip]:
    """Clips of one walk, one for each view in degrees.

    They share the walker's poses of one stride, each frame takes the nearest: at most 14 ms off.
    """
    settings, walker = settings or ClipSettings(), Walker(person, walk_seed)
    key = [checked_seed(seed, "seed"), person.seed, walk_seed]
    bodies = StackedBodies(walker.stride, walker.faces)
    rngs = [np.random.default_rng([*key, k]) for k in range(len(views))]
    return [_clip(walker, bodies, view, settings, rng) for view, rng in zip(views, rngs, strict=True)]


def straight_path(
    view_deg: float,
    speed: float,
    settings: ClipSettings,
    rng: np.random.Generator,
    middle_m: tuple[float, float] | None = None,
) -> Path:
    """A random straight path, seen from view_deg in its middle, within the settings' limits.

    middle_m: least and largest distance of its middle, if narrower than the settings' nearest and farthest
    """
    distance = rng.uniform(*(middle_m or (settings.nearest, settings.farthest)), TRIES)
    bearing = np.radians(rng.uniform(-settings.bearing, settings.bearing, TRIES))
    heading = bearing + np.pi - np.radians(view_deg)
    middle = distance[:, None] * np.stack([np.cos(bearing), np.sin(bearing)], axis=-1)
    ahead = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    along = (np.arange(settings.frames) - (settings.frames - 1) / 2) * (speed / settings.rate)
    places = middle[:, None] + ahead[:, None] * along[:, None]
    fits = np.flatnonzero(_inside(places, settings))
    if len(fits) == 0:
        raise ValueError(
            f"no straight path of {settings.frames} frames at {speed:.1f} m/s fits between "
            f"{settings.nearest} and {settings.farthest} m; take fewer frames or a wider range"
        )
    return Path(places[fits[0]], float(heading[fits[0]]))


def _inside(places: Floats, settings: ClipSettings) -> NDArray[np.bool_]:
    distance = np.hypot(places[..., 0], places[..., 1])
    bearing = np.degrees(np.abs(np.arctan2(places[..., 1], places[..., 0])))
    near, far = distance >= settings.nearest, distance <= settings.farthest
    return np.asarray((near & far & (bearing <= settings.bearing)).all(axis=-1))


def _clip(
    walker: Walker, bodies: StackedBodies, view: float, settings: ClipSettings, rng: np.random.Generator
) -> Clip:
    path = straight_path(view, walker.speed, settings, rng)
    ground = sensor_ground(settings, rng)
    passing = _passing(
        walker, bodies, path, ground, rng.random() + np.arange(settings.frames) / settings.rate
    )
    masks = camera_towards(path, settings, rng).masks(passing)
    sight = LidarSight(BEAMS + rng.uniform(-BEAM_SHIFT_DEG, BEAM_SHIFT_DEG))
    points, guessed = person_points(passing, ground, sight, settings, rng)
    tiles = [gait_frame(0, m, p, guessed).tile() for m, p in zip(masks, points, strict=True)]
    distance = np.hypot(*path.places.T)
    return Clip(np.stack(tiles), path.view().astype(np.float32), distance.astype(np.float32))


def sensor_ground(settings: ClipSettings, rng: np.random.Generator) -> float:
    """The height of the ground in the LiDAR frame, metres, below 0."""
    return float(-rng.uniform(settings.sensor_low, settings.sensor_high))


def person_points(
    passing: Passing, ground: float, sight: LidarSight, settings: ClipSettings, rng: np.random.Generator
) -> tuple[list[NDArray[np.float32]], float]:
    """What the people pipeline would hand over: points (N, 3) a frame without those near the ground, and the
    height at which it takes the ground to be."""
    sweeps = sight.points(passing, rng)
    guessed = float(ground + rng.normal(0, settings.ground_error))
    floor = guessed + settings.ground_cut + settings.ground_cut_spread * rng.uniform(-1, 1)
    return [points[points[:, 2] > floor] for points in sweeps], guessed


def camera_towards(path: Path, settings: ClipSettings, rng: np.random.Generator) -> CameraSight:
    """A camera that looks roughly towards the middle of the path."""
    x, y = path.places.mean(axis=0)
    return CameraSight(yaw=float(np.degrees(np.arctan2(y, x)) / 2), pitch=rng.uniform(0, settings.pitch))


def _passing(walker: Walker, bodies: StackedBodies, path: Path, ground: float, times: Floats) -> Passing:
    poses = np.rint(times * walker.cadence * len(walker.stride)).astype(np.intp) % len(walker.stride)
    places = np.column_stack([path.places, np.full(len(path.places), ground)]).astype(np.float32)
    return Passing(bodies, walker.stride, poses, places, path.heading)
