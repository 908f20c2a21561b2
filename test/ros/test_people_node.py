"""people_node as a process: what it answers to good and to bad messages, to silence and to jumps in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from sgcross_ros import environment

environment.prepare()
pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from geometry_msgs.msg import Quaternion, TransformStamped  # noqa: E402
from lifecycle_msgs.srv import ChangeState, GetState  # noqa: E402
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2, PointField  # noqa: E402
from tf2_msgs.msg import TFMessage  # noqa: E402
from vision_msgs.msg import Detection3DArray  # noqa: E402

from sgcross_ros import messages  # noqa: E402
from sgcross_ros.diagnostics import ERROR, OK, WARN  # noqa: E402
from sgcross_ros.qos import LATCHED, RELIABLE, SENSOR  # noqa: E402

SECOND = 10**9
WIDTH, HEIGHT = 160, 120
# Optical x is right (-y), y is down (-z), z is forward (x): the camera stands where the LiDAR is.
OPTICAL = Quaternion(x=-0.5, y=0.5, z=-0.5, w=0.5)


class Robot:
    """The sensors: sweeps of a ground on which one person walks across, pictures, calibration."""

    def __init__(self, peer: Any) -> None:
        self.peer, self.stamp = peer, 1_000 * SECOND
        for kind, topic in ((Image, "image"), (CameraInfo, "camera_info"), (PointCloud2, "points")):
            peer.advertise(kind, topic)
        peer.advertise(TFMessage, "/tf_static", LATCHED)
        peer.listen(Detection3DArray, "tracks", RELIABLE)
        peer.listen(Image, "gait_crops", RELIABLE)
        peer.listen(DiagnosticArray, "/diagnostics", RELIABLE)
        self.random = np.random.default_rng(0)
        self.steps = 0

    @property
    def tracks(self) -> list[Detection3DArray]:
        return self.peer.heard["tracks"]

    def cloud(self, xyz: np.ndarray | None = None) -> PointCloud2:
        points = np.ascontiguousarray(self._scene() if xyz is None else xyz, np.float32)
        fields = [PointField(name=n, offset=4 * i, datatype=7, count=1) for i, n in enumerate("xyz")]
        message = PointCloud2(
            header=messages.header(self.stamp, "lidar"), height=1, width=len(points), fields=fields,
            point_step=12, row_step=12 * len(points), is_dense=True,
        )  # fmt: skip
        message.data = points.tobytes()
        return message

    def picture(self) -> Image:
        pixels = self.random.integers(90, 110, (HEIGHT, WIDTH, 3), np.uint8)
        return messages.image_message(messages.header(self.stamp, "eye"), pixels, "bgr8")

    def info(self) -> CameraInfo:
        message = CameraInfo(header=messages.header(self.stamp, "eye"), width=WIDTH, height=HEIGHT)
        message.k, message.distortion_model = np.array([100.0, 0, 80, 0, 100, 60, 0, 0, 1]), "plumb_bob"
        return message

    def transform(self, turn: Quaternion = OPTICAL, child: str = "eye") -> TFMessage:
        link = TransformStamped(header=messages.header(0, "lidar"), child_frame_id=child)
        link.transform.rotation = turn
        return TFMessage(transforms=[link])

    def step(self, **instead: Any) -> None:
        """A tenth of a second: every sensor speaks once; `instead` replaces a message, None drops it."""
        self.stamp += SECOND // 10
        self.steps += 1
        spoken = {"camera_info": self.info(), "image": self.picture(), "points": self.cloud(), **instead}
        for topic, message in spoken.items():
            if message is not None:
                self.peer.say(topic, message)

    def answer(self, **instead: Any) -> Detection3DArray:
        """The tracks of a step."""
        before = len(self.tracks)
        self.step(**instead)
        self.peer.until(lambda: len(self.tracks) > before)
        return self.tracks[-1]

    def greet(self) -> None:
        """Pictures and sweeps of bare ground, until one is answered.

        Who publishes knows of a listener before the listener knows of it: what is said in between is lost.
        """
        for _ in range(20):
            self.step(points=self.cloud(_ground()))
            self.peer.spin(1.0)
            if self.tracks:
                self.steps = 0
                return
        pytest.fail("no sweep was answered")

    def finding(self, name: str) -> Any:
        """The node's newest finding of this name."""
        return self.peer.findings("people_node").get(name)

    def until_finding(self, name: str, words: str, level: int) -> Any:
        """Waits for a finding."""

        def found() -> bool:
            status = self.finding(name)
            return (
                status is not None
                and words in status.message + str(status.values)
                and status.level[0] == level
            )

        self.peer.until(found)
        return self.finding(name)

    def _scene(self) -> np.ndarray:
        angle, height = self.random.uniform(np.pi / 2, 1.5 * np.pi, 400), self.random.uniform(0, 1.75, 400)
        across = -3 + 0.12 * self.steps
        person = np.column_stack([5 + 0.2 * np.cos(angle), across + 0.2 * np.sin(angle), height - 0.95])
        return np.concatenate([_ground(), person])


