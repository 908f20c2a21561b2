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
from training.data.layout import DEPTH_VIEWS, VIEWS
from training.data.range_view import range_views
from training.world.clips import (
    ClipSettings, Path, camera_towards, person_points, sensor_ground, straight_path,
)  # fmt: skip
from training.world.dataset_settings import DatasetSettings, Identity, Walk, sequence_frames
from training.world.people import sample_person
from training.world.raycast import StackedBodies
from training.world.sights import Passing
from training.world.walker import Walker

RATE_HZ, CAMERA_RATE = 10.0, 3  # sweeps a second; camera frames a sweep, when all are recorded
STRETCH = 2  # times the longest sequence: each view sees its own part of one walk of this length
LATEST_START_S = 10.0
VIEW_JITTER_DEG = 5.0


@dataclass(frozen=True)
class Sequence:
    """frames: by modality, what its pickle holds, T frames each (3 T of an unsynchronised camera).

    facts: of the side file, true by construction
    """

    view: str
    frames: dict[str, Any]
    facts: dict[str, Any]


@dataclass(frozen=True)
class _Stage:
    """A walk ready to be seen: all poses at `rate` frames a sweep."""

    walker: Walker
    bodies: StackedBodies
    meshes: NDArray[np.float32]
    rate: int

    @classmethod
    def of(cls, identity: Identity, walk: Walk, settings: DatasetSettings) -> _Stage:
        walker = Walker(sample_person(identity.person, settings.spread), walk.number)
        rng = np.random.default_rng([settings.seed, identity.person, walk.number])
        rate = CAMERA_RATE if settings.recorded else 1
        times = np.arange(STRETCH * settings.longest * rate) / (RATE_HZ * rate)
        meshes = walker.poses(rng.uniform(0, LATEST_START_S) + times)
        return cls(walker, StackedBodies(meshes, walker.faces), meshes, rate)

    def passing(self, path: Path, first: int, ground: float, step: int) -> Passing:
        """Frames along a path from pose `first` on, every `step`-th pose; the path has a place a frame."""
        places = np.column_stack([path.places, np.full(len(path.places), ground)]).astype(np.float32)
        poses = first + step * np.arange(len(places))
        return Passing(self.bodies, self.meshes, poses, places, path.heading)


def walk_sequences(identity: Identity, walk: Walk, settings: DatasetSettings) -> Iterator[Sequence]:
    """One sequence a view, in the order of settings.view_list; equal arguments give equal bytes."""
    stage = _Stage.of(identity, walk, settings)
    for view in settings.view_list:
        key = [settings.seed, identity.person, walk.number, VIEWS.index(view)]
        yield _sequence(stage, view, settings, np.random.default_rng(key))


def _sequence(
    stage: _Stage, view: str, settings: DatasetSettings, rng: np.random.Generator
) -> Sequence:
    count = sequence_frames(settings, rng)
    first = stage.rate * int(rng.integers(0, STRETCH * settings.longest - count + 1))
    clip = _clip_settings(view, count, stage.rate)
    degrees = float(view[:3]) + rng.uniform(-VIEW_JITTER_DEG, VIEW_JITTER_DEG)
    path = straight_path(degrees, stage.walker.speed, clip, rng)
    ground = sensor_ground(clip, rng)
    masks = camera_towards(path, clip, rng).masks(stage.passing(path, first, ground, 1))
    swept = dataclasses.replace(path, places=path.places[:: stage.rate])
    points, guessed = person_points(stage.passing(swept, first, ground, stage.rate), ground, clip, rng)
    frames = _frames(masks, points, guessed, settings)
    facts = {"view": _rounded(swept.view()), "distance": _rounded(np.hypot(*swept.places.T)), "ground": guessed}
    return Sequence(view, frames, facts)


def _frames(
    masks: list[NDArray[np.bool_]], points: list[NDArray[np.float32]], ground: float, settings: DatasetSettings
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
        recorded = {name.removeprefix("sync-"): found for name, found in frames.items() if name != DEPTH_VIEWS}
        frames |= recorded | {"Camera-Sils_aligned": silhouettes}
    return frames
