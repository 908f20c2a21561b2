"""identity_node: tracked people and their gait crops in, names out; keeps the gallery."""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from rcl_interfaces.msg import SetParametersResult
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger
from vision_msgs.msg import Detection3DArray

from sgcross_core.gait import SIDE
from sgcross_core.identity import Gallery, Recogniser
from sgcross_core.runtime import make_engine
from sgcross_ros import identity_report, messages, running
from sgcross_ros.diagnostics import Diagnostics, Refusals
from sgcross_ros.enrolment import GalleryParameters
from sgcross_ros.health import Meter, Pulse
from sgcross_ros.identity_output import IdentityOutput
from sgcross_ros.identity_settings import IdentitySettings
from sgcross_ros.lifecycle import GaitNode
from sgcross_ros.qos import RELIABLE
from sgcross_ros.stamp_match import JUMP_NS, StampMatch
from sgcross_ros.worker import Worker

WAITING = 10  # every moment is evidence, so a short delay is better than a gap

Pair = tuple[Detection3DArray, "Image | None"]


class IdentityNode(GaitNode[IdentitySettings]):
    """The executor's thread matches tracks with crops; the worker's thread runs the network and publishes."""

    def __init__(self) -> None:
        super().__init__("identity_node", IdentitySettings())
        self.recogniser: Recogniser | None = None
        self.refusals = Refusals(self.get_logger().warning)
        self.processing = Meter()
        self.commands = GalleryParameters(self, lambda: self.recogniser)
        self.create_service(Trigger, "~/people", self._on_people)
        self.diagnostics = Diagnostics(self, lambda: identity_report.findings(self))

    def configure(self, held: ExitStack) -> None:
        """Load the network and open the gallery."""
        chosen = self.settings
        engine = make_engine(chosen.weights, chosen.runtime, chosen.device, chosen.threads)
        gallery = Gallery(Path(chosen.gallery).expanduser())
        held.callback(gallery.close)
        self.output = IdentityOutput(self, held, chosen.path_s)
        held.callback(setattr, self, "recogniser", None)
        self.recogniser = Recogniser(engine, gallery, chosen.recogniser)

    def activate(self, held: ExitStack) -> None:
        """Start the worker first and listen last; the way back is the other way round."""
        self.waiting: StampMatch[Detection3DArray, Image] = StampMatch()
        self._newest = 0
        self.worker: Worker[Pair] = Worker(self._work, self._failed, WAITING, "identity")
        held.callback(self.worker.close)
        kind = "vision_msgs/msg/Detection3DArray"
        self.tracks = Pulse("tracks", self.resolve_topic_name("tracks"), kind)
        for kind, topic, take in (
            (Detection3DArray, "tracks", self._on_tracks),
            (Image, "gait_crops", self._on_crops),
        ):
            held.callback(self.destroy_subscription, self.create_subscription(kind, topic, take, RELIABLE))

    def set_parameters_atomically(self, parameter_list: list[Parameter]) -> SetParametersResult:
        """As rclpy does; a command that went well also answers with its sentence."""
        result = super().set_parameters_atomically(parameter_list)
        if result.successful and self.commands.sentence:
            result.reason, self.commands.sentence = self.commands.sentence, ""
        return result

    def _on_tracks(self, message: Any) -> None:
        stamp = messages.to_ns(message.header.stamp)
        self.tracks.beat(time.monotonic())
        if message.detections:
            self._offer(self.waiting.left(stamp, message))
        else:
            self._offer((message, None))

    def _on_crops(self, message: Any) -> None:
        self._offer(self.waiting.right(messages.to_ns(message.header.stamp), message))

    def _offer(self, pair: Pair | None) -> None:
        if pair is not None:
            self.worker.offer(pair)

    def _work(self, pair: Pair) -> None:
        """Runs in the worker's thread."""
        started = time.monotonic()
        tracks, crops = pair
        recogniser = self.recogniser
        if recogniser is None:
            return
        stamp = messages.to_ns(tracks.header.stamp)
        if stamp < self._newest - JUMP_NS:
            self.output.reset()
        self._newest = stamp
        try:
            numbers = messages.track_numbers(tracks)
            tiles = np.zeros((0, SIDE, SIDE, 3), np.uint8) if crops is None else messages.tiles_of(crops)
            answers = recogniser.observe(stamp, numbers, tiles)
        except ValueError as wrong:
            self.refusals.add("moment", str(wrong))
            return
        self.output.publish(tracks, answers)
        self.processing.add(time.monotonic() - started)

    def _on_people(self, _: Any, response: Any) -> Any:
        if self.recogniser is None:
            response.success, response.message = False, "the node is not configured: it has no gallery open"
            return response
        response.success, response.message = True, json.dumps(self.recogniser.people(), ensure_ascii=False)
        return response

    def _failed(self, pair: Pair, error: Exception) -> None:
        running.log_failure(self.get_logger(), self.refusals, "moment", error)


def main(argv: list[str] | None = None) -> int:
    """Run the node until it is told to stop."""
    return running.run(IdentityNode, argv)


if __name__ == "__main__":
    sys.exit(main())
