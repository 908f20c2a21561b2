"""sensor_msgs/PointCloud2 as an array, through one view of its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FLOATS = {7: "f4", 8: "f8"}  # sensor_msgs/PointField FLOAT32, FLOAT64


@dataclass(frozen=True, eq=False)
class Cloud:
    """xyz: float32 (P, 3), metres, the sensor's frame; invalid: how many points were not finite."""

    xyz: NDArray[np.float32]
    invalid: int


def cloud_to_xyz(message: Any) -> Cloud:
    """The finite points of anything with the fields of a PointCloud2.

    ValueError names what is wrong: no x y z, not a float type, steps that do not fit, missing bytes.
    """
    width, height = int(message.width), int(message.height)
    if width == 0 or height == 0:
        return Cloud(np.empty((0, 3), np.float32), 0)
    if message.row_step < width * message.point_step:
        raise ValueError(
            f"cloud: row_step {message.row_step} is less than {width} points of {message.point_step} bytes"
        )
    data = np.frombuffer(message.data, np.uint8)
    if len(data) < (needed := (height - 1) * message.row_step + width * message.point_step):
        raise ValueError(f"cloud: {width}x{height} points need {needed} bytes; got {len(data)}")
    points = np.ndarray(
        (height, width), _layout(message), data, strides=(message.row_step, message.point_step)
    )
    xyz = np.empty((height, width, 3), np.float32)
    with np.errstate(over="ignore"):  # a double too large for float32 becomes infinite and is left out below
        for column, name in enumerate("xyz"):
            xyz[..., column] = points[name]
    return _finite(xyz.reshape(-1, 3))


def _layout(message: Any) -> np.dtype[np.void]:
    """The structured type of one point: x, y, z where the fields say they are."""
    fields = {field.name: field for field in message.fields}
    if missing := [name for name in "xyz" if name not in fields]:
        raise ValueError(f"cloud: no field {missing[0]!r}; found: {', '.join(fields) or 'none'}")
    kinds = [_kind(fields[name]) for name in "xyz"]
    offsets = [int(fields[name].offset) for name in "xyz"]
    for name, kind, offset in zip("xyz", kinds, offsets, strict=True):
        if offset + kind.itemsize > message.point_step:
            raise ValueError(
                f"cloud: field {name!r} at byte {offset} does not fit into point_step {message.point_step}"
            )
    order: Literal[">", "<"] = ">" if message.is_bigendian else "<"
    formats = [kind.newbyteorder(order) for kind in kinds]
    return np.dtype(
        {"names": list("xyz"), "formats": formats, "offsets": offsets, "itemsize": int(message.point_step)}
    )


def _kind(field: Any) -> np.dtype[Any]:
    if field.datatype not in FLOATS or field.count > 1:
        raise ValueError(
            f"cloud: field {field.name!r} must be one FLOAT32 (7) or FLOAT64 (8); "
            f"got datatype {field.datatype}, count {field.count}"
        )
    return np.dtype(FLOATS[field.datatype])


def _finite(xyz: NDArray[np.float32]) -> Cloud:
    with np.errstate(over="ignore", invalid="ignore"):
        good = np.isfinite(xyz @ np.ones(3, np.float32))
    kept = xyz if good.all() else xyz[good]
    return Cloud(kept, len(xyz) - len(kept))
