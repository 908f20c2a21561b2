"""Transforms composed over the tree of frames."""

from __future__ import annotations

import numpy as np
import pytest

from sgcross_core.sensing import RigidTransform
from sgcross_ros import environment

environment.prepare()
pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from sgcross_ros.static_tf import FrameTree  # noqa: E402

QUARTER = (0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5))  # x becomes y
STRAIGHT = (0.0, 0.0, 0.0, 1.0)


def tree(*links: tuple[str, str, tuple[float, ...], tuple[float, ...], bool]) -> FrameTree:
    made = FrameTree()
    for parent, child, shift, turn, fixed in links:
        made.set(parent, child, RigidTransform.from_quaternion(shift, turn), fixed)
    return made


ROBOT = tree(
    ("base", "mast", (0.0, 0.0, 1.0), STRAIGHT, True),
    ("mast", "lidar", (0.5, 0.0, 0.0), QUARTER, True),
    ("base", "head", (0.0, 2.0, 0.0), STRAIGHT, False),
    ("head", "camera", (0.0, 0.0, 3.0), QUARTER, True),
    ("other_map", "other_robot", (0.0, 0.0, 0.0), STRAIGHT, True),
)


@pytest.mark.parametrize(
    "source, target, point, expected, fixed",
    [
        ("lidar", "lidar", (1, 2, 3), (1, 2, 3), True),
        ("lidar", "mast", (1, 0, 0), (0.5, 1, 0), True),
        ("lidar", "base", (1, 0, 0), (0.5, 1, 1), True),
        ("base", "lidar", (0.5, 1, 1), (1, 0, 0), True),
        ("lidar", "head", (1, 0, 0), (0.5, -1, 1), False),
        ("lidar", "camera", (1, 0, 0), (-1, -0.5, -2), False),
        ("unknown", "unknown", (1, 2, 3), (1, 2, 3), True),
    ],
)
def test_lookup(source: str, target: str, point: tuple, expected: tuple, fixed: bool) -> None:
    transform, still = ROBOT.lookup(source, target)
    assert np.allclose(transform.apply(np.array([point], np.float64)), [expected]) and still == fixed


@pytest.mark.parametrize(
    "source, target", [("lidar", "other_robot"), ("lidar", "nowhere"), ("nowhere", "lidar")]
)
def test_lookup_names_what_is_missing_and_what_is_there(source: str, target: str) -> None:
    with pytest.raises(LookupError) as missing:
        ROBOT.lookup(source, target)
    assert all(word in str(missing.value) for word in (source, target, "mast", "other_map"))


def test_an_empty_tree() -> None:
    with pytest.raises(LookupError, match="known frames: none"):
        FrameTree().lookup("a", "b")


def test_the_newest_transform_counts() -> None:
    moved = tree(("a", "b", (1, 0, 0), STRAIGHT, True), ("a", "b", (5, 0, 0), STRAIGHT, True))
    assert moved.lookup("b", "a")[0].translation[0] == 5


def test_a_circle_is_an_error_not_an_endless_loop() -> None:
    round_trip = tree(("a", "b", (0, 0, 0), STRAIGHT, True), ("b", "a", (0, 0, 0), STRAIGHT, True))
    with pytest.raises(LookupError, match="circle"):
        round_trip.lookup("a", "c")


@pytest.mark.parametrize("parent, child", [("", "b"), ("a", ""), ("a", "a")])
def test_frames_that_are_none(parent: str, child: str) -> None:
    with pytest.raises(ValueError, match="two different frames"):
        tree((parent, child, (0, 0, 0), STRAIGHT, True))
