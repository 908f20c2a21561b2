"""Camera model, frames and transforms, in whatever order they come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sgcross_core.sensing import RigidTransform
from sgcross_ros import environment

environment.prepare()
pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from sensor_msgs.msg import CameraInfo  # noqa: E402

from sgcross_ros.diagnostics import OK, WARN  # noqa: E402
from sgcross_ros.people_settings import PeopleSettings  # noqa: E402
from sgcross_ros.rig import Rig, camera_model  # noqa: E402
from sgcross_ros.static_tf import FrameTree  # noqa: E402


def info(**change: Any) -> CameraInfo:
    message = CameraInfo(width=64, height=48, distortion_model="plumb_bob", d=[0.0] * 5)
    message.k = np.array([50.0, 0, 32, 0, 50, 24, 0, 0, 1])
    message.header.frame_id = "eye"
    for name, value in change.items():
        setattr(message, name, value)
    return message


@pytest.fixture
def rig() -> Rig:
    return Rig(FrameTree())


def join(rig: Rig, fixed: bool = True) -> None:
    rig._tree.set("lidar", "eye", RigidTransform.identity(), fixed)
    rig.refresh()


def test_nothing_yet(rig: Rig) -> None:
    assert rig.view.calibration is None and rig.finding().level == WARN


def test_a_camera_alone_looks_forward(rig: Rig) -> None:
    rig.saw_camera_info(info())
    assert (rig.view.frame, rig.view.camera_alone) == ("eye_forward", True)
    assert np.allclose(rig.view.calibration.project(np.array([[4.0, 0.0, 0.0]])), [[32, 24]])
    assert rig.finding().level == OK


def test_a_lidar_alone(rig: Rig) -> None:
    rig.saw_sweep("lidar")
    assert (rig.view.frame, rig.view.calibration) == ("lidar", None)
    assert rig.finding().level == WARN and "camera_info" in rig.finding().sentence


@pytest.mark.parametrize("order", ["info sweep tf", "tf sweep info", "sweep tf info"])
def test_all_of_it_in_any_order(rig: Rig, order: str) -> None:
    steps = {"info": lambda: rig.saw_camera_info(info()), "sweep": lambda: rig.saw_sweep("lidar")}
    for word in order.split():
        steps.get(word, lambda: join(rig))()
    assert rig.view.calibration is not None and rig.view.frame == "lidar" and not rig.view.camera_alone
    assert rig.fixed and rig.finding().level == OK


def test_a_missing_transform_is_named(rig: Rig) -> None:
    rig.saw_camera_info(info())
    rig.saw_sweep("lidar")
    assert rig.view.calibration is None
    assert all(word in rig.finding().sentence for word in ("'lidar'", "'eye'", "not joined"))


def test_a_moving_link_is_told(rig: Rig) -> None:
    rig.saw_camera_info(info())
    rig.saw_sweep("lidar")
    join(rig, fixed=False)
    assert not rig.fixed and "moving" in rig.finding().sentence


def test_the_view_is_the_same_object_until_something_changes(rig: Rig) -> None:
    rig.saw_camera_info(info())
    before = rig.view
    rig.saw_camera_info(info())
    rig.saw_sweep("")
    assert rig.view is before
    rig.saw_camera_info(info(width=65))
    assert rig.view is not before and rig.view.calibration.camera.width == 65


@pytest.mark.parametrize("d, expected", [([], 0), ([0.1, 0.2, 0.0, 0.0], 0.1), ([0.1] * 5 + [0.0] * 3, 0.1)])
def test_distortion_of_any_length(d: list[float], expected: float) -> None:
    model = camera_model(info(d=d, distortion_model="rational_polynomial"))
    assert model.distortion[0] == expected and model.distortion.shape == (5,)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"distortion_model": "equidistant"}, "plumb_bob; got 'equidistant'"),
        ({"d": [0.1] * 8}, "only five"),
        ({"k": np.zeros(9)}, "is it calibrated"),
        ({"width": 0}, "at least 1"),
        ({"k": np.full(9, np.nan)}, "finite"),
    ],
)
def test_cameras_that_cannot_be_used(rig: Rig, change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rig.saw_camera_info(info(**change))
    assert rig.camera is None


def test_a_transform_of_the_parameters_needs_no_tree() -> None:
    given = PeopleSettings(lidar_to_camera="0 0 0.5  0 0 0 1").given_transform()
    rig = Rig(FrameTree(), given)
    rig.saw_camera_info(info())
    rig.saw_sweep("lidar")
    assert rig.fixed is False and rig.view.calibration is not None and rig.fixed
    assert np.allclose(rig.view.calibration.lidar_to_camera.matrix[:3, 3], [0, 0, 0.5])


@pytest.mark.parametrize(
    "text, said",
    [
        ("1 2 3", "got 3 of seven numbers"),
        ("0 0 0 0 0 0 2", "length 1"),
        ("0 0 nan 0 0 0 1", "finite"),
        ("a b c d e f g", "could not convert"),
    ],
)
def test_a_transform_of_the_parameters_that_is_none(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="lidar_to_camera must be x y z qx qy qz qw: ") as refused:
        PeopleSettings(lidar_to_camera=text)
    assert said in str(refused.value)
