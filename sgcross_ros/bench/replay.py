"""A bag as moments in this process, on the way that people_node takes them, without the middleware."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rclpy.serialization import deserialize_message

from sgcross_core.sensing import Calibration, Moment, NearestPairer, RigidTransform
from sgcross_ros import messages
from sgcross_ros.bench.stopwatch import Stopwatch
from sgcross_ros.demo.stage import IMAGE, INFO, POINTS
from sgcross_ros.recording import Recording, message_class
from sgcross_ros.rig import Rig
from sgcross_ros.static_tf import FrameTree

Pair = tuple[Moment[Any, Any], Calibration | None]


def moments(bag: Path, watch: Stopwatch) -> Iterator[Pair]:
    """Each moment of a bag with the calibration known by then; `watch` times the pairing."""
    tree, pairer = FrameTree(), NearestPairer[Any, Any]()
    rig = Rig(tree)
    with Recording(str(bag)) as recording:
        for recorded in recording.messages():
            message = deserialize_message(recorded.data, message_class(recording.types[recorded.topic]))
            if recorded.topic == "/tf_static":
                _take_transforms(tree, message)
            elif recorded.topic == INFO:
                rig.saw_camera_info(message)
            elif recorded.topic in (IMAGE, POINTS):
                yield from ((moment, rig.view.calibration) for moment in _paired(pairer, rig, message, watch))


def _paired(
    pairer: NearestPairer[Any, Any], rig: Rig, message: Any, watch: Stopwatch
) -> list[Moment[Any, Any]]:
    if is_cloud := hasattr(message, "point_step"):
        rig.saw_sweep(message.header.frame_id)
    add = pairer.add_sweep if is_cloud else pairer.add_frame
    with watch.time("pairing, a message"):
        return add(messages.to_ns(message.header.stamp), message)


def _take_transforms(tree: FrameTree, message: Any) -> None:
    for one in message.transforms:
        shift, turn = one.transform.translation, one.transform.rotation
        pose = RigidTransform.from_quaternion((shift.x, shift.y, shift.z), (turn.x, turn.y, turn.z, turn.w))
        tree.set(one.header.frame_id, one.child_frame_id, pose, True)
