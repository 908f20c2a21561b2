"""Point clouds as arrays: through sensor_msgs_py where ROS 2 brings it, else through our own reader."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgcross_core.sensing import Cloud, cloud_to_xyz

try:
    from sensor_msgs_py import point_cloud2
except ImportError:  # it has no wheel
    point_cloud2 = None


def cloud(message: Any) -> Cloud:
    """The finite points of a sensor_msgs/PointCloud2; ValueError says what is wrong with it."""
    if point_cloud2 is None or not _plain(message):
        return cloud_to_xyz(message)
    try:
        points = point_cloud2.read_points(message, field_names=["x", "y", "z"])
        xyz = np.column_stack([points[name] for name in "xyz"]).astype(np.float32, copy=False)
    except (AssertionError, KeyError, TypeError, ValueError):
        return cloud_to_xyz(message)  # it names what is wrong, which the library does not
    return _finite(xyz)


def _plain(message: Any) -> bool:
    """Whether the points lie one after the other, which is all that sensor_msgs_py can read."""
    packed = message.row_step == message.width * message.point_step
    return packed and len(message.data) == message.row_step * message.height and message.height > 0


def _finite(xyz: NDArray[np.float32]) -> Cloud:
    good = np.isfinite(xyz).all(axis=1)
    return Cloud(xyz if good.all() else xyz[good], int(len(xyz) - good.sum()))
