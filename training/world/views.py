"""The 12 views of SUSTech1K as geometry: from where a walker is seen, and how far away.

The names give the angle and, four times, a distance (facts of the data set: eight directions, and 000-far,
090-near, 180-far, 270-far). The angles are ours to define: degrees from the walker's heading to the sensor,
counter-clockwise from above, so 000 comes straight at it, 090 shows the left side, 180 walks away. The data
set's paper gives no distances for the names; these let a 128-beam sensor see everybody from head to feet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from training.data import layout
from training.world.devices import checked_beams

USUAL_M, NEAR_M, FAR_M = (6.5, 10.0), (4.5, 6.5), (10.0, 15.0)


@dataclass(frozen=True)
class View:
    """angle: degrees 0..360 from the heading to the sensor; nearest, farthest: metres over ground"""

    name: str
    angle: float
    nearest: float
    farthest: float


def _view(name: str) -> View:
    angle, _, word = name.partition("-")
    nearest, farthest = {"": USUAL_M, "near": NEAR_M, "far": FAR_M}[word]
    return View(name, float(angle), nearest, farthest)


VIEWS = {name: _view(name) for name in layout.VIEWS}


def view(name: str) -> View:
    """The geometry of a view's name; ValueError lists the known ones."""
    if name not in VIEWS:
        raise ValueError(f"view must be one of {', '.join(VIEWS)}; got {name!r}")
    return VIEWS[name]


def heading(name: str, bearing: float) -> float:
    """Which way somebody walks who is seen at a bearing (radians, LiDAR frame) under a view: radians."""
    return float(bearing + np.pi - np.radians(view(name).angle))


def covered(beams: ArrayLike, sensor_height: float, tallest: float) -> tuple[float, float]:
    """From which to which distance, metres, a beam table (B,) in degrees reaches feet and crown of everybody.

    sensor_height: of the LiDAR, tallest: of people and what they hold over them, metres above the ground
    ValueError when it does so nowhere. The far end is inf where beams above and below the horizon exist.
    """
    table = np.radians(checked_beams(beams, "beams"))
    low, high = table[0], table[-1]
    if sensor_height <= 0 or low >= 0 or (tallest > sensor_height and high <= 0):
        raise ValueError(
            f"beams from {np.degrees(low):.1f} to {np.degrees(high):.1f} degrees at {sensor_height} m "
            f"never show somebody of {tallest} m from head to feet"
        )
    feet = sensor_height / np.tan(-low)
    crown = (tallest - sensor_height) / np.tan(high) if tallest > sensor_height else 0.0
    if tallest < sensor_height and high < 0:
        return float(feet), float((sensor_height - tallest) / np.tan(-high))
    return float(max(feet, crown)), float("inf")
