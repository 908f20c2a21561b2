"""What people_node publishes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np
from geometry_msgs.msg import Quaternion, TransformStamped
from numpy.typing import NDArray
from rclpy.node import Node
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import Image
from tf2_msgs.msg import TFMessage
from vision_msgs.msg import Detection3DArray

from sgcross_ros import messages, overlay
from sgcross_ros.qos import LATCHED, RELIABLE, SENSOR
from sgcross_ros.rig import View, forward_to_camera

if TYPE_CHECKING:
    from sgcross_core.people.pipeline import TrackedPerson


class PeopleOutput:
    """Publishers of tracks, gait crops and overlay; used by the worker's thread."""

    def __init__(self, node: Node, held: ExitStack, overlay_width: int) -> None:
        self._labels: dict[int, str] = {}
        self._width = overlay_width
        self._announced: str | None = None

        def publisher(kind: Any, topic: str, qos: Any) -> Any:
            made = node.create_publisher(kind, topic, qos)
            held.callback(node.destroy_publisher, made)
            return made

        self._tracks = publisher(Detection3DArray, "tracks", RELIABLE)
        self._crops = publisher(Image, "gait_crops", RELIABLE)
        self._overlay = publisher(Image, "overlay", SENSOR)
        self._transforms = publisher(TFMessage, "/tf_static", LATCHED)

    def publish(self, stamp: int, view: View, people: Sequence[TrackedPerson]) -> None:
        """Tracks of this moment, also when there are none, and their crops."""
        header = messages.header(stamp, view.frame)
        self._tracks.publish(messages.tracks_message(header, people))
        if people:
            tiles = np.stack([person.gait.tile() for person in people])
            self._crops.publish(messages.crops_message(header, tiles))

    def publish_overlay(
        self, stamp: int, view: View, people: Sequence[TrackedPerson], image: NDArray[np.uint8]
    ) -> None:
        """The picture for a person, if one looks."""
        if self._overlay.get_subscription_count() == 0:
            return
        picture = overlay.draw(image, people, self._labels, view.calibration, self._width)
        header = messages.header(stamp, view.camera_frame)
        self._overlay.publish(messages.image_message(header, picture, "bgr8"))

    def learn_names(self, identities: Detection3DArray) -> None:
        """Keep what identity_node calls the tracks of now."""
        found = {d.id: d.results[0].hypothesis.class_id for d in identities.detections if d.results}
        self._labels = {int(track): label for track, label in found.items() if track.isdecimal()}

    def announce_forward_frame(self, stamp: int, view: View) -> None:
        """Tell where the output frame of a camera without a LiDAR is, once."""
        if view.calibration is None or view.frame == self._announced:
            return
        self._announced = view.frame
        transform = forward_to_camera(view.calibration.camera)
        message = TransformStamped(
            header=messages.header(stamp, view.camera_frame), child_frame_id=view.frame
        )
        x, y, z, w = Rotation.from_matrix(transform.rotation).as_quat()
        message.transform.rotation = Quaternion(x=x, y=y, z=z, w=w)
        self._transforms.publish(TFMessage(transforms=[message]))
