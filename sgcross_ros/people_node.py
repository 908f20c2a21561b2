"""people_node: camera frames and LiDAR sweeps in, tracked people and their gait crops out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from rclpy.clock import Clock, ClockType
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2
from vision_msgs.msg import Detection3DArray

from sgcross_core.people import PeoplePipeline
from sgcross_core.sensing import Moment, NearestPairer
from sgcross_ros import messages, people_report, running
from sgcross_ros.diagnostics import Diagnostics, Refusals
from sgcross_ros.health import PairingWatch, Pulse
from sgcross_ros.lifecycle import GaitNode
from sgcross_ros.moment_clock import MomentClock
from sgcross_ros.people_output import PeopleOutput
from sgcross_ros.people_settings import PeopleSettings
from sgcross_ros.people_work import Arrived, Job, PeopleWork
from sgcross_ros.qos import RELIABLE, SENSOR
from sgcross_ros.rig import Rig
from sgcross_ros.static_tf import StaticTransforms
from sgcross_ros.worker import Worker

FLUSH_S = 0.03

Moments = list[Moment[Arrived, Arrived]]


class PeopleNode(GaitNode[PeopleSettings]):
    """The executor's thread takes messages and pairs them; the worker's thread does the rest."""

    def __init__(self) -> None:
        super().__init__("people_node", PeopleSettings())
        self.refusals = Refusals(self.get_logger().warning)
        self.watch = PairingWatch()
        self.diagnostics = Diagnostics(self, lambda: people_report.findings(self))

    def configure(self, held: ExitStack) -> None:
        """Build the pipeline and the publishers."""
        self.output = PeopleOutput(self, held, self.settings.overlay_width)
        self.pipeline = PeoplePipeline(self.settings.people, None)

    def activate(self, held: ExitStack) -> None:
        """Start the worker first and listen last; the way back is the other way round."""
        self.pipeline.reset()
        self.work = PeopleWork(self.pipeline, self.output, self.refusals, self.settings.compressed)
        self.worker: Worker[Job] = Worker(self.work, self._failed, name="people")
        held.callback(self.worker.close)
        self.transforms = StaticTransforms(self, self.refusals.add, self._on_transforms)
        held.callback(self.transforms.close)
        self.rig = Rig(self.transforms.tree, self.settings.given_transform())
        self.pairer: NearestPairer[Arrived, Arrived] = NearestPairer(self.settings.pairing)
        self.moment_clock = MomentClock(self.get_clock())
        picture = "CompressedImage" if self.settings.compressed else "Image"
        self.camera = Pulse("camera", self.resolve_topic_name("image"), f"sensor_msgs/msg/{picture}")
        self.lidar = Pulse("lidar", self.resolve_topic_name("points"), "sensor_msgs/msg/PointCloud2")
        self._listen(held)

    def _listen(self, held: ExitStack) -> None:
        wanted: list[tuple[type, str, Callable[[Any], None], Any]] = []
        if self.settings.camera:
            kind = CompressedImage if self.settings.compressed else Image
            wanted.append((kind, "image", self._on_image, SENSOR))
            wanted.append((CameraInfo, "camera_info", self._on_camera_info, SENSOR))
        if self.settings.lidar:
            wanted.append((PointCloud2, "points", self._on_points, SENSOR))
        wanted.append((Detection3DArray, "identities", self._on_identities, RELIABLE))
        for subscription in wanted:
            held.callback(self.destroy_subscription, self.create_subscription(*subscription))
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._flush_timer = self.create_timer(FLUSH_S, self._flush, clock=steady)
        held.callback(self.destroy_timer, self._flush_timer)

    def _on_image(self, message: Any) -> None:
        self._take(message, self.camera, self.pairer.add_frame)

    def _on_points(self, message: Any) -> None:
        self.rig.saw_sweep(message.header.frame_id)
        self._take(message, self.lidar, self.pairer.add_sweep)

    def _on_camera_info(self, message: Any) -> None:
        try:
            self.rig.saw_camera_info(message)
        except ValueError as wrong:
            self.refusals.add("camera_info", str(wrong))

    def _on_transforms(self) -> None:
        self.rig.refresh()
        if self.rig.view.calibration is not None and self.rig.fixed:
            self.transforms.ignore_moving()

    def _on_identities(self, message: Any) -> None:
        self.output.learn_names(message)

    def _take(self, message: Any, pulse: Pulse, add: Callable[[int, Arrived], Moments]) -> None:
        now = time.monotonic()
        try:
            stamp = messages.to_ns(message.header.stamp)
        except ValueError as wrong:
            self.refusals.add(pulse.what, str(wrong))
            return
        pulse.beat(now, self.moment_clock.age_s(stamp))
        self.moment_clock.saw(stamp, now)
        self._hand_over(add(stamp, Arrived(message, now)))
        if self.pairer.pending and self._flush_timer.is_canceled():
            self._flush_timer.reset()

    def _flush(self) -> None:
        self._hand_over(self.pairer.flush(self.moment_clock.now(time.monotonic())))
        if not self.pairer.pending:
            self._flush_timer.cancel()  # it would cost some percent of a core for nothing

    def _hand_over(self, moments: Moments) -> None:
        self.worker.offer(*(Job(moment, self.pairer.resets, self.rig.view) for moment in moments))

    def _failed(self, job: Job, error: Exception) -> None:
        running.log_failure(self.get_logger(), self.refusals, f"moment {job.moment.stamp}", error)


def main(argv: list[str] | None = None) -> int:
    """Run the node until it is told to stop."""
    return running.run(PeopleNode, argv)


if __name__ == "__main__":
    sys.exit(main())