def _ground() -> np.ndarray:
    across = np.stack(np.meshgrid(np.arange(1, 14, 0.2), np.arange(-6, 6, 0.2)), -1).reshape(-1, 2)
    return np.column_stack([across, np.full(len(across), -1.0)])


@pytest.fixture(scope="module")
def child(start: Callable[..., Any]) -> Any:
    return start("sgcross_ros.people_node")


@pytest.fixture(scope="module")
def robot(peer: Any, child: Any) -> Iterator[Robot]:
    """Sensors whose node is up and knows the calibration."""
    made = Robot(peer)
    made.peer.say("/tf_static", made.transform())
    peer.until(lambda: peer.listened_to("image", "camera_info", "points", "/tf_static"), 40)
    peer.until(lambda: peer.node.count_publishers("tracks"))
    made.greet()
    return made


def test_a_walk_becomes_one_track_with_crops_of_the_same_stamp(robot: Robot) -> None:
    for _ in range(25):
        robot.answer()
    people = [m for m in robot.tracks if m.detections]
    assert len(people) > 10 and {d.id for m in people for d in m.detections} == {"1"}
    last = robot.tracks[-1]
    assert messages.to_ns(last.header.stamp) == robot.stamp and last.header.frame_id == "lidar"
    box = last.detections[0].bbox
    assert abs(box.center.position.x - 5) < 0.4 and abs(box.center.position.y - 0) < 0.4
    robot.peer.until(lambda: len(robot.peer.heard["gait_crops"]) == len(people))
    assert [c.header.stamp for c in robot.peer.heard["gait_crops"]] == [m.header.stamp for m in people]
    tiles = messages.tiles_of(robot.peer.heard["gait_crops"][-1])
    assert tiles.shape == (1, 64, 64, 3) and tiles[..., 2].any()


def test_the_report_of_a_healthy_node(robot: Robot) -> None:
    values: dict[str, str] = {}  # of a second in which something was answered

    def beat() -> bool:
        robot.answer()
        seen = robot.peer.findings("people_node")
        good = {"state", "camera", "lidar", "pairing", "calibration", "processing"}
        if not (good <= set(seen) and all(seen[name].level[0] == OK for name in good)):
            return False
        values.update({v.key: v.value for v in seen["processing"].values})
        return "latency_ms_p50" in values

    robot.peer.until(beat)
    assert float(values["latency_ms_p50"]) > 0 and values["dropped"] == values["failed"] == "0"
    # Stamps of the year 1970 without simulated time: the node says what to do.
    assert "set use_sim_time and play with --clock" in robot.finding("clock").message


def short_image(robot: Robot) -> Image:
    message = robot.picture()
    message.data = message.data[:1000]
    return message


