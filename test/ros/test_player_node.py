"""player_node as a process: what it plays is what was recorded, by the clock or at its listeners' pace."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sgcross_ros import environment

environment.prepare()
pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from rclpy.serialization import deserialize_message  # noqa: E402
from rosgraph_msgs.msg import Clock  # noqa: E402
from sensor_msgs.msg import Image, PointCloud2  # noqa: E402
from std_msgs.msg import Header, String  # noqa: E402
from tf2_msgs.msg import TFMessage  # noqa: E402
from vision_msgs.msg import Detection3DArray  # noqa: E402

from sgcross_ros import messages  # noqa: E402
from sgcross_ros.player_node import LATEST, PlayerNode  # noqa: E402
from sgcross_ros.qos import LATCHED, RELIABLE  # noqa: E402
from sgcross_ros.recording import Recording  # noqa: E402
from training.bags.messages import StaticTransform  # noqa: E402
from training.bags.writer import BagWriter  # noqa: E402

SECOND = 10**9
START = 1_700_000_000 * SECOND
SWEEPS = 8


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> str:
    """0.7 s of sweeps at 10 Hz and pictures at 20 Hz, each different from the others."""
    path = tmp_path_factory.mktemp("bags") / "walk.mcap"
    cloud = np.zeros(5, [("x", "f4"), ("y", "f4"), ("z", "f4")])
    with BagWriter(path) as writer:
        writer.static_transforms([StaticTransform("base", "lidar", np.eye(4))], START, topic="/tf_static")
        for number in range(2 * SWEEPS):
            stamp = START + number * SECOND // 20
            writer.image_raw("/eye", stamp, "eye", np.full((4, 4, 3), number, np.uint8))
            if number % 2 == 0:
                cloud["x"] = number
                writer.points("/scan", stamp, "lidar", cloud)
    return str(path)


@pytest.fixture
def listener(new_peer: Callable[[], Any]) -> Any:
    """A node that listens to all that is played."""
    peer = new_peer()
    for kind, topic in ((Image, "/eye"), (PointCloud2, "/scan"), (Clock, "/clock")):
        peer.listen(kind, topic, 100)
    peer.listen(TFMessage, "/tf_static", LATCHED)
    peer.listen(String, "/player_node/progress", LATEST)
    return peer


def play(start: Callable[..., Any], bag: str, **given: Any) -> Any:
    given = {"settle_s": 0.3, "wait_for": "/eye,/scan", **given}
    words = [word for name, value in given.items() for word in ("-p", f"{name}:={value}")]
    return start("sgcross_ros.player_node", "--ros-args", "-p", f"bag:={bag}", *words)


def ended(listener: Any, player: Any) -> int:
    listener.until(lambda: player.process.poll() is not None, 40)
    listener.spin(0.2)
    return int(player.process.returncode)


def progress(listener: Any) -> list[dict[str, Any]]:
    return [json.loads(message.data) for message in listener.heard["/player_node/progress"]]


def test_what_is_played_is_what_was_recorded(listener: Any, start: Callable[..., Any], bag: str) -> None:
    player = play(start, bag)
    assert ended(listener, player) == 0, player.words()
    with Recording(bag) as recording:
        recorded = list(recording.messages())
    for topic in ("/eye", "/scan", "/tf_static"):
        kind = type(listener.heard[topic][0])
        expected = [deserialize_message(m.data, kind) for m in recorded if m.topic == topic]
        assert listener.heard[topic] == expected
    clock = [messages.to_ns(message.clock) for message in listener.heard["/clock"]]
    assert clock == sorted(clock) and clock[0] == START and clock[-1] > START + 1.1 * SECOND
    assert np.median(np.diff(clock)) < SECOND // 50 and len(clock) > 40  # a machine may halt at times
    last = progress(listener)[-1]
    assert (last["state"], last["loop"], last["sent"]) == ("done", 1, 3 * SWEEPS + 1)


def test_loops_jump_back_in_time(listener: Any, start: Callable[..., Any], bag: str) -> None:
    player = play(start, bag, loops=3, rate=4)
    assert ended(listener, player) == 0, player.words()
    stamps = [messages.to_ns(message.header.stamp) for message in listener.heard["/scan"]]
    once = [START + number * SECOND // 10 for number in range(SWEEPS)]
    assert stamps == 3 * once and len(listener.heard["/tf_static"]) == 3
    clock = np.array([messages.to_ns(message.clock) for message in listener.heard["/clock"]])
    assert (np.diff(clock) < 0).sum() == 2
    assert progress(listener)[-1]["loop"] == 3


def test_at_rate_0_the_answers_set_the_pace(listener: Any, start: Callable[..., Any], bag: str) -> None:
    """A listener that answers slowly is never more than two sweeps behind."""
    listener.advertise(Detection3DArray, "/tracks", RELIABLE)
    player = play(start, bag, rate=0, wait_for_nodes="/tracks", stuck_s=20)
    listener.until(lambda: listener.heard["/scan"], 40)
    sweeps = listener.heard["/scan"]
    for number in range(SWEEPS):
        listener.until(lambda number=number: len(sweeps) > number)
        listener.spin(0.1)
        assert len(sweeps) <= number + 3
        header = Header(stamp=sweeps[number].header.stamp)
        listener.say("/tracks", Detection3DArray(header=header))
    assert ended(listener, player) == 0, player.words()


def test_a_listener_that_never_answers_does_not_stop_it(
    listener: Any, start: Callable[..., Any], bag: str
) -> None:
    """Played under another name, without the other topics and without a clock."""
    listener.listen(Image, "/other/eye", 100)
    given = {"topics": "/eye", "remap": "/eye:=/other/eye", "clock": "false", "wait_for": "/eye"}
    player = play(start, bag, rate=0, stuck_s=0.2, **given)
    assert ended(listener, player) == 0 and "going on" in player.words()
    assert len(listener.heard["/other/eye"]) == 2 * SWEEPS
    assert not (listener.heard["/eye"] or listener.heard["/scan"] or listener.heard["/clock"])


def test_ctrl_c_ends_an_endless_playback(listener: Any, start: Callable[..., Any], bag: str) -> None:
    player = play(start, bag, loops=0, rate=5)
    listener.until(lambda: progress(listener) and progress(listener)[-1]["loop"] > 1, 40)
    assert player.interrupt() == 0 and "Traceback" not in player.words()


def test_it_stays_when_asked_to_and_serves_those_who_come_late(
    listener: Any, start: Callable[..., Any], bag: str
) -> None:
    player = play(start, bag, rate=8, exit="false")
    listener.until(lambda: progress(listener) and progress(listener)[-1]["state"] == "done", 40)
    late: list[TFMessage] = []
    listener.node.create_subscription(TFMessage, "/tf_static", late.append, LATCHED)
    listener.until(lambda: late)
    assert late[0].transforms[0].child_frame_id == "lidar"
    assert player.process.poll() is None and player.interrupt() == 0


WRONG = [
    ({"bag": "/none.mcap"}, "there is no bag /none.mcap"),
    ({"topics": "/nose"}, "has no topic /nose; it has: /eye, /scan, /tf_static"),
    ({"wait_for": "/nose"}, "has none of the topics /nose; it has: /eye"),
    ({"remap": "/nose:=/mouth"}, "remap needs old:=new"),
    ({"rate": -1}, "parameter rate"),
]


@pytest.mark.parametrize("given, words", WRONG)
def test_what_cannot_be_played(ros: Any, bag: str, given: dict[str, Any], words: str) -> None:
    values = {"bag": bag, **given}
    with pytest.raises(ValueError, match=words):
        PlayerNode(["--ros-args", *(w for n, v in values.items() for w in ("-p", f"{n}:={v}"))])


def test_it_ends_with_a_sentence(start: Callable[..., Any], bag: str) -> None:
    absent, alone = play(start, "/none.mcap"), play(start, bag, wait_s=0.2)
    assert absent.process.wait(30) == 2 and alone.process.wait(30) == 1
    assert "there is no bag" in absent.words() and "nobody subscribed to" in alone.words()
    assert "Traceback" not in absent.words() + alone.words()
