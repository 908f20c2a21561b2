"""Bags opened to be played, and what is said about those that cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sgcross_ros import environment

environment.prepare()
pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from rosbags.rosbag2 import Writer  # noqa: E402
from rosbags.typesys import Stores, get_types_from_msg, get_typestore  # noqa: E402

from sgcross_ros.player_node import renamed  # noqa: E402
from sgcross_ros.player_settings import words  # noqa: E402
from sgcross_ros.recording import Recording, header_stamp, message_class  # noqa: E402
from training.bags.writer import BagWriter  # noqa: E402

SECOND = 10**9


@pytest.fixture
def bag(tmp_path: Path) -> str:
    """Three sweeps and six pictures."""
    path = tmp_path / "walk.mcap"
    cloud = np.zeros(4, [("x", "f4"), ("y", "f4"), ("z", "f4")])
    with BagWriter(path) as writer:
        for tenth in range(6):
            writer.image_raw("/eye", SECOND + tenth * SECOND // 20, "eye", np.zeros((2, 2, 3), np.uint8))
        for tenth in range(3):
            writer.points("/scan", SECOND + tenth * SECOND // 10, "lidar", cloud)
    return str(path)


def test_what_a_recording_holds(bag: str) -> None:
    with Recording(bag) as recording:
        assert recording.types == {"/eye": "sensor_msgs/msg/Image", "/scan": "sensor_msgs/msg/PointCloud2"}
        assert recording.step_topics() == ["/scan"] and recording.missing == []
        found = list(recording.messages())
    assert len(found) == 9 and [m.time for m in found] == sorted(m.time for m in found)
    assert all(header_stamp(message.data) == message.time for message in found)


def test_only_the_topics_that_are_asked_for(bag: str) -> None:
    with Recording(bag, ["/eye"]) as recording:
        assert list(recording.types) == recording.step_topics() == ["/eye"]
        assert len(list(recording.messages())) == 6
        assert recording.period_ns(["/eye"]) == pytest.approx(SECOND / 20, rel=0.2)
        assert recording.period_ns([]) == SECOND // 10


def test_types_that_are_not_installed_are_left_out(tmp_path: Path) -> None:
    store = get_typestore(Stores.ROS2_JAZZY)
    store.register(get_types_from_msg("int32 value", "odd_msgs/msg/Odd"))
    with Writer(tmp_path / "odd", version=9) as writer:
        connection = writer.add_connection("/odd", "odd_msgs/msg/Odd", typestore=store)
        message = store.types["odd_msgs/msg/Odd"](3)
        writer.write(connection, 1, store.serialize_cdr(message, "odd_msgs/msg/Odd"))
    with Recording(str(tmp_path / "odd")) as recording:
        assert recording.missing == ["odd_msgs/msg/Odd"] and list(recording.messages()) == []


def test_bags_that_cannot_be_played(bag: str, tmp_path: Path) -> None:
    (tmp_path / "empty.mcap").touch()
    (tmp_path / "text.mcap").write_text("hello, I am no bag")
    (tmp_path / "folder").mkdir()
    (tmp_path / "old.bag").touch()
    (tmp_path / "cut.mcap").write_bytes(Path(bag).read_bytes()[:200])
    refused = {
        "": "no bag to play",
        str(tmp_path / "none.mcap"): "there is no bag",
        str(tmp_path / "empty.mcap"): "not a bag that can be read",
        str(tmp_path / "text.mcap"): "not a bag that can be read",
        str(tmp_path / "folder"): "not a bag that can be read",
        str(tmp_path / "cut.mcap"): "not a bag that can be read",
        str(tmp_path / "old.bag"): "rosbags-convert",
        str(Path(__file__)): "not a bag that can be read",
    }
    for path, reason in refused.items():
        with pytest.raises(ValueError, match=reason):
            Recording(path)


def test_a_missing_topic_names_those_that_are_there(bag: str) -> None:
    with pytest.raises(ValueError, match="no topic /nose; it has: /eye, /scan"):
        Recording(bag, ["/eye", "/nose"])


@pytest.mark.parametrize(
    "rules, names",
    [
        ("", {"/a": "/a", "/b": "/b"}),
        ("/a:=/c", {"/a": "/c", "/b": "/b"}),
        ("/a:=x, /b:=y", {"/a": "x", "/b": "y"}),
    ],
)
def test_renaming(rules: str, names: dict[str, str]) -> None:
    assert renamed(["/a", "/b"], words(rules)) == names


@pytest.mark.parametrize("rules", ["/c:=/d", "/a", "/a:=", ":=/a"])
def test_renaming_what_is_not_there(rules: str) -> None:
    with pytest.raises(ValueError, match="remap needs old:=new"):
        renamed(["/a", "/b"], words(rules))


@pytest.mark.parametrize(
    "kind, known",
    [("sensor_msgs/msg/Image", True), ("sensor_msgs/msg/Imag", False), ("no_such_package/msg/Image", False)],
)
def test_message_classes(kind: str, known: bool) -> None:
    assert (message_class(kind) is not None) == known