def without_x(robot: Robot) -> PointCloud2:
    message = robot.cloud()
    message.fields = message.fields[1:]
    return message


def mirrored(robot: Robot) -> CameraInfo:
    message = robot.info()
    message.distortion_model = "fisheye"
    return message


BAD = [
    ("image", short_image, "camera", "needs 57600 bytes; got 1000"),
    ("image", lambda robot: Image(header=robot.picture().header, encoding="yuv"), "camera", "'yuv'"),
    ("image", lambda robot: Image(header=messages.header(robot.stamp, "eye")), "camera", "encoding must be"),
    ("points", without_x, "lidar", "no field 'x'"),
    ("camera_info", mirrored, "camera_info", "plumb_bob; got 'fisheye'"),
]


@pytest.mark.parametrize("topic, make, kind, reason", BAD)
def test_a_bad_message_is_counted_with_its_reason_and_the_rest_goes_on(
    robot: Robot, child: Any, topic: str, make: Callable[[Robot], Any], kind: str, reason: str
) -> None:
    robot.stamp += SECOND // 10
    robot.answer(**{topic: bad_at_next(robot, make)})  # the other sensor is answered for alone
    status = robot.until_finding("processing", reason, WARN)
    assert f"refused {kind}" in {v.key for v in status.values}
    assert robot.answer() and child.process.poll() is None


