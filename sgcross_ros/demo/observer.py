"""A node of the demo: writes down what our nodes say, and does what the operator decides."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image
from vision_msgs.msg import Detection3DArray

from sgcross_ros.demo.clock import PlayedClock
from sgcross_ros.demo.operator import Operator
from sgcross_ros.demo.records import NAME, Answer, Moment, Recording, Seen
from sgcross_ros.demo.snapshots import Snapshots
from sgcross_ros.messages import tiles_of, to_ns, track_numbers
from sgcross_ros.qos import RELIABLE, SENSOR
from sgcross_ros.stamp_match import StampMatch

IDENTITY, PEOPLE = "identity_node", "people_node"


class Observer(Node):
    """Fills `recording`; `operator`, while there is one, hears of everything and may enrol."""

    def __init__(self, rate: float) -> None:
        super().__init__("demo_observer")
        self.rate = rate
        self.reports: dict[str, dict[str, float]] = {}  # of /diagnostics: status -> its numbers
        self.problem = ""  # why a node could not get further
        self.begin(None)
        for kind, topic, take, qos in (
            (Detection3DArray, "tracks", self._on_tracks, RELIABLE),
            (Image, "gait_crops", self._on_crops, RELIABLE),
            (Detection3DArray, "identities", self._on_identities, RELIABLE),
            (DiagnosticArray, "identity_details", self._on_details, RELIABLE),
            (DiagnosticArray, "/diagnostics", self._on_diagnostics, RELIABLE),
            (Clock, "/clock", self._on_clock, SENSOR),
        ):
            self.create_subscription(kind, topic, take, qos)
        self._commands = self.create_client(SetParameters, f"{IDENTITY}/set_parameters")

    def begin(self, operator: Operator | None, pictures: int = 0) -> None:
        """Start a new recording. pictures: overlays to keep of it."""
        self.recording, self.operator = Recording(), operator
        # Played as fast as the nodes keep up, no wall time belongs to a stamp, and there are no latencies.
        self.clock = PlayedClock(self.rate) if self.rate > 0 else None
        self.now = 0
        self._named: set[int] = set()
        self._crops: StampMatch[list[int], np.ndarray] = StampMatch()
        self._snapshots = Snapshots(self, self.recording.overlays, pictures)

    def ready(self) -> bool:
        """Whether both nodes speak, hear each other and take commands."""
        speaks = all(self.count_publishers(topic) for topic in ("tracks", "gait_crops", "identities"))
        return speaks and self.count_subscribers("tracks") > 1 and self._commands.service_is_ready()

    def _on_clock(self, message: Clock) -> None:
        self.now = to_ns(message.clock)
        if self.clock is not None:
            self.clock.tick(self.now, time.monotonic())
        if self.operator is not None and (choice := self.operator.choose(self.now)) is not None:
            self._enrol(*choice)

    def _on_tracks(self, message: Detection3DArray) -> None:
        stamp, numbers = to_ns(message.header.stamp), track_numbers(message)
        places = [detection.bbox.center.position for detection in message.detections]
        seen = tuple(Seen(n, place.x, place.y) for n, place in zip(numbers, places, strict=True))
        moment = Moment(stamp, seen)
        self.recording.moments.append(moment)
        self._snapshots.saw(len(seen), len(self._named.intersection(numbers)))
        self._keep_tiles(self._crops.left(stamp, numbers))
        if self.operator is not None:
            self.operator.watch(moment)

    def _on_crops(self, message: Image) -> None:
        self._keep_tiles(self._crops.right(to_ns(message.header.stamp), tiles_of(message)))

    def _keep_tiles(self, pair: tuple[list[int], np.ndarray] | None) -> None:
        for track, tile in zip(*(pair or ((), ())), strict=True):
            self.recording.tiles.setdefault(track, []).append(tile)

    def _on_identities(self, message: Detection3DArray) -> None:
        now = time.monotonic()
        age = None if self.clock is None else self.clock.age_ms(to_ns(message.header.stamp), now)
        if age is not None and message.detections:
            self.recording.latencies_ms.append(age)

    def _on_details(self, message: DiagnosticArray) -> None:
        for status in message.status:
            answer = answer_of(to_ns(message.header.stamp), {v.key: v.value for v in status.values})
            self.recording.answers.append(answer)
            (self._named.add if answer.state == NAME else self._named.discard)(answer.track)
            if self.operator is not None:
                self.operator.hear(answer)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            self.reports[status.name] = numbers(status)
            if status.level == DiagnosticStatus.ERROR and status.name.endswith(": state"):
                self.problem = f"{status.hardware_id} is {status.message}"

    def _enrol(self, track: int, name: str) -> None:
        value = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=f"{track} {name}")
        request = SetParameters.Request(parameters=[Parameter(name="enrol", value=value)])
        self._commands.call_async(request).add_done_callback(partial(self._enrolled, track, name))

    def _enrolled(self, track: int, name: str, future: Any) -> None:
        result = future.result().results[0]
        if self.operator is None:
            return
        if result.successful:
            self.operator.accepted(track, name, result.reason)
        else:
            self.operator.rejected(name, result.reason)


def numbers(status: DiagnosticStatus) -> dict[str, float]:
    """The values of a status that are plain numbers."""
    plain = ((v.key, v.value) for v in status.values if v.value.replace(".", "", 1).isdecimal())
    return {key: float(value) for key, value in plain}


def answer_of(stamp: int, values: dict[str, str]) -> Answer:
    """The answer in the values of one status of identity_details."""

    def number(key: str) -> float | None:
        return float(values[key]) if values.get(key) else None

    return Answer(
        stamp,
        int(values["track"]),
        values["state"],
        values.get("name", ""),
        number("score") or 0.0,
        number("probability") or 0.0,
        values.get("runner_up", ""),
        number("runner_up_score"),
        values.get("probe_modality", ""),
        values.get("gallery_modality", ""),
        int(values.get("frames", 0)),
    )
