"""A spinning LiDAR that looks at a sector ahead. The surroundings are cast once, people in every sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgcross_core.settings import check, setting
from training.world.bodies import Body, visible
from training.world.devices import DEVICES
from training.world.echoes import beside, edges, found, mixed
from training.world.surroundings import Surroundings, cast

Floats = NDArray[np.float32]
Cloud = NDArray[np.void]

POINT = np.dtype(
    [("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("intensity", "<f4"), ("ring", "<u2"), ("time", "<f4")]
)
GRID = 1024  # steps a metre of the coordinates sent
NEAREST_M = 0.5  # a return from nearer than this is not measured


@dataclass(frozen=True)
class LidarConfig:
    """The beams, the place and the noise of the LiDAR; it turns clockwise seen from above."""

    device: str = setting(
        "even", "a real device's beam table, or even for the next three", choices=("even", *DEVICES)
    )
    beams: int = setting(64, "beams, evenly spaced in elevation", low=2, high=256)
    lowest: float = setting(-22.0, "elevation of ring 0", low=-90, high=90, unit="degree")
    highest: float = setting(7.0, "elevation of the last ring", low=-90, high=90, unit="degree")
    columns: int = setting(600, "columns of the sector, which lies evenly about the x axis", low=2, high=4096)
    step: float = setting(0.2, "from column to column", low=0.01, high=10, unit="degree")
    rate: float = setting(10.0, "turns a second", low=0.1, high=60, unit="Hz")
    above_ground: float = setting(1.8, "height of the sensor", low=0.1, high=10, unit="m")
    range_limit: float = setting(60.0, "no returns from beyond", low=1, high=500, unit="m")
    noise: float = setting(0.02, "sd of a range", low=0, high=1, unit="m")
    dropout: float = setting(0.03, "share of returns lost", low=0, high=1)
    limit: float = setting(0.0, "range at 10 % reflectivity, 0 loses no weak echo", low=0, high=500, unit="m")
    divergence: float = setting(0.0, "width of a beam, 0 for a thin ray", low=0, high=2, unit="degree")
    latency: float = setting(2.0, "from the sector's end to arrival", low=0, high=1000, unit="ms")
    jitter: float = setting(0.5, "sd of the arrival", low=0, high=100, unit="ms")

    def __post_init__(self) -> None:
        check(self)
        if self.lowest >= self.highest:
            raise ValueError(
                f"LidarConfig.lowest must be below highest; got {self.lowest} and {self.highest}"
            )
        if self.columns * self.step > 360:
            raise ValueError(
                f"LidarConfig.columns * step must be 360 at most; got {self.columns * self.step}"
            )

    @property
    def azimuths(self) -> NDArray[np.float64]:
        """Of the columns, degrees, left positive, in the order of time: (columns,)."""
        return (np.arange(self.columns)[::-1] - (self.columns - 1) / 2) * self.step

    @property
    def elevations(self) -> NDArray[np.float64]:
        """Of the rings, degrees: (beams,)."""
        if self.device != "even":
            return np.array(DEVICES[self.device].elevations)
        return np.linspace(self.lowest, self.highest, self.beams)

    @property
    def pose(self) -> NDArray[np.float64]:
        """Of the LiDAR in the world, float64 (4, 4): upright, x ahead."""
        pose = np.eye(4)
        pose[2, 3] = self.above_ground
        return pose

    def column_time(self, column: ArrayLike) -> NDArray[np.float64]:
        """Seconds from a sweep's stamp to columns, of any shape; they may be fractions."""
        return np.asarray(column, np.float64) * (self.step / 360 / self.rate)

    def moment(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Seconds from a sweep's stamp until the beams meet world points (..., 2 or 3), within the sector."""
        azimuth = np.degrees(np.arctan2(points[..., 1], points[..., 0]))
        column = np.clip((self.azimuths[0] - azimuth) / self.step, 0, self.columns - 1)
        return self.column_time(column)


@dataclass(frozen=True)
class Sweep:
    """cloud: POINT (P,) in the LiDAR frame, in the order of time; seen: returns from each body; alone: rays
    that would meet it if nothing stood before it; owner: int16 (P,), index of the body, -1 for none."""

    cloud: Cloud
    seen: list[int]
    alone: list[int]
    owner: NDArray[np.int16]


class Lidar:
    """Sweeps over bodies in front of surroundings that stay the same."""

    def __init__(self, config: LidarConfig, surroundings: Surroundings) -> None:
        self.config, self._surroundings = config, surroundings
        self._origin = config.pose[:3, 3].astype(np.float32)
        azimuth, elevation = np.meshgrid(
            np.radians(config.azimuths), np.radians(config.elevations), indexing="ij"
        )
        flat = np.cos(elevation)
        rays = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)], axis=-1)
        self._rays = rays.astype(np.float32)  # (columns, beams, 3)
        distance, strength = self._echoes(None, self._rays.reshape(-1, 3))
        self._range = distance.reshape(self._rays.shape[:2])
        self._strength = strength.reshape(self._rays.shape[:2])

    def sweep(self, bodies: Sequence[Body], seed: Sequence[int]) -> Sweep:
        """One sweep; each body as it is when the beams meet it. Equal seeds have equal noise."""
        distance, strength = self._range.copy(), self._strength.copy()
        owner = np.full(distance.shape, -1, np.int16)
        alone = [self._meet(distance, strength, owner, body, n) for n, body in enumerate(bodies)]
        if self.config.divergence and len(bodies):
            self._split(distance, strength, owner, bodies)
        cloud, whose = self._measured(distance, strength, owner, np.random.default_rng(seed))
        seen = np.bincount(whose[whose >= 0], minlength=len(bodies)).tolist()
        return Sweep(cloud, seen, alone, whose)

    def _meet(
        self, distance: Floats, strength: Floats, owner: NDArray[np.int16], body: Body, number: int
    ) -> int:
        """Enter what is nearer than the distance so far; the number of rays that meet the body alone."""
        at = self._window(body.vertices)
        rays = self._rays[at].reshape(-1, 3)
        if not len(rays):
            return 0
        hits = cast(body.scene, self._origin, rays)
        met = visible(hits)
        near = met[hits.distance[met] < distance[at].reshape(-1)[met]]
        columns, rings = np.divmod(near, self._rays[at].shape[1])
        columns, rings = columns + at[0].start, rings + at[1].start
        facing = np.abs(np.einsum("ij,ij->i", hits.normal[near], rays[near]))
        distance[columns, rings], owner[columns, rings] = hits.distance[near], number
        strength[columns, rings] = body.skin.reflectivity[hits.face[near]] * facing
        return len(met)

    def _echoes(self, body: Body | None, rays: Floats) -> tuple[Floats, Floats]:
        """How far (R,) rays meet a body alone, or the surroundings for None, and the echo's strength (R,)."""
        scene = self._surroundings.scene if body is None else body.scene
        hits = cast(scene, self._origin, rays)
        table = self._surroundings.reflectivity if body is None else body.skin.reflectivity
        met = hits.thing >= 0
        reflected = np.where(met, table[np.where(met, hits.thing if body is None else hits.face, 0)], 0)
        facing = np.abs(np.einsum("ij,ij->i", hits.normal, rays))
        return hits.distance, (reflected * facing).astype(np.float32)

    def _split(
        self, distance: Floats, strength: Floats, owner: NDArray[np.int16], bodies: Sequence[Body]
    ) -> None:
        """Measure again with a beam's whole width where an edge of somebody splits it."""
        shown = cv2.dilate((owner >= 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        at = np.nonzero(shown & edges(distance))
        rays = self._rays[at]
        parts = beside(rays, np.radians(self.config.divergence) / 2).reshape(-1, 3)
        echoes = [self._echoes(thing, parts) for thing in (None, *bodies)]
        lengths, strengths = (np.array(values) for values in zip(*echoes, strict=True))  # (1 + bodies, 4 E)
        first, every = lengths.argmin(axis=0), np.arange(len(parts))

        def five(centre: NDArray[np.generic], beside: NDArray[np.generic]) -> NDArray[np.generic]:
            return np.vstack([centre, beside.reshape(4, -1)]).T

        whose = five(owner[at], first.astype(np.int16) - 1)
        reach = five(distance[at], lengths[first, every])
        measured, made = mixed(reach)
        nearest = np.where(made, reach, np.inf).argmin(axis=1)
        distance[at], owner[at] = measured, whose[np.arange(len(rays)), nearest]
        strength[at] = np.where(made, five(strength[at], strengths[first, every]), 0).mean(axis=1)

    def _window(self, points: Floats) -> tuple[slice, slice]:
        """The columns and rings that world points (N, 3) span."""
        x, y, z = (points - self._origin).T
        column = (self.config.azimuths[0] - np.degrees(np.arctan2(y, x))) / self.config.step
        elevation, rings = np.degrees(np.arctan2(z, np.hypot(x, y))), self.config.elevations
        first, last = np.searchsorted(rings, [elevation.min(), elevation.max()])
        return _span(column, self.config.columns), slice(max(int(first) - 1, 0), int(last) + 1)

    def _measured(
        self, distance: Floats, strength: Floats, owner: NDArray[np.int16], rng: np.random.Generator
    ) -> tuple[Cloud, NDArray[np.int16]]:
        noise = rng.standard_normal(distance.shape, np.float32) * self.config.noise
        lost: Floats | float = self.config.dropout
        if self.config.limit:
            lost = 1 - (1 - lost) * found(strength, distance, self.config.limit)
        kept = rng.random(distance.shape, np.float32) >= lost
        kept &= (distance >= NEAREST_M) & (distance <= self.config.range_limit)
        columns, rings = np.nonzero(kept)
        measured = distance[kept] + noise[kept]
        cloud = np.empty(len(columns), POINT)
        # Sensors send whole millimetres or coarser; the many zero bits halve a bag.
        points = np.rint(self._rays[kept] * measured[:, None] * GRID) / GRID
        cloud["x"], cloud["y"], cloud["z"] = points.T
        cloud["intensity"] = np.rint(255 * strength[kept])
        cloud["ring"], cloud["time"] = rings, self.config.column_time(columns)
        return cloud, owner[kept]


def _span(numbers: Floats, limit: int) -> slice:
    first, last = int(np.floor(numbers.min())), int(np.ceil(numbers.max())) + 1
    return slice(min(max(first, 0), limit), min(max(last, 0), limit))
