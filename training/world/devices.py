"""Beam tables of real LiDARs: elevations in degrees, lowest first, and the step at 10 turns a second.

Every table is nominal; a real device's beams lie within about 0.2 degrees of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Angles = NDArray[np.float64]


@dataclass(frozen=True)
class Device:
    """elevations: degrees, rising, (B,); step: degrees from column to column; source: where both come from"""

    elevations: tuple[float, ...]
    step: float
    source: str


def _even(lowest: float, highest: float, beams: int) -> tuple[float, ...]:
    return tuple(np.linspace(lowest, highest, beams).round(4).tolist())


HDL_64E = _even(-24.33, -8.83, 32) + _even(-8.33, 2.0, 32)
VLP_32C = (
    -25.0, -15.639, -11.31, -8.843, -7.254, -6.148, -5.333, -4.667, -4.0, -3.667, -3.333, -3.0, -2.667,
    -2.333, -2.0, -1.667, -1.333, -1.0, -0.667, -0.333, 0.0, 0.333, 0.667, 1.0, 1.333, 1.667, 2.333, 3.333,
    4.667, 7.0, 10.333, 15.0,
)  # fmt: skip
VLS_128 = (
    -25.0, -19.582, -16.042, -13.565, -11.742, -10.346, -9.244, -8.352, -7.65, -7.15, -6.85, -6.65,
    *_even(-6.5, 4.83, 104),
    4.98, 5.18, 5.43, 5.73, 6.08, 6.48, 6.98, 7.58, 8.43, 9.7, 11.75, 15.0,
)  # fmt: skip
PANDAR_64 = (-25.0, -19.0, *_even(-14, -7, 8), *_even(-6, 2, 49), 3.0, 5.0, 8.0, 11.0, 15.0)

DEVICES = {
    "hdl-64e": Device(HDL_64E, 0.1728, "Velodyne HDL-64E S2 manual: blocks of 1/3 and 1/2 degree"),
    "hdl-32e": Device(_even(-30.667, 10.667, 32), 0.16, "Velodyne HDL-32E manual: 4/3 degree apart"),
    "vlp-16": Device(_even(-15, 15, 16), 0.2, "Velodyne VLP-16 manual: 2 degrees apart"),
    "vlp-32c": Device(VLP_32C, 0.2, "Velodyne VLP-32C manual"),
    "vls-128": Device(VLS_128, 0.2, "ros-drivers/velodyne, velodyne_pointcloud/params/VLS128.yaml"),
    "pandar64": Device(PANDAR_64, 0.2, "Hesai Pandar64 manual; Hesai's own correction file agrees to 0.18"),
    "xt32": Device(_even(-16, 15, 32), 0.18, "Hesai PandarXT-32 manual: 1 degree apart"),
    "os0-128": Device(_even(-45, 45, 128), 360 / 1024, "Ouster OS0 data sheet: even over 90 degrees"),
    "os1-64": Device(_even(-22.5, 22.5, 64), 360 / 1024, "Ouster OS1 data sheet (gen 2): even, 45 degrees"),
    "os1-128": Device(_even(-22.5, 22.5, 128), 360 / 1024, "Ouster OS1 data sheet (gen 2): even, 45 degrees"),
}


def device(name: str) -> Device:
    """The device of a name; ValueError lists the known ones."""
    if name not in DEVICES:
        raise ValueError(f"LiDAR device must be one of {', '.join(DEVICES)}; got {name!r}")
    return DEVICES[name]


def checked_beams(beams: ArrayLike, name: str) -> Angles:
    """A beam table, float64 (B,): one at least, finite, rising, within -90..90; or ValueError."""
    table = np.asarray(beams, np.float64)
    if table.ndim != 1 or len(table) == 0:
        raise ValueError(f"{name} must hold elevations (B,) of one beam at least; got shape {table.shape}")
    if not np.isfinite(table).all() or np.abs(table).max() > 90:
        raise ValueError(f"{name} must hold finite degrees in -90..90; got {table.min()} to {table.max()}")
    if (falls := np.flatnonzero(np.diff(table) <= 0)).size:
        at = int(falls[0])
        raise ValueError(f"{name} must rise from beam to beam; got {table[at]} before {table[at + 1]}")
    return table
