"""identity_node as a process, and the gallery command against it and against a file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sgcross_core.gait import SIDE
from sgcross_core.identity import Gallery
from sgcross_ros import environment

environment.prepare()
pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from std_srvs.srv import Trigger  # noqa: E402
from vision_msgs.msg import Detection3D, Detection3DArray  # noqa: E402
from visualization_msgs.msg import MarkerArray  # noqa: E402

from sgcross_ros import messages  # noqa: E402
from sgcross_ros.commands import gallery as command  # noqa: E402
from sgcross_ros.commands.calls import set_parameter  # noqa: E402
from sgcross_ros.diagnostics import OK, WARN  # noqa: E402
from sgcross_ros.qos import RELIABLE  # noqa: E402

SECOND = 10**9


class Walkers:
    """Speaks as people_node does: tracks and their crops."""

    def __init__(self, peer: Any) -> None:
        self.peer, self.stamp = peer, 1_000 * SECOND
        self.random = np.random.default_rng(0)
        for kind, topic in ((Detection3DArray, "tracks"), (Image, "gait_crops")):
            peer.advertise(kind, topic, RELIABLE)
        for kind, topic in (
            (Detection3DArray, "identities"), (DiagnosticArray, "identity_details"),
            (MarkerArray, "markers"), (DiagnosticArray, "/diagnostics"),
        ):  # fmt: skip
            peer.listen(kind, topic, RELIABLE)

    def say(self, ids: list[str], tiles: int | None = None) -> None:
        """A moment of tracks with so many tiles, as many as tracks unless told."""
        self.stamp += SECOND // 10
        header = messages.header(self.stamp, "lidar")
        self.peer.say("tracks", Detection3DArray(header=header, detections=[Detection3D(id=i) for i in ids]))
        if count := len(ids) if tiles is None else tiles:
            pictures = self.random.integers(0, 255, (count, SIDE, SIDE, 3), np.uint8)
            self.peer.say("gait_crops", messages.crops_message(header, pictures))

    def answers(self, ids: list[str]) -> list[tuple[str, str]]:
        """Track and label of each answer to a moment."""
        before = len(self.peer.heard["identities"])
        self.say(ids)
        self.peer.until(lambda: len(self.peer.heard["identities"]) > before)
        found = self.peer.heard["identities"][-1]
        assert messages.to_ns(found.header.stamp) == self.stamp
        return [(d.id, d.results[0].hypothesis.class_id) for d in found.detections]

    def walk(self, ids: list[str], moments: int) -> list[tuple[str, str]]:
        """The last answers of a walk."""
        for _ in range(moments):
            last = self.answers(ids)
        return last

    def command(self, name: str, value: str) -> tuple[bool, str]:
        """Set one of the node's command parameters."""
        return set_parameter(self.peer.call, "/identity_node", name, value)

    def until_refused(self, words: str) -> None:
        """Waits until the node has told of a refused moment."""

        def told() -> bool:
            status = self.peer.findings("identity_node").get("processing")
            return status is not None and status.level[0] == WARN and words in str(status.values)

        self.peer.until(told)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gallery") / "people.db"


@pytest.fixture(scope="module")
def child(start: Callable[..., Any], gallery: Path, untrained: Path) -> Any:
    given = ("-p", f"gallery:={gallery}", "-p", f"weights:={untrained}", "-p", "device:=cpu")
    return start("sgcross_ros.identity_node", "--ros-args", *given)


