"""The launch file, where ROS 2's launch is installed; launched for real in a sourced workspace."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from sgcross_ros import environment
from training.bags.writer import BagWriter

environment.prepare()
pytest.importorskip("launch_ros", reason="ROS 2's launch has no wheel: needs an installed ROS 2")

import launch  # noqa: E402

FILE = Path(__file__).parents[2] / "launch" / "gait.launch.py"


@pytest.fixture
def file() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gait_launch", FILE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def nodes(file: ModuleType, **given: str) -> dict[str, Any]:
    """Each process by its executable, as it would be started."""
    from launch_ros.actions import Node

    context = launch.LaunchContext()
    for name, default, *_ in file.ARGUMENTS:
        context.launch_configurations[name] = given.get(name, default)
    return {action.node_executable: action for action in file._nodes(context) if isinstance(action, Node)}


def test_every_argument_is_declared_with_its_meaning(file: ModuleType) -> None:
    declared = file.generate_launch_description().get_launch_arguments()
    assert {argument.name for argument in declared} == {name for name, *_ in file.ARGUMENTS}
    assert all(argument.description for argument in declared)


@pytest.mark.parametrize(
    "given, executables",
    [
        ({}, {"people_node", "identity_node"}),
        ({"bag": "walk.mcap"}, {"people_node", "identity_node", "player_node"}),
        ({"rviz": "true"}, {"people_node", "identity_node", "rviz2"}),
    ],
)
def test_what_is_started(file: ModuleType, given: dict[str, str], executables: set[str]) -> None:
    assert set(nodes(file, **given)) == executables


@pytest.mark.parametrize(
    "given, simulated, compressed",
    [
        ({}, False, False),
        ({"bag": "a.mcap", "image": "/eye/compressed"}, True, True),
        ({"bag": "a.mcap", "use_sim_time": "false"}, False, False),
        ({"use_sim_time": "true", "compressed": "true"}, True, True),
        ({"image": "/eye/compressed", "compressed": "false"}, False, False),
    ],
)
def test_what_follows_from_what_is_given(
    file: ModuleType, given: dict[str, str], simulated: bool, compressed: bool
) -> None:
    all_given = {name: given.get(name, default) for name, default, *_ in file.ARGUMENTS}
    assert file._chosen(all_given)["use_sim_time"] == simulated
    assert file._chosen(all_given)["compressed"] == compressed


@pytest.mark.skipif(
    shutil.which("ros2") is None or "/install/sgcross_ros" not in os.environ.get("AMENT_PREFIX_PATH", ""),
    reason="needs `ros2` and a workspace in which sgcross_ros is built and sourced",
)
def test_a_bag_is_played_to_its_end(ros: Any, tmp_path: Path, untrained: Path) -> None:
    cloud = np.zeros(500, [("x", "f4"), ("y", "f4"), ("z", "f4")])
    with BagWriter(tmp_path / "walk.mcap") as writer:
        for number in range(8):
            stamp = (100 * 10 + number) * 10**8
            writer.image_raw("/eye", stamp, "eye", np.zeros((60, 80, 3), np.uint8))
            writer.points("/scan", stamp, "lidar", cloud)
    line = ["ros2", "launch", "sgcross_ros", "gait.launch.py", f"bag:={tmp_path / 'walk.mcap'}", "rate:=0"]
    line += ["image:=/eye", "points:=/scan", f"gallery:={tmp_path / 'people.db'}", f"weights:={untrained}"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("process has finished cleanly") == 3
    assert "Traceback" not in done.stdout and "escalating" not in done.stdout
