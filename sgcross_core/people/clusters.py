"""People in a LiDAR sweep: what rises from the ground as a person does, parted where two stand close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgcross_core import settings
from sgcross_core.people.feet import LOW_M, Floor
from sgcross_core.people.occlusion import Outlook
from sgcross_core.people.scenery import TALL_M, Scenery
from sgcross_core.people.splitting import split
from sgcross_core.sensing.ground import Plane
from sgcross_core.settings import setting

Floats = NDArray[np.floating[Any]]
Points = NDArray[np.float32]
Indices = NDArray[np.intp]

FULL_CELL_M = 12.0  # beyond this range cells grow, because returns are further apart
SURFACE_M = 0.09  # from the returns on a person's near side to the middle of the body
FLOATING_M = 0.9  # what begins higher than this above the ground does not stand on it
HIDDEN = 0.06  # share of a person's outline that may be hidden


@dataclass(frozen=True)
class ClusterConfig:
    """Which groups of returns can be people."""

    static_sensor: bool = setting(True, "the LiDAR stands still, so what stays in place is scenery")
    scenery_sweeps: int = setting(60, "how long scenery is remembered", low=2, high=10000, unit="sweeps")
    max_range_m: float = setting(25.0, "people are looked for up to here", low=2.0, high=100.0, unit="m")
    min_range_m: float = setting(0.7, "nearer returns are the robot itself", low=0.0, high=10.0, unit="m")
    foot_gap_m: float = setting(0.06, "returns lower than this are ground", low=0.0, high=0.5, unit="m")
    cell_m: float = setting(
        0.15, "returns in neighbouring cells belong together", low=0.05, high=0.5, unit="m"
    )
    min_points: int = setting(15, "fewest returns of a person", low=3, high=1000)
    min_height_m: float = setting(1.0, "shortest person", low=0.3, high=2.0, unit="m")
    max_height_m: float = setting(2.2, "tallest person", low=1.0, high=2.35, unit="m")
    max_footprint_m: float = setting(
        1.4, "widest person, arms and stride included", low=0.4, high=3.0, unit="m"
    )

    def __post_init__(self) -> None:
        settings.check(self)
        if self.min_height_m >= self.max_height_m:
            raise ValueError(
                "ClusterConfig.min_height_m must be below max_height_m; "
                f"got {self.min_height_m} and {self.max_height_m}"
            )


@dataclass(frozen=True, eq=False)
class Cluster:
    """One person's returns.

    points: float32 (N, 3), metres, LiDAR frame; ground_z: height of the ground below, same frame;
    whole: False when something nearer hides a part from the sensor
    """

    points: Points
    ground_z: float
    whole: bool = True

    @cached_property
    def height(self) -> float:
        """Crown above the ground, metres."""
        return float(np.sort(self.points[:, 2])[int(0.99 * (len(self.points) - 1))]) - self.ground_z

    @cached_property
    def centre(self) -> NDArray[np.float64]:
        """Middle of the body, float64 (3,), metres: behind the returns, which lie on its near side."""
        upper = self.points[self.points[:, 2] > self.ground_z + 0.4 * self.height]
        flat = (upper if len(upper) else self.points)[:, :2].astype(np.float64).mean(axis=0)
        flat = flat * (1 + SURFACE_M / max(float(np.hypot(*flat)), SURFACE_M))
        return np.array([*flat, self.ground_z + self.height / 2])

    @cached_property
    def size(self) -> NDArray[np.float64]:
        """Extent along x, y, z, float64 (3,), metres; z from the ground."""
        extent = np.ptp(self.points[:, :2], axis=0)
        return np.array([extent[0], extent[1], self.height], np.float64)


class ClusterFinder:
    """Finds people sweep by sweep; it remembers the scenery of a sensor that stands still."""

    def __init__(self, config: ClusterConfig | None = None) -> None:
        self.config = config or ClusterConfig()
        self._scenery = Scenery(self.config.max_range_m, self.config.scenery_sweeps)

    def reset(self) -> None:
        """Forget the scenery."""
        self._scenery.reset()

    def find(self, xyz: Points, ground: Plane, expected: Floats) -> list[Cluster]:
        """The people in a sweep, float32 (P, 3), metres, LiDAR frame.

        expected: (K, 2), where known people should be: they do not become scenery and part when they touch
        """
        floor, every, heights = self._layers(xyz, ground)
        points = every
        if self.config.static_sensor:
            loose = np.flatnonzero(~self._scenery.update(every, heights, expected))
            points, heights = every[loose], heights[loose]
        found = list(self._people(points, heights, expected))
        if not found:
            return []
        outlook = Outlook(every)
        return [self._cluster(points[one], heights[one], ground, floor, outlook) for one in found]

    def _layers(self, xyz: Points, ground: Plane) -> tuple[Floor, Points, Floats]:
        """The returns within reach: those at the feet, those above, and the heights of the latter."""
        heights = ground.height(xyz)
        x, y, _ = xyz.T
        square = x * x + y * y
        kept = (square < self.config.max_range_m**2) & (square > self.config.min_range_m**2)
        low = np.flatnonzero(kept & (np.abs(heights) < LOW_M))
        high = np.flatnonzero(kept & (heights >= LOW_M) & (heights < TALL_M))
        return Floor(xyz[low], heights[low]), xyz[high], heights[high]

    def _people(self, points: Points, heights: Floats, expected: Floats) -> Iterator[Indices]:
        """Indices of the returns of each person."""
        for group in self._groups(points, heights):
            for part in split(points[group], heights[group], expected, self.config.max_footprint_m):
                if self._human(points[group[part]], heights[group[part]]):
                    yield group[part]

    def _groups(self, points: Points, heights: Floats) -> Iterator[Indices]:
        """Indices of connected returns that are tall enough and not far too wide."""
        if len(points) < self.config.min_points:
            return
        labels = self._labels(points)
        order = np.argsort(labels, kind="stable")
        starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
        sizes = np.diff(starts, append=len(order))
        wide = [np.maximum.reduceat(v, starts) - np.minimum.reduceat(v, starts) for v in points[order, :2].T]
        top, low = np.maximum.reduceat(heights[order], starts), np.minimum.reduceat(heights[order], starts)
        likely = (sizes >= self.config.min_points) & (top >= self.config.min_height_m) & (low < FLOATING_M)
        likely &= np.maximum(*wide) < 2 * self.config.max_footprint_m
        for start, size in zip(starts[likely], sizes[likely], strict=True):
            yield order[start : start + size]

    def _labels(self, points: Points) -> NDArray[np.int32]:
        """Which connected component of occupied cells each return lies in, seen from above."""
        cells = (shrunk(points[:, :2]) * np.float32(1 / self.config.cell_m)).astype(np.intp)
        cells -= cells.min(axis=0)
        occupied = np.zeros(cells.max(axis=0) + 1, bool)
        occupied[cells[:, 0], cells[:, 1]] = True
        labels, _ = ndimage.label(occupied, np.ones((3, 3), bool))
        return np.asarray(labels[cells[:, 0], cells[:, 1]], np.int32)

    def _human(self, points: Points, heights: Floats) -> bool:
        config = self.config
        if len(points) < config.min_points or heights.min() > FLOATING_M:
            return False
        wide = np.ptp(points[:, :2], axis=0).max()
        return bool(
            config.min_height_m <= heights.max() <= config.max_height_m and wide <= config.max_footprint_m
        )

    def _cluster(
        self, body: Points, heights: Floats, ground: Plane, floor: Floor, outlook: Outlook
    ) -> Cluster:
        feet, level = floor.below(body, heights, self.config.foot_gap_m)
        x, y = body[:, :2].mean(axis=0)
        whole = outlook.hidden_share(body) <= HIDDEN
        return Cluster(np.concatenate([body, feet]), ground.z_at(float(x), float(y)) + level, whole)


def shrunk(flat: Floats) -> Floats:
    """Places (N, 2) with what lies beyond 12 m drawn nearer, so that equal cells grow with the range."""
    far = np.hypot(flat[:, 0], flat[:, 1]) / np.float32(FULL_CELL_M)
    scale = np.where(far > 1, (1 + np.log(np.maximum(far, 1))) / np.maximum(far, 1), 1).astype(flat.dtype)
    drawn: Floats = flat * scale[:, None]
    return drawn
