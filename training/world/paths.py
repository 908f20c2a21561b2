"""Where people walk: curves on the ground, x ahead of the sensors and y to their left, metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import make_interp_spline

Floats = NDArray[np.float64]

HIDDEN_DEG = 42.0  # a path begins and ends at this azimuth, behind the screens at both sides
VIEW_DEG = 29.0  # within this azimuth the camera sees a whole person
STEP_M = 0.05


@dataclass(frozen=True)
class Path:
    """A curve given by points float64 (K, 2), K >= 2, walked from the first to the last."""

    points: Floats

    def __post_init__(self) -> None:
        points = np.asarray(self.points, np.float64)
        if points.ndim != 2 or points.shape[1:] != (2,) or len(points) < 2 or not np.isfinite(points).all():
            raise ValueError(f"a path must be (K >= 2, 2) finite numbers; got shape {points.shape}")
        steps = np.hypot(*np.diff(points, axis=0).T)
        if not steps.all():
            raise ValueError("a path's neighbouring points must differ; got the same point twice in a row")
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "_along", np.concatenate([[0.0], np.cumsum(steps)]))

    @property
    def length(self) -> float:
        """Metres from end to end."""
        return float(self._along[-1])  # type: ignore[attr-defined]

    def at(self, distance: ArrayLike) -> Floats:
        """The points (T, 2) at distances (T,) from the start, metres; beyond an end it is the end."""
        along: Floats = self._along  # type: ignore[attr-defined]
        return np.stack([np.interp(distance, along, column) for column in self.points.T], axis=-1)

    def heading(self, distance: ArrayLike) -> Floats:
        """The direction of walking (T,) in radians from the x axis, taken over 30 cm."""
        middle = np.clip(distance, 0.15, self.length - 0.15)
        x, y = (self.at(middle + 0.15) - self.at(middle - 0.15)).T
        return np.arctan2(y, x)

    def seen(self) -> tuple[float, float]:
        """Metres from the start where the camera first and last sees a walker; ValueError if never."""
        steps = np.arange(0, self.length, STEP_M)
        x, y = self.at(steps).T
        inside = np.flatnonzero(np.abs(np.degrees(np.arctan2(y, x))) < VIEW_DEG)
        if not len(inside):
            raise ValueError("a path never comes into the camera's view")
        return float(steps[inside[0]]), float(steps[inside[-1]])


def through(points: Sequence[tuple[float, float]]) -> Path:
    """A smooth curve through two or more points."""
    knots = np.asarray(points, np.float64)
    if knots.ndim != 2 or len(knots) < 2:
        raise ValueError(f"a curve needs two or more points (x, y); got {len(points)}")
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(knots, axis=0).T))])
    curve = make_interp_spline(along, knots, k=min(3, len(knots) - 1))
    return Path(curve(np.linspace(0, along[-1], max(2, round(along[-1] / STEP_M)))))


def crossing(side: int, x_from: float, x_to: float, bulge: float = 0.0) -> Path:
    """From behind one screen across the view to behind the other.

    side: +1 enters from the left, -1 from the right; x_from, x_to: metres ahead where the view begins and
    ends; bulge: metres that the middle of the path lies nearer or farther than the straight line
    """
    view, hidden = (np.tan(np.radians(d)) for d in (VIEW_DEG, HIDDEN_DEG))
    ends = [(x_from, side * x_from * hidden), (x_to, -side * x_to * hidden)]
    edges = [(x_from, side * x_from * view), (x_to, -side * x_to * view)]
    middle = ((x_from + x_to) / 2 + bulge, side * (x_from - x_to) / 2 * view)
    return through([ends[0], edges[0], middle, edges[1], ends[1]])


def u_turn(side: int, turn_y: float, x_from: float, x_to: float) -> Path:
    """In from one side, half a circle, and out at the same side: shows both sides and the front or the back.

    side: +1 left, -1 right; turn_y: metres from the middle line, towards that side, where the turn begins;
    x_from, x_to: metres ahead on the way in and out
    """
    hidden, radius = np.tan(np.radians(HIDDEN_DEG)), (x_from - x_to) / 2
    if radius == 0:
        raise ValueError(f"a turn needs two different distances; got {x_from} m twice")
    angles = np.linspace(0, np.pi, max(8, round(abs(radius) * np.pi / STEP_M)))
    x = (x_from + x_to) / 2 + radius * np.cos(angles)
    y = turn_y - abs(radius) * np.sin(angles)
    x, y = np.r_[x_from, x, x_to], np.r_[abs(x_from) * hidden, y, abs(x_to) * hidden]
    return Path(np.stack([x, side * y], axis=-1))


def gap(first: tuple[Path, float, float], second: tuple[Path, float, float]) -> float:
    """The least distance in metres between two walkers, each (path, start in s, speed in m/s); inf if never
    on their ways at the same time."""
    begin = max(first[1], second[1])
    end = min(start + path.length / speed for path, start, speed in (first, second))
    if begin >= end:
        return float("inf")
    times = np.arange(begin, end, 0.1)
    places = [path.at((times - start) * speed) for path, start, speed in (first, second)]
    return float(np.hypot(*(places[0] - places[1]).T).min())
