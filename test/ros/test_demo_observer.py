"""The demo's observer hears what nodes publish and gives the operator's commands, over real ROS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import SetParametersResult
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image
from vision_msgs.msg import Detection3D, Detection3DArray

from sgcross_core.identity import Explanation, Identity
from sgcross_ros import messages
from sgcross_ros.demo.observer import Observer, answer_of
from sgcross_ros.demo.operator import ENOUGH_FRAMES, Operator
from sgcross_ros.demo.records import Answer, Seen
from sgcross_ros.demo.truth import Box, Person, Truth
from sgcross_ros.diagnostics import ERROR, OK, Finding, status
from sgcross_ros.identity_output import IdentityOutput, detail

SECOND = 10**9


class Speaker(Node):
    """Speaks for both nodes: publishes like them and takes `enrol` like identity_node."""

    def __init__(self) -> None:
        super().__init__("identity_node")
        self.asked: list[str] = []
        self.refuse = False
        self.declare_parameter("enrol", "")
        self.add_on_set_parameters_callback(self._enrol)
        self.tracks = self.create_publisher(Detection3DArray, "tracks", 10)
        self.crops = self.create_publisher(Image, "gait_crops", 10)
        self.clock = self.create_publisher(Clock, "/clock", 10)

    def _enrol(self, changes: list) -> SetParametersResult:
        self.asked += [change.value for change in changes]
        return SetParametersResult(successful=not self.refuse, reason="too dark" if self.refuse else "done")


@pytest.fixture
def both(ros: Any) -> Iterator[tuple[Speaker, Observer, Callable]]:
    """A speaker, an observer and what makes them talk until something is true."""
    speaker, observer, executor = Speaker(), Observer(1.0), SingleThreadedExecutor()
    executor.add_node(speaker)
    executor.add_node(observer)

    def until(true: Callable[[], object]) -> None:
        end = time.monotonic() + 10
        while not true():
            executor.spin_once(timeout_sec=0.05)
            assert time.monotonic() < end, "nothing came"

    until(lambda: observer.count_publishers("tracks") and speaker.count_subscribers("gait_crops"))
    yield speaker, observer, until
    executor.shutdown()
    speaker.destroy_node()
    observer.destroy_node()


def tracks(stamp: int, *numbers: int) -> Detection3DArray:
    made = Detection3DArray(header=messages.header(stamp, "lidar"))
    for number in numbers:
        detection = Detection3D(id=str(number))
        detection.bbox.center.position.x = 5.0
        made.detections.append(detection)
    return made


def test_tracks_and_crops_of_one_stamp_come_together(both: tuple) -> None:
    speaker, observer, until = both
    tiles = np.arange(2, dtype=np.uint8)[:, None, None, None] + np.zeros((2, 64, 64, 3), np.uint8)
    speaker.crops.publish(messages.crops_message(messages.header(SECOND, "lidar"), tiles))
    speaker.tracks.publish(tracks(SECOND, 7, 4))
    until(lambda: len(observer.recording.tiles) == 2)
    assert observer.recording.moments[0].seen == (Seen(7, 5.0, 0.0), Seen(4, 5.0, 0.0))
    assert [int(observer.recording.tiles[track][0].max()) for track in (7, 4)] == [0, 1]


def test_answers_latencies_and_reports_are_kept(both: tuple) -> None:
    speaker, observer, until = both
    reports = speaker.create_publisher(DiagnosticArray, "/diagnostics", 10)
    with ExitStack() as held:
        output = IdentityOutput(speaker, held, 1.0)
        until(lambda: all(speaker.count_subscribers(t) for t in ("identities", "identity_details", "/clock")))
        speaker.clock.publish(Clock(clock=messages.to_time(2 * SECOND)))
        until(lambda: observer.now)
        output.publish(tracks(2 * SECOND, 7), [Identity(7, "name", "Ada", 0.9, 3.5, frames=40)])
        until(lambda: observer.recording.latencies_ms and observer.recording.answers)
        finding = Finding("pairing", OK, "fine", {"sweeps": 12, "share": 0.5})
        broken = Finding("state", ERROR, "unconfigured: no weights")
        reports.publish(DiagnosticArray(status=[status(f, "people_node") for f in (finding, broken)]))
        until(lambda: observer.problem)
    answer = observer.recording.answers[0]
    assert (answer.track, answer.state, answer.name, answer.score) == (7, "name", "Ada", 3.5)
    assert 0 <= observer.recording.latencies_ms[0] < 5000
    assert observer.reports["people_node: pairing"] == {"sweeps": 12, "share": 0.5}
    assert observer.problem == "people_node is unconfigured: no weights"


@pytest.mark.parametrize("refuse", [False, True])
def test_the_operator_enrols_through_the_parameter_service(both: tuple, refuse: bool) -> None:
    speaker, observer, until = both
    speaker.refuse = refuse
    truth = Truth({1: Person(1, "Ada", False)}, (SECOND,), ((Box(1, 5.0, 0.0, 9, 9),),))
    operator = Operator(truth, "lidar")
    observer.begin(operator)
    until(lambda: observer._commands.service_is_ready())
    operator.hear(Answer(SECOND, 7, "unknown", frames=ENOUGH_FRAMES))
    speaker.tracks.publish(tracks(SECOND, 7))
    until(lambda: observer.recording.moments)
    speaker.clock.publish(Clock(clock=messages.to_time(SECOND)))
    until(lambda: operator.done or operator.refused)
    assert speaker.asked == ["7 Ada"]
    assert operator.refused == ({"Ada": "too dark"} if refuse else {})
    assert [one.name for one in operator.done] == ([] if refuse else ["Ada"])


WHY = Explanation((0.25, 0.0, 0.0, 0.75), {"camera": 0.4, "lidar": 0.6}, ((1, 30, 0.9), (11, 40, 0.1)))
IDENTITIES = [
    Identity(3, "pending", frames=4, frames_needed=16),
    Identity(3, "unknown", None, 0.8, 1.5, "lidar", "camera", 40, 0, "Ada", 0.5),
    Identity(3, "name", "Ada", 0.9, 3.25, "camera", "lidar", 40),
    Identity(
        3, "name", "Ada", 0.9, 3.25, "camera", "lidar", 40, explanation=WHY,
        walk="walks with toes out, seen from the left",
    ),
]  # fmt: skip


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda i: i.state)
def test_an_answer_is_read_from_its_details(identity: Identity) -> None:
    values = {v.key: v.value for v in status(detail(identity), "gait").values}
    answer = answer_of(5, values)
    assert (answer.stamp, answer.track, answer.state, answer.frames) == (
        5,
        3,
        identity.state,
        identity.frames,
    )
    assert answer.name == (identity.name or "") and answer.runner_up == (identity.runner_up or "")
    assert answer.score == pytest.approx(identity.score, abs=1e-3)
    assert answer.runner_up_score == (0.5 if identity.runner_up else None)
    assert answer.probe_modality == (identity.probe_modality or "")


def test_the_details_say_what_carried_the_score_and_how_they_walk() -> None:
    told, untold = (status(detail(identity), "gait") for identity in (IDENTITIES[3], IDENTITIES[1]))
    values = {v.key: v.value for v in told.values}
    assert told.message.endswith(
        ": 40 frames, camera compared with LiDAR; walks with toes out, seen from the left"
    )
    assert values["walk"] == "walks with toes out, seen from the left"
    assert values["sensors"] == "LiDAR 60%, camera 40%"
    assert values["body"] == "feet 75%, head 25%"
    assert values["strips"] == "0.250 0.000 0.000 0.750"
    assert values["windows"] == "frames 1 to 30 90%, frames 11 to 40 10%"
    nothing = {v.key: v.value for v in untold.values}
    assert {nothing[key] for key in ("walk", "sensors", "body", "strips", "windows")} == {""}
