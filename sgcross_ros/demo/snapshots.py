"""A few overlay pictures of a walk, taken without making the nodes draw all the time."""

from __future__ import annotations

import time

import cv2
import numpy as np
from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import Image

from sgcross_ros.messages import picture
from sgcross_ros.qos import SENSOR

PEOPLE, NAMED = 3, 2  # a picture is worth taking with so many in view and, but for the first, so many named
PAUSE_S = 4.0
JPEG = [cv2.IMWRITE_JPEG_QUALITY, 82]


class Snapshots:
    """Listens to `overlay` for one message at a time: people_node draws only while somebody listens."""

    def __init__(self, node: Node, album: list[bytes], most: int) -> None:
        self._node, self._album, self._most = node, album, most
        self._listener: Subscription | None = None
        self._next = time.monotonic()

    def saw(self, people: int, named: int) -> None:
        """So many people are in view now, and so many of them have a name."""
        free = self._listener is None and len(self._album) < self._most and time.monotonic() >= self._next
        if free and people >= PEOPLE and (named >= NAMED or not self._album):
            self._listener = self._node.create_subscription(Image, "overlay", self._take, SENSOR)

    def _take(self, message: Image) -> None:
        if self._listener is None:
            return
        image: np.ndarray = picture(message, False)
        self._album.append(cv2.imencode(".jpg", image, JPEG)[1].tobytes())
        self._node.destroy_subscription(self._listener)
        self._listener, self._next = None, time.monotonic() + PAUSE_S
