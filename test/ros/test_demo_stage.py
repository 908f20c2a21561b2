"""The nodes as the demo runs them: real processes, a small bag, and what goes wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from sgcross_ros.demo.processes import ChildFailed
from sgcross_ros.demo.stage import NotReady, node_command, player_command, sent, stage
from sgcross_ros.demo.truth import Truth
from training.bags import BagWriter

EMPTY = Truth({}, (), ())


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of both sensors that see nobody."""
    path = tmp_path_factory.mktemp("bag") / "walk.mcap"
    ground = np.zeros(400, [(name, "<f4") for name in "xyz"])
    ground["x"], ground["y"] = np.mgrid[2:12:0.5, -5:5:0.5].reshape(2, -1)
    with BagWriter(path) as out:
        for i in range(10):
            stamp = 10**9 + i * 10**8
            out.camera_info("/camera/camera_info", stamp, "camera", np.eye(3), np.zeros(5), 64, 48)
            out.image_jpeg("/camera/image_raw/compressed", stamp, "camera", np.zeros((48, 64, 3), np.uint8))
            out.points("/lidar/points", stamp, "lidar", ground)
        out.static_transforms([], 10**9)
    return path


@pytest.mark.parametrize("sensor, sweeps, frames", [("lidar", 10, 0), ("camera", 0, 10), ("both", 10, 10)])
def test_what_is_played_for_a_sensor(bag: Path, sensor: str, sweeps: int, frames: int) -> None:
    assert sent(bag, sensor) == {"sweeps": sweeps, "frames": frames}
    topics = next(word for word in player_command(bag, sensor, 1.0) if word.startswith("topics:="))
    assert ("points" in topics, "image" in topics) == (bool(sweeps), bool(frames))
    assert "/tf_static" in topics


def test_a_node_is_a_process_of_this_python() -> None:
    command = node_command("people_node", {"compressed": "true"}, {"image": "/a"})
    assert command[:4] == [sys.executable, "-m", "sgcross_ros.people_node", "--ros-args"]
    assert command[4:] == ["-p", "use_sim_time:=true", "-p", "compressed:=true", "-r", "image:=/a"]


def test_every_sweep_of_a_bag_is_answered_and_counted(
    ros: Any, bag: Path, tmp_path: Path, untrained: Path
) -> None:
    with stage(tmp_path / "logs", tmp_path / "gallery.db", 1.0, str(untrained)) as scene:
        recording = scene.play(bag, "lidar", EMPTY, "one sensor")
        assert (recording.counts["sweeps"], recording.counts["lone_sweeps"]) == (10, 10)
        assert len(recording.moments) == 10 and recording.counts["lost"] == 0
        again = scene.play(bag, "lidar", EMPTY, "again", loops=2)
        assert again.counts["sweeps"] == 20, "only what was played since is counted"
        with pytest.raises(ChildFailed, match=r"player_node: .*nothing.mcap"):
            scene.play(bag.with_name("nothing.mcap"), "lidar", EMPTY, "no bag")
        nodes = scene.nodes
    assert all(node.ended() for node in nodes)


def test_a_node_that_cannot_start_says_why(ros: Any, tmp_path: Path) -> None:
    weights = tmp_path / "bad.safetensors"
    weights.write_text("nothing of the kind")
    with (
        pytest.raises(
            NotReady, match=r"identity_node is unconfigured: .*bad.safetensors is not .*; see .*logs"
        ),
        stage(tmp_path / "logs", tmp_path / "gallery.db", 1.0, str(weights)),
    ):
        pass