def bad_at_next(robot: Robot, make: Callable[[Robot], Any]) -> Any:
    """The bad message with the stamp of the coming step."""
    message = make(robot)
    message.header.stamp = messages.to_time(robot.stamp + SECOND // 10)
    return message


def test_a_stream_of_bad_messages_is_logged_once(robot: Robot, child: Any) -> None:
    before = child.words().count("no field")
    for _ in range(10):
        robot.answer(points=bad_at_next(robot, without_x))
    assert before <= child.words().count("no field") <= before + 1


def test_points_that_are_not_finite_are_left_out_and_counted(robot: Robot) -> None:
    xyz = np.array(robot._scene())
    xyz[:100] = np.nan
    robot.answer(points=bad_at_next(robot, lambda r: r.cloud(xyz)))

    def counted() -> bool:
        return {v.key: v.value for v in robot.finding("processing").values}["invalid_points"] == "100"

    robot.peer.until(counted)


def test_a_transform_that_is_not_rigid_is_refused(robot: Robot) -> None:
    robot.peer.say("/tf_static", robot.transform(Quaternion(x=0.0, y=0.0, z=0.0, w=3.0)))
    robot.until_finding("processing", "quaternion must have length 1", WARN)
    robot.answer()
    assert robot.until_finding("calibration", "camera and LiDAR", OK)


def test_a_jump_back_in_time_restarts_the_tracks(robot: Robot) -> None:
    robot.stamp -= 100 * SECOND
    robot.steps = 0
    for _ in range(12):
        last = robot.answer()
    assert [d.id for d in last.detections] == ["1"] and messages.to_ns(last.header.stamp) == robot.stamp
    robot.until_finding("processing", "time_jumps', value='1'", WARN)


def test_each_sensor_alone_is_answered_and_a_silent_one_is_told(robot: Robot) -> None:
    """As a warning, then as an error (when exactly: test_health); answers for the other sensor go on."""
    levels: list[int] = []
    while ERROR not in levels:
        robot.answer(image=None)
        levels.append(robot.finding("camera").level[0])
        robot.peer.spin(0.05)
    assert levels == sorted(levels) and WARN in levels
    robot.until_finding("camera", "silent for", ERROR)
    for _ in range(6):
        robot.step(points=None)
        robot.peer.spin(0.1)
    before = len(robot.tracks)
    robot.peer.until(
        lambda: robot.step(points=None) or robot.peer.spin(0.1) or len(robot.tracks) > before + 2
    )
    robot.answer()


def test_the_lifecycle_service_over_the_wire(robot: Robot) -> None:
    def change(transition: int) -> bool:
        request = ChangeState.Request()
        request.transition.id = transition
        return bool(robot.peer.call(ChangeState, "people_node/change_state", request).success)

    def state() -> str:
        return str(robot.peer.call(GetState, "people_node/get_state", GetState.Request()).current_state.label)

    assert not change(1) and state() == "active"  # configuring an active node is refused
    assert change(4) and change(2) and state() == "unconfigured"
    robot.peer.until(lambda: not robot.peer.listened_to("image"))
    assert change(1) and change(3) and state() == "active"
    robot.peer.until(lambda: robot.peer.listened_to("image", "points"))
    robot.peer.spin(0.3)
    assert robot.answer()


def test_ctrl_c_ends_it_cleanly(robot: Robot, child: Any) -> None:
    assert child.interrupt() == 0 and "Traceback" not in child.words()


def test_sigterm_ends_it_cleanly_too(peer: Any, start: Callable[..., Any]) -> None:
    child = start("sgcross_ros.people_node", "--ros-args", "-r", "__ns:=/quiet")
    peer.until(lambda: peer.node.count_publishers("/quiet/tracks"))
    child.process.terminate()
    assert child.process.wait(20) == 0 and "Traceback" not in child.words()


def test_compressed_pictures_and_a_camera_alone(peer: Any, start: Callable[..., Any]) -> None:
    """Without a LiDAR the results are in a frame of the camera's own, which is announced."""
    peer.advertise(CompressedImage, "jpeg")
    peer.advertise(CameraInfo, "jpeg_info")
    peer.listen(Detection3DArray, "/alone/tracks", RELIABLE)
    peer.listen(TFMessage, "/tf_static", LATCHED)
    child = start(
        "sgcross_ros.people_node", "--ros-args", "-r", "__ns:=/alone", "-p", "compressed:=true",
        "-p", "lidar:=false", "-r", "image:=/jpeg", "-r", "camera_info:=/jpeg_info",
    )  # fmt: skip
    robot = Robot.__new__(Robot)
    robot.random, robot.stamp = np.random.default_rng(1), 5 * SECOND
    peer.until(lambda: peer.listened_to("jpeg", "jpeg_info"), 40)

    def shown() -> bool:
        robot.stamp += SECOND // 10
        peer.say("jpeg_info", robot.info())
        pixels = robot.random.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
        jpeg = CompressedImage(header=messages.header(robot.stamp, "eye"), format="jpeg")
        jpeg.data = cv2.imencode(".jpg", pixels)[1].tobytes()
        peer.say("jpeg", jpeg)
        peer.spin(0.05)
        announced = [t.child_frame_id for m in peer.heard["/tf_static"] for t in m.transforms]
        return bool(peer.heard["/alone/tracks"]) and "eye_forward" in announced

    peer.until(shown)
    assert peer.heard["/alone/tracks"][-1].header.frame_id == "eye_forward"
    assert child.interrupt() == 0


def test_a_parameter_that_is_wrong_ends_it_with_a_sentence(start: Callable[..., Any]) -> None:
    child = start("sgcross_ros.people_node", "--ros-args", "-p", "pairing.tolerance_ms:=-5")
    assert child.process.wait(30) == 2
    assert "pairing.tolerance_ms" in child.words() and "Traceback" not in child.words()


def test_overlay_is_made_while_somebody_looks(peer: Any, start: Callable[..., Any]) -> None:
    robot = Robot(peer)
    child = start("sgcross_ros.people_node")
    peer.until(lambda: peer.listened_to("image", "camera_info", "points"), 40)
    peer.spin(0.3)
    peer.listen(Image, "overlay", SENSOR)

    def shown() -> bool:
        robot.step()
        peer.spin(0.1)
        return bool(peer.heard["overlay"])

    peer.until(shown)
    picture = messages.picture(peer.heard["overlay"][-1], compressed=False)
    assert picture.shape == (HEIGHT, WIDTH, 3) and child.interrupt() == 0
