"""What hides a walker from a sensor for a part of the way: a pole, a bush, or somebody else walking by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

from training.world.solids import BARK, LEAVES, Solid, crown, pole
from training.world.surroundings import ray_scene

if TYPE_CHECKING:
    from training.world.sights import Passing

Floats = NDArray[np.float32]

ALONG = (0.5, 0.8)  # how far from the sensor to the walker an occluder stands, as a share
CONTRARY = 0.75  # of those who walk by
RADIAL_DEG = 6.0  # a walk that spans less seen from the sensor comes straight at it or leaves


class Occluder(Protocol):
    """Something that rays can meet before they meet the walker."""

    def distances(self, frames: NDArray[np.intp], directions: Floats, origin: Floats) -> Floats:
        """Lengths (R,) along rays of frames (R,) from one origin (3,), inf for a miss; LiDAR frame."""
        ...


class Standing:
    """A solid that stands still; its vertices are in the LiDAR frame."""

    def __init__(self, solid: Solid) -> None:
        self.solid = solid
        self._scene = ray_scene([(solid.vertices, solid.faces)])

    def distances(self, frames: NDArray[np.intp], directions: Floats, origin: Floats) -> Floats:
        """See Occluder; the same in all frames."""
        start = np.broadcast_to(np.asarray(origin, np.float32), directions.shape)
        rays = o3d.core.Tensor.from_numpy(np.concatenate([start, directions], axis=1, dtype=np.float32))
        return np.asarray(self._scene.cast_rays(rays, nthreads=1)["t_hit"].numpy())


def nearest(occluders: Sequence[Occluder], frames: NDArray[np.intp], rays: Floats, origin: Floats) -> Floats:
    """Lengths (R,) along rays to the first of some occluders, inf for none."""
    result = np.full(len(rays), np.inf, np.float32)
    for occluder in occluders:
        np.minimum(result, occluder.distances(frames, rays, origin), out=result)
    return result


def pole_or_bush(passing: Passing, rng: np.random.Generator) -> Standing:
    """One that stands between the LiDAR and the walker in a middle frame.

    A pole of 8 to 30 cm, or a bush that reaches up to the waist. Somebody who comes straight at the sensor
    or leaves is behind it all the time until he is past it: there it stands aside and hides an edge of him.
    """
    ground, bush = float(passing.places[0, 2]), rng.random() < 0.5
    radius = rng.uniform(0.25, 0.45) if bush else rng.uniform(0.04, 0.15)
    x, y = _spot(passing, radius, rng)
    if bush:
        solid = crown("bush", (x, y, rng.uniform(0.8, 1.2) - radius), radius, LEAVES)
    else:
        solid = pole("pole", x, y, radius, rng.uniform(2.2, 4.0), BARK)
    return Standing(replace(solid, vertices=solid.vertices + np.float32([0, 0, ground])))


def walker_between(passing: Passing, other: Passing, pace: float, rng: np.random.Generator) -> Passing:
    """Somebody with the bodies, meshes and poses of `other` who crosses the line of sight in a middle frame.

    Three of four come the other way; who walks along hides the walker for seconds.
    pace: metres a frame; the result goes into passing.occluders
    """
    frame, place = _crossed(passing, rng)
    bearing = _bearing(passing)
    side = -1 if bearing[-1] > bearing[0] else 1
    side *= 1 if rng.random() < CONTRARY else -1
    across = bearing[frame] + side * np.pi / 2 + rng.uniform(-0.4, 0.4)
    along = (np.arange(len(passing.places)) - frame)[:, None] * pace
    spots = place + along * np.array([np.cos(across), np.sin(across)])
    places = np.column_stack([spots, passing.places[:, 2]]).astype(np.float32)
    return replace(other, places=places, heading=float(across))


def _bearing(passing: Passing) -> NDArray[np.float64]:
    """Of the walker as the sensor turns after him, radians (T,)."""
    return np.unwrap(np.arctan2(passing.places[:, 1], passing.places[:, 0]).astype(np.float64))


def _crossed(passing: Passing, rng: np.random.Generator) -> tuple[int, NDArray[np.float64]]:
    """One of the middle frames and a place over ground on its line of sight to the walker, (2,)."""
    count = len(passing.places)
    frame = int(rng.integers(count // 4, max(count * 3 // 4, count // 4 + 1)))
    return frame, passing.places[frame, :2].astype(np.float64) * rng.uniform(*ALONG)


def _spot(passing: Passing, half: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A place over ground on the line of sight to the walker in one of the middle frames, (2,).

    half: half the occluder's width, metres
    """
    _, spot = _crossed(passing, rng)
    if np.degrees(np.ptp(_bearing(passing))) >= RADIAL_DEG:
        return spot
    aside = np.array([-spot[1], spot[0]]) / np.linalg.norm(spot)
    return np.asarray(spot + aside * rng.choice((-1, 1)) * (half + rng.uniform(0.02, 0.12)))
