"""From numpy arrays to the messages of a bag (sensor_msgs, tf2_msgs), and what is checked on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from rosbags.typesys import Stores, get_typestore
from scipy.spatial.transform import Rotation

STORE = get_typestore(Stores.ROS2_JAZZY)
SECOND = 1_000_000_000
Message = Any  # a dataclass of the type store

# sensor_msgs/PointField
POINT_TYPES = {"i1": 1, "u1": 2, "i2": 3, "u2": 4, "i4": 5, "u4": 6, "f4": 7, "f8": 8}


@dataclass(frozen=True)
class StaticTransform:
    """The pose of frame `child` in frame `parent`: matrix (4, 4) takes points of child to parent, metres."""

    parent: str
    child: str
    matrix: NDArray[np.float64]


def header(stamp: int, frame_id: str) -> Message:
    """std_msgs/Header; stamp in nanoseconds, ValueError when it is before 0 or does not fit the message."""
    if not 0 <= stamp < 2**31 * SECOND:
        raise ValueError(f"stamp must lie in 0..2^31 s, in nanoseconds; got {stamp}")
    time = STORE.types["builtin_interfaces/msg/Time"](*divmod(int(stamp), SECOND))
    return STORE.types["std_msgs/msg/Header"](time, frame_id)


def jpeg(bgr: NDArray[np.uint8], quality: int) -> bytes:
    """JPEG bytes of an image uint8 (H, W, 3) or (H, W); quality 1..100."""
    _check_image(bgr)
    if not 1 <= quality <= 100:
        raise ValueError(f"quality must lie in 1..100; got {quality}")
    good, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not good:
        raise ValueError(f"OpenCV could not encode an image of shape {bgr.shape} as JPEG")
    return data.tobytes()


def compressed_image(stamp: int, frame_id: str, data: bytes, kind: str) -> Message:
    """sensor_msgs/CompressedImage of encoded bytes; kind is "jpeg" or "png"."""
    if kind not in ("jpeg", "png"):
        raise ValueError(f"kind must be jpeg or png; got {kind!r}")
    pixels = np.frombuffer(data, np.uint8)
    return STORE.types["sensor_msgs/msg/CompressedImage"](header(stamp, frame_id), kind, pixels)


def raw_image(stamp: int, frame_id: str, image: NDArray[np.uint8]) -> Message:
    """sensor_msgs/Image: uint8 (H, W, 3) as bgr8, (H, W) as mono8."""
    _check_image(image)
    height, width = image.shape[:2]
    encoding = "mono8" if image.ndim == 2 else "bgr8"
    data = np.ascontiguousarray(image).reshape(-1)
    step = data.size // height
    kind = STORE.types["sensor_msgs/msg/Image"]
    return kind(header(stamp, frame_id), height, width, encoding, 0, step, data)


def camera_info(
    stamp: int, frame_id: str, matrix: ArrayLike, distortion: ArrayLike, width: int, height: int
) -> Message:
    """sensor_msgs/CameraInfo of an unrectified image: camera matrix (3, 3), plumb-bob distortion (5,)."""
    k = _floats("matrix", matrix, (3, 3))
    d = _floats("distortion", distortion, (5,))
    projection = np.hstack([k, np.zeros((3, 1))]).reshape(12)
    roi = STORE.types["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
    kind = STORE.types["sensor_msgs/msg/CameraInfo"]
    rectified = np.eye(3).reshape(9)
    top = header(stamp, frame_id)
    return kind(top, height, width, "plumb_bob", d, k.reshape(9), rectified, projection, 0, 0, roi)


def point_cloud(stamp: int, frame_id: str, cloud: NDArray[np.void]) -> Message:
    """sensor_msgs/PointCloud2 of a structured array, (N,) or organised (rows, columns), one field a name."""
    fields = _point_fields(cloud)
    height, width = (1, len(cloud)) if cloud.ndim == 1 else cloud.shape
    data = np.ascontiguousarray(cloud).reshape(-1).view(np.uint8)
    step = cloud.dtype.itemsize
    numbers = [cloud[name] for name in cloud.dtype.names or () if cloud.dtype[name].kind == "f"]
    dense = all(bool(np.isfinite(n).all()) for n in numbers)
    kind = STORE.types["sensor_msgs/msg/PointCloud2"]
    top = header(stamp, frame_id)
    return kind(top, height, width, fields, False, step, step * width, data, dense)


def transforms(stamp: int, static: list[StaticTransform]) -> Message:
    """tf2_msgs/TFMessage."""
    return STORE.types["tf2_msgs/msg/TFMessage"]([_transform(stamp, one) for one in static])


def _transform(stamp: int, static: StaticTransform) -> Message:
    matrix = _floats(f"transform {static.parent} -> {static.child}", static.matrix, (4, 4))
    kinds = STORE.types
    shift = kinds["geometry_msgs/msg/Vector3"](*map(float, matrix[:3, 3]))
    turn = kinds["geometry_msgs/msg/Quaternion"](*map(float, Rotation.from_matrix(matrix[:3, :3]).as_quat()))
    pose = kinds["geometry_msgs/msg/Transform"](shift, turn)
    top = header(stamp, static.parent)
    return kinds["geometry_msgs/msg/TransformStamped"](top, static.child, pose)


def _point_fields(cloud: NDArray[np.void]) -> list[Message]:
    if cloud.dtype.fields is None or cloud.ndim not in (1, 2):
        found = f"{cloud.dtype} {cloud.shape}"
        raise ValueError(f"cloud must be a structured array (N,) or (rows, columns); got {found}")
    kind = STORE.types["sensor_msgs/msg/PointField"]
    fields = []
    for name in cloud.dtype.names or ():
        dtype, offset = cloud.dtype.fields[name][:2]
        if (code := POINT_TYPES.get(dtype.str[1:])) is None or dtype.byteorder == ">":
            raise ValueError(f"cloud field {name!r} must be a little-endian number of 8-64 bits; got {dtype}")
        fields.append(kind(name, offset, code, 1))
    return fields


def _check_image(image: NDArray[np.uint8]) -> None:
    shape_fits = image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
    if image.dtype != np.uint8 or not shape_fits or image.size == 0:
        raise ValueError(f"an image must be uint8 (H, W, 3) or (H, W); got {image.dtype} {image.shape}")


def _floats(name: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    array = np.asarray(values, np.float64)
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"{name} must be {shape} finite numbers; got shape {array.shape}: {array.tolist()}")
    return array