@pytest.fixture(scope="module")
def walkers(peer: Any, child: Any) -> Iterator[Walkers]:
    made = Walkers(peer)
    peer.until(lambda: peer.listened_to("tracks", "gait_crops"), 60)
    peer.until(lambda: peer.node.count_publishers("identities"))
    peer.spin(0.3)
    return made


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Exit status and words of the gallery command."""
    code = command.main(list(words))
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_people_are_pending_then_unknown(walkers: Walkers) -> None:
    assert walkers.answers(["1", "2"]) == [("1", "pending"), ("2", "pending")]
    detail = walkers.peer.until(lambda: walkers.peer.heard["identity_details"])[-1].status[0]
    values = {v.key: v.value for v in detail.values}
    assert (
        values["state"] == "pending" and int(values["frames_needed"]) > 0 and "more frames" in detail.message
    )
    assert walkers.walk(["1", "2"], 25) == [("1", "unknown"), ("2", "unknown")]
    assert walkers.answers([]) == []
    walkers.peer.until(lambda: walkers.peer.heard["markers"])


@pytest.mark.parametrize(
    "name, value, reason",
    [
        ("enrol", "999 Ada", "there is no track 999"),
        ("enrol", "Ada", 'needs "TRACK NAME"'),
        ("enrol", "1", 'needs "TRACK NAME"'),
        ("enrol", "1 ../Ada", "must not look like a path"),
        ("enrol", "1 unknown", "is a state, not a name"),
        ("forget", "Nobody", "nobody is enrolled as 'Nobody'"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(walkers: Walkers, name: str, value: str, reason: str) -> None:
    done, words = walkers.command(name, value)
    assert not done and reason in words


def test_enrol_list_forget(walkers: Walkers, gallery: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done, words = walkers.command("enrol", "1 Ada Lovelace")
    assert done and "enrolled Ada Lovelace from track 1" in words
    listed = walkers.peer.call(Trigger, "/identity_node/people", Trigger.Request())
    assert listed.success and set(json.loads(listed.message)) == {"Ada Lovelace"}
    assert said(capsys, "--file", str(gallery), "list") == (0, "Ada Lovelace  1 camera, 1 lidar\n")
    done, words = walkers.command("forget", "Ada Lovelace")
    assert done and "forgot Ada Lovelace" in words
    assert said(capsys, "list") == (0, "nobody is enrolled\n")


def test_the_same_command_works_twice_and_leaves_no_name_behind(walkers: Walkers) -> None:
    from rcl_interfaces.srv import GetParameters

    assert walkers.command("enrol", "1 Bo")[0] and walkers.command("enrol", "1 Bo")[0]
    request = GetParameters.Request(names=["enrol", "forget"])
    held = walkers.peer.call(GetParameters, "/identity_node/get_parameters", request)
    assert [value.string_value for value in held.values] == ["", ""]
    assert walkers.command("forget", "Bo")[0]


def test_the_command_of_a_user(walkers: Walkers, capsys: pytest.CaptureFixture[str]) -> None:
    line = [sys.executable, "-m", "sgcross_core.cli", "gallery", "enrol", "2", "Cy"]
    enrolled = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert enrolled.returncode == 0 and "enrolled Cy from track 2" in enrolled.stdout
    assert said(capsys, "enrol", "77", "Di")[0] == 1
    assert said(capsys, "forget", "Cy") == (0, "forgot Cy: 2 templates deleted\n")
    code, words = said(capsys, "forget", "Cy")
    assert code == 1 and "nobody is enrolled as 'Cy'" in words


def test_no_name_reaches_the_log_or_the_diagnostics(walkers: Walkers, child: Any) -> None:
    walkers.peer.spin(1.2)
    told = str(walkers.peer.heard["/diagnostics"]) + child.words()
    assert not [name for name in ("Ada", "Bo", "Cy") if name in told]


def test_moments_that_do_not_fit_are_refused_and_counted(walkers: Walkers, child: Any) -> None:
    walkers.say(["1", "2"], tiles=1)
    walkers.until_refused("tiles must be uint8 (2")
    walkers.say(["1", "1"])
    walkers.until_refused("an id may occur once")
    walkers.say(["one"])
    walkers.until_refused("whole number")
    assert walkers.answers(["1"]) and child.process.poll() is None


def test_a_jump_back_forgets_tracks_but_not_people(walkers: Walkers) -> None:
    walkers.walk(["5"], 25)
    assert walkers.command("enrol", "5 Eve")[0]
    walkers.stamp -= 500 * SECOND
    assert walkers.answers(["5"]) == [("5", "pending")]


def test_the_report(walkers: Walkers) -> None:
    def told() -> bool:
        found = walkers.peer.findings("identity_node")
        return found["state"].message == "active" and found["gallery"].message.startswith("1 people")

    walkers.peer.until(told)
    assert walkers.peer.findings("identity_node")["gallery"].level[0] == OK


def test_killed_it_keeps_its_people(
    walkers: Walkers, child: Any, gallery: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    child.process.kill()
    child.process.wait()
    assert set(Gallery(gallery).people()) == {"Eve"}
    code, words = said(capsys, "--wait", "0.5", "list")
    assert code == 1 and "is the node running" in words


def test_a_file_needs_no_node(gallery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--file", str(gallery), "list"]) == 0 and "Eve" in capsys.readouterr().out
    assert command.main(["--file", str(gallery), "forget", "Eve"]) == 0
    assert command.main(["--file", str(gallery), "forget", "Eve"]) == 1
    assert "nobody is enrolled as 'Eve'" in capsys.readouterr().err
    assert command.main(["--file", str(gallery), "enrol", "1", "Eve"]) == 1
    assert command.main(["--file", str(tmp_path / "none.db"), "list"]) == 1
    assert "there is no gallery" in capsys.readouterr().err


@pytest.mark.parametrize("name, value", [("weights", "/none.safetensors"), ("gallery", "/proc/nowhere/g.db")])
def test_what_cannot_be_opened_leaves_a_node_that_says_so(
    ros: Any, untrained: Path, tmp_path: Path, name: str, value: str
) -> None:
    from rclpy.parameter import Parameter

    from sgcross_ros.identity_node import IdentityNode

    node = IdentityNode()
    right = {"weights": str(untrained), "gallery": str(tmp_path / "g.db")}
    for key, path in {**right, name: value}.items():
        assert node.set_parameters([Parameter(key, value=path)])[0].successful
    assert not node.start() and node.phase == "unconfigured" and value.split("/")[1] in node.failure
    refused = node.set_parameters_atomically([Parameter("enrol", value="1 Ada")])
    assert not refused.successful and "not configured" in refused.reason
    node.set_parameters([Parameter(name, value=right[name])])
    assert node.start() and node.phase == "active"
    node.release()
    node.destroy_node()
