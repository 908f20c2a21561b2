"""Writes sensor data from numpy arrays into a single MCAP file, for `ros2 bag play` and for rosbags."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

from training.bags import messages
from training.bags.messages import Message, StaticTransform


class BagWriter:
    """Context manager around one bag. Stamps are header stamps in nanoseconds; `arrival` is the time at which
    the recorder got the message (the bag's own time) and equals the stamp when it is not given.

    The file appears under its name only when the block ends without an error. It replaces an older one.
    """

    def __init__(self, path: Path | str) -> None:
        """ValueError when the name does not end in .mcap."""
        self.path = Path(path)
        if self.path.suffix != ".mcap":
            raise ValueError(f"a bag's name must end in .mcap; got {str(path)!r}")
        self._connections: dict[str, Connection] = {}

    def __enter__(self) -> BagWriter:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=f".{self.path.stem}-", dir=self.path.parent))
        # rosbags writes a folder: the MCAP file inside it carries the metadata too and stands alone.
        self._writer = Writer(self._folder / self.path.stem, version=9, storage_plugin=StoragePlugin.MCAP)
        self._writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
        self._writer.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._writer.__exit__(kind, error, trace)
            if kind is None:
                (self._folder / self.path.stem / self.path.name).replace(self.path)
        finally:
            shutil.rmtree(self._folder)

    def image_jpeg(
        self, topic: str, stamp: int, frame_id: str, bgr: NDArray[np.uint8], quality: int = 85,
        arrival: int | None = None,
    ) -> None:  # fmt: skip
        """sensor_msgs/CompressedImage from an image uint8 (H, W, 3), BGR, or (H, W)."""
        self.image_encoded(topic, stamp, frame_id, messages.jpeg(bgr, quality), "jpeg", arrival)

    def image_encoded(
        self, topic: str, stamp: int, frame_id: str, data: bytes, kind: str = "jpeg",
        arrival: int | None = None,
    ) -> None:  # fmt: skip
        """sensor_msgs/CompressedImage from bytes that are already JPEG or PNG (kind "jpeg" or "png")."""
        self._write(topic, messages.compressed_image(stamp, frame_id, data, kind), stamp, arrival)

    def image_raw(
        self, topic: str, stamp: int, frame_id: str, image: NDArray[np.uint8], arrival: int | None = None
    ) -> None:
        """sensor_msgs/Image: uint8 (H, W, 3) as bgr8, (H, W) as mono8."""
        self._write(topic, messages.raw_image(stamp, frame_id, image), stamp, arrival)

    def camera_info(
        self, topic: str, stamp: int, frame_id: str, matrix: ArrayLike, distortion: ArrayLike,
        width: int, height: int, arrival: int | None = None,
    ) -> None:  # fmt: skip
        """sensor_msgs/CameraInfo of an unrectified image: camera matrix (3, 3), plumb-bob distortion (5,)."""
        message = messages.camera_info(stamp, frame_id, matrix, distortion, width, height)
        self._write(topic, message, stamp, arrival)

    def points(
        self, topic: str, stamp: int, frame_id: str, cloud: NDArray[np.void], arrival: int | None = None
    ) -> None:
        """sensor_msgs/PointCloud2 from a structured array, (N,) or organised (rows, columns)."""
        self._write(topic, messages.point_cloud(stamp, frame_id, cloud), stamp, arrival)

    def static_transforms(
        self, static: list[StaticTransform], stamp: int = 0, arrival: int | None = None,
        topic: str = "/tf_static",
    ) -> None:  # fmt: skip
        """tf2_msgs/TFMessage, offered as transient local, so that a late listener gets it too."""
        self._write(topic, messages.transforms(stamp, static), stamp, arrival)

    def _write(self, topic: str, message: Message, stamp: int, arrival: int | None) -> None:
        data = messages.STORE.serialize_cdr(message, message.__msgtype__)
        connection = self._connections.get(topic) or self._connect(topic, message.__msgtype__)
        if connection.msgtype != message.__msgtype__:
            raise ValueError(f"topic {topic} holds {connection.msgtype}; got a {message.__msgtype__}")
        self._writer.write(connection, stamp if arrival is None else arrival, data)

    def _connect(self, topic: str, msgtype: str) -> Connection:
        if not topic.startswith("/"):
            raise ValueError(f"a topic in a bag must start with a slash; got {topic!r}")
        latched = msgtype == "tf2_msgs/msg/TFMessage"
        connection = self._writer.add_connection(
            topic, msgtype, typestore=messages.STORE, offered_qos_profiles=[_qos(latched)]
        )
        self._connections[topic] = connection
        return connection


def _qos(latched: bool) -> Qos:
    """What the publisher offered: reliable, as most drivers do; latched for static transforms."""
    durability = QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE
    never = QosTime(2147483647, 4294967295)
    return Qos(
        QosHistory.KEEP_LAST, 1 if latched else 10, QosReliability.RELIABLE, durability, never, never,
        QosLiveliness.AUTOMATIC, never, False,
    )  # fmt: skip
