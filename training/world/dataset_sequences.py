"""The sequences of one walk: poses made once, seen from every view by both sensors, as frames and true facts.

Silhouettes and depth views come from sgcross_core.gait, as on the robot. A frame in which a sensor saw too
little is all zero, so that the frames of all modalities stay together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import SIDE, depth_view, silhouette
from sgcross_core.model.factors import Factors
from training.data.layout import CONDITIONS, DEPTH_VIEWS, VIEWS
from training.data.range_view import range_views
from training.mocap import MotionWalker
from training.world.clips import (
    ClipSettings,
    Path,
    camera_towards,
    person_points,
    sensor_ground,
    straight_path,
)
from training.world.darkness import SegmenterConfig, segmented
from training.world.dataset_cast import Identity, Walk, walker_of
from training.world.dataset_settings import DatasetSettings
from training.world.devices import device
from training.world.labels import viewpoint, walk_factors
from training.world.moods import Mood
from training.world.occluders import pole_or_bush
from training.world.passersby import Passerby
from training.world.raycast import StackedBodies
from training.world.sights import LidarSight, Passing
from training.world.views import view as view_of
from training.world.walker import Walker
from training.world.wardrobe import Outfit, outfit

RATE_HZ, CAMERA_RATE = 10.0, 3  # sweeps a second; camera frames a sweep, when all are recorded
SPARE = 16  # frames, more than a stride: each view sees its own part of a walk that is so much longer
LATEST_START_S = 10.0
VIEW_JITTER_DEG = 5.0
PATH = ClipSettings(nearest=4.0, farthest=20.0)  # of whole paths; views say where their middles are
BEAM_SHIFT_DEG = 0.1  # how far a LiDAR's table is off, from sequence to sequence
NIGHT = (0.55, 1.0)  # how dark a night is, see darkness
PASSERSBY = 0.5  # of the sequences with occlusion; a pole or a bush stands in the others
NO_UMBRELLA = 0.75  # of the sequences: the segmenter takes the umbrella for a thing of its own


@dataclass(frozen=True)
class Sequence:
    """One view of a walk.

    frames: by modality, what its pickle holds, T frames each (3 T of an unsynchronised camera)
    factors, facts: of the side files, true by construction; facts are view (degrees, see clips.Clip) and
    distance (metres) of each of the T sweeps, the height of the ground as the depth views took it (metres,
    LiDAR frame), how dark it is (0 by day), condition and mood
    """

    view: str
    frames: dict[str, Any]
    factors: Factors
    facts: dict[str, Any]


def walk_sequences(identity: Identity, walk: Walk, settings: DatasetSettings) -> Iterator[Sequence]:
    """One sequence a view, in the order of settings.view_list; equal arguments give equal bytes."""
    stage = _Stage.of(identity, walk, settings)
    for view in settings.view_list:
        key = [settings.seed, identity.person, walk.number, VIEWS.index(view)]
        yield _sequence(stage, view, settings, np.random.default_rng(key))


@dataclass(frozen=True)
class _Stage:
    """A walk ready to be seen.

    meshes: float32 (P, V, 3), dressed, `rate` poses a sweep; passerby: who may get in the way, by
    occlusion alone
    """

    condition: str
    walker: Walker | MotionWalker
    mood: Mood | None
    clothes: Outfit
    meshes: NDArray[np.float32]
    bodies: StackedBodies
    rate: int
    passerby: Passerby | None

    @classmethod
    def of(cls, identity: Identity, walk: Walk, settings: DatasetSettings) -> _Stage:
        rng = np.random.default_rng([settings.seed, identity.person, walk.number])
        walker, mood = walker_of(identity, walk, settings)
        clothes = outfit(walk.condition, walker.person, walk.number)
        rate = CAMERA_RATE if settings.recorded else 1
        frames = np.arange((settings.longest + SPARE) * rate)
        meshes = clothes.meshes(walker.poses(rng.uniform(0, LATEST_START_S) + frames / (RATE_HZ * rate)))
        passerby = Passerby.drawn(rng) if walk.condition == "oc" else None
        bodies = StackedBodies(meshes, clothes.faces)
        return cls(walk.condition, walker, mood, clothes, meshes, bodies, rate, passerby)

    def passing(self, path: Path, first: int, ground: float, rng: np.random.Generator) -> Passing:
        """A frame for each place of the path, from pose `first` on; behind something where that is wanted."""
        places = np.column_stack([path.places, np.full(len(path.places), ground)]).astype(np.float32)
        poses = first + np.arange(len(places))
        skin = self.clothes.skin.reflectivity
        passing = Passing(self.bodies, self.meshes, poses, places, path.heading, reflectivity=skin)
        if self.condition == "ub" and rng.random() < NO_UMBRELLA:
            return dataclasses.replace(passing, left_out=self.clothes.shows("umbrella"))
        if self.passerby is None:
            return passing
        somebody = rng.random() < PASSERSBY
        before = (
            self.passerby.before(passing, self.rate * RATE_HZ, rng)
            if somebody
            else pole_or_bush(passing, rng)
        )
        return dataclasses.replace(passing, occluders=(before,))

    def factors(self, directions: NDArray[np.float64], population: str) -> Factors:
        """Of a recorded walk only the viewpoint: its body is made up, and nobody has told its style."""
        if isinstance(self.walker, MotionWalker):
            return Factors(viewpoint=viewpoint(directions))
        return walk_factors(self.walker, directions, self.mood, population)


def _sequence(stage: _Stage, view: str, settings: DatasetSettings, rng: np.random.Generator) -> Sequence:
    count, seen = int(rng.integers(settings.shortest, settings.longest + 1)), view_of(view)
    first = int(rng.integers(0, settings.longest + SPARE - count + 1))
    clip = dataclasses.replace(PATH, frames=count * stage.rate, rate=RATE_HZ * stage.rate)
    degrees = seen.angle + rng.uniform(-VIEW_JITTER_DEG, VIEW_JITTER_DEG)
    path = straight_path(degrees, stage.walker.speed, clip, rng, (seen.nearest, seen.farthest))
    ground = sensor_ground(clip, rng)
    passing = stage.passing(path, first * stage.rate, ground, rng)
    masks = camera_towards(path, clip, rng).masks(passing)
    points, guessed = person_points(passing.every(stage.rate), ground, _lidar(settings, rng), clip, rng)
    night = rng.uniform(*NIGHT) if stage.condition == "nt" else 0.0
    shades = stage.clothes.shades(stage.meshes[first])
    found = segmented(masks, shades, SegmenterConfig(night, settings.mask_error), rng)
    swept = dataclasses.replace(path, places=path.places[:: stage.rate])
    directions = swept.view()
    facts = {
        "condition": CONDITIONS[stage.condition],
        "mood": stage.mood.name if stage.mood else None,
        "night": night,
        "ground": guessed,
        "view": _rounded(directions),
        "distance": _rounded(np.hypot(*swept.places.T)),
    }
    factors = stage.factors(directions, settings.population)
    return Sequence(view, _frames(found, points, guessed, settings), factors, facts)


def _lidar(settings: DatasetSettings, rng: np.random.Generator) -> LidarSight:
    model = device(settings.lidar)
    shift = rng.uniform(-BEAM_SHIFT_DEG, BEAM_SHIFT_DEG)
    return LidarSight(np.asarray(model.elevations) + shift, step=model.step)


def _frames(
    masks: list[NDArray[np.bool_]],
    points: list[NDArray[np.float32]],
    ground: float,
    settings: DatasetSettings,
) -> dict[str, Any]:
    silhouettes = np.stack([_or_empty(silhouette(mask), 1)[0] for mask in masks])
    views = [depth_view(cloud, ground) for cloud in points]
    frames: dict[str, Any] = {
        "sync-LiDAR-PCDs": points,
        "sync-Camera-Sils_aligned": silhouettes[:: len(masks) // len(points)],
        DEPTH_VIEWS: np.stack([_or_empty(view, 2) for view in views]),
    }
    if settings.jet:
        frames["sync-LiDAR-PCDs_depths"] = range_views(points)
    if settings.recorded:
        swept = {name.removeprefix("sync-"): frames[name] for name in frames if name != DEPTH_VIEWS}
        frames |= swept | {"Camera-Sils_aligned": silhouettes}
    return frames


def _or_empty(pictures: Any, channels: int) -> NDArray[np.uint8]:
    """uint8 (channels, 64, 64): of as many pictures (64, 64), or nothing where a sensor saw too little."""
    empty = np.zeros((channels, SIDE, SIDE), np.uint8)
    return empty if pictures is None else np.reshape(pictures, empty.shape)


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [round(value, 2) for value in values.tolist()]
