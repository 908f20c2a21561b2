from __future__ import annotations

import cv2
import numpy as np
import pytest
from rosbags.highlevel import AnyReader

from training.bags import BagWriter, StaticTransform
from training.bags.messages import POINT_TYPES

POINT = np.dtype([("x", "f4"), ("y", "f4"), ("z", "f4"), ("intensity", "f4"), ("ring", "u2"), ("time", "f4")])
NOW = 1_700_000_000_123_456_789


def read(path):
    """Every message of a bag as (topic, arrival, message, qos), read as the player reads it."""
    with AnyReader([path]) as reader:
        return [
            (c.topic, arrival, reader.deserialize(raw, c.msgtype), c.ext.offered_qos_profiles[0])
            for c, arrival, raw in reader.messages()
        ]


def nanoseconds(message):
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec


def picture(height=48, width=64):
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 3, y * 4, (x + y) * 2], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("arrival", [None, NOW + 7_000_000])
def test_compressed_image_comes_back(tmp_path, arrival):
    with BagWriter(tmp_path / "a.mcap") as bag:
        bag.image_jpeg("/camera/image_raw/compressed", NOW, "camera", picture(), quality=95, arrival=arrival)
    [(topic, arrived, message, _)] = read(tmp_path / "a.mcap")
    assert (topic, message.header.frame_id) == ("/camera/image_raw/compressed", "camera")
    assert message.format == "jpeg"
    assert nanoseconds(message) == NOW
    assert arrived == (NOW if arrival is None else arrival)
    decoded = cv2.imdecode(message.data, cv2.IMREAD_COLOR)
    assert np.abs(decoded.astype(int) - picture()).mean() < 3


@pytest.mark.parametrize("image, encoding", [(picture(), "bgr8"), (picture()[..., 0], "mono8")])
def test_raw_image_comes_back(tmp_path, image, encoding):
    with BagWriter(tmp_path / "a.mcap") as bag:
        bag.image_raw("/image", 5, "camera", image)
    [(_, _, message, _)] = read(tmp_path / "a.mcap")
    assert (message.encoding, message.height, message.width) == (encoding, 48, 64)
    assert message.step == image.strides[0] if image.ndim == 3 else 64
    assert np.array_equal(message.data.reshape(image.shape), image)


def test_encoded_bytes_are_not_touched(tmp_path):
    data = cv2.imencode(".png", picture())[1].tobytes()
    with BagWriter(tmp_path / "a.mcap") as bag:
        bag.image_encoded("/png", 5, "camera", data, "png")
    [(_, _, message, _)] = read(tmp_path / "a.mcap")
    assert message.format == "png" and message.data.tobytes() == data


@pytest.mark.parametrize("shape", [(0,), (7,), (4, 5)])
def test_points_come_back(tmp_path, shape):
    cloud = np.zeros(shape, POINT)
    cloud["x"] = np.arange(cloud.size).reshape(shape)
    cloud["ring"] = 63
    with BagWriter(tmp_path / "a.mcap") as bag:
        bag.points("/lidar/points", NOW, "lidar", cloud)
    [(_, _, message, _)] = read(tmp_path / "a.mcap")
    assert [(f.name, f.offset, f.datatype) for f in message.fields][-2:] == [("ring", 16, 4), ("time", 18, 7)]
    assert (message.height, message.width) == (shape if len(shape) == 2 else (1, shape[0]))
    assert message.row_step == message.point_step * message.width and message.is_dense
    assert np.array_equal(message.data.view(POINT).reshape(shape), cloud)


def test_every_point_type_is_a_dtype():
    assert {np.dtype(kind).itemsize for kind in POINT_TYPES} == {1, 2, 4, 8}


def test_holes_in_a_cloud_are_told(tmp_path):
    cloud = np.zeros(3, POINT)
    cloud["z"][1] = np.nan
    with BagWriter(tmp_path / "a.mcap") as bag:
        bag.points("/lidar/points", 0, "lidar", cloud)
    assert not read(tmp_path / "a.mcap")[0][2].is_dense


def test_camera_info_comes_back(tmp_path):
    matrix = [[550, 0, 320], [0, 551, 240], [0, 0, 1]]
    with BagWriter(tmp_path / "a.mcap") as bag:
        bag.camera_info("/camera/camera_info", NOW, "camera", matrix, [-0.1, 0.02, 0, 0, 0], 640, 480)
    [(_, _, message, _)] = read(tmp_path / "a.mcap")
    assert (message.width, message.height, message.distortion_model) == (640, 480, "plumb_bob")
    assert np.array_equal(message.k.reshape(3, 3), matrix)
    assert np.array_equal(message.p.reshape(3, 4)[:, :3], matrix)
    assert message.d.tolist() == [-0.1, 0.02, 0, 0, 0]


def test_static_transforms_are_latched(tmp_path):
    pose = np.eye(4)
    pose[:3, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]  # a quarter turn about z
    pose[:3, 3] = 1, 2, 3
    with BagWriter(tmp_path / "a.mcap") as bag:
        bag.static_transforms([StaticTransform("base_link", "lidar", pose)], stamp=NOW)
    [(topic, _, message, qos)] = read(tmp_path / "a.mcap")
    [one] = message.transforms
    turn, shift = one.transform.rotation, one.transform.translation
    assert (topic, one.header.frame_id, one.child_frame_id) == ("/tf_static", "base_link", "lidar")
    assert (shift.x, shift.y, shift.z) == (1, 2, 3)
    assert np.allclose(np.abs([turn.x, turn.y, turn.z, turn.w]), [0, 0, 0.5**0.5, 0.5**0.5])
    assert qos.durability.name == "TRANSIENT_LOCAL"


def test_messages_are_read_in_order_of_arrival(tmp_path):
    with BagWriter(tmp_path / "a.mcap") as bag:
        for stamp, arrival in ((10, 40), (20, 25), (30, 31)):
            bag.image_raw("/image", stamp, "camera", picture(), arrival=arrival)
    assert [arrival for _, arrival, _, _ in read(tmp_path / "a.mcap")] == [25, 31, 40]


def test_only_one_file_is_left_and_an_older_one_is_replaced(tmp_path):
    for stamp in (1, 2):
        with BagWriter(tmp_path / "deep" / "a.mcap") as bag:
            bag.image_raw("/image", stamp, "camera", picture())
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["a.mcap"]
    assert nanoseconds(read(tmp_path / "deep" / "a.mcap")[0][2]) == 2


def test_an_interrupted_recording_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), BagWriter(tmp_path / "a.mcap") as bag:
        bag.image_raw("/image", 1, "camera", picture())
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_the_same_arrays_make_the_same_file(tmp_path):
    for name in ("1", "2"):
        with BagWriter(tmp_path / name / "a.mcap") as bag:
            bag.image_jpeg("/image", 1, "camera", picture())
            bag.points("/points", 2, "lidar", np.zeros(9, POINT))
    assert (tmp_path / "1/a.mcap").read_bytes() == (tmp_path / "2/a.mcap").read_bytes()


def test_an_empty_bag_opens(tmp_path):
    with BagWriter(tmp_path / "a.mcap"):
        pass
    assert read(tmp_path / "a.mcap") == []


BROKEN = [
    (lambda bag: bag.image_raw("/i", 0, "c", np.zeros((4, 4, 3))), "uint8"),
    (lambda bag: bag.image_raw("/i", 0, "c", np.zeros((0, 4, 3), np.uint8)), r"\(0, 4, 3\)"),
    (lambda bag: bag.image_jpeg("/i", 0, "c", picture(), quality=0), "quality"),
    (lambda bag: bag.image_jpeg("/i", -1, "c", picture()), "stamp"),
    (lambda bag: bag.image_encoded("/i", 0, "c", b"", "gif"), "gif"),
    (lambda bag: bag.image_raw("i", 0, "c", picture()), "slash"),
    (lambda bag: bag.points("/p", 0, "l", np.zeros((4, 3), np.float32)), "structured"),
    (lambda bag: bag.points("/p", 0, "l", np.zeros(4, [("x", ">f4")])), "'x'"),
    (lambda bag: bag.points("/p", 0, "l", np.zeros(4, [("flag", "?")])), "'flag'"),
    (lambda bag: bag.camera_info("/c", 0, "c", np.eye(4), np.zeros(5), 6, 4), r"matrix must be \(3, 3\)"),
    (lambda bag: bag.camera_info("/c", 0, "c", np.eye(3), [np.nan] * 5, 6, 4), "distortion"),
    (lambda bag: bag.static_transforms([StaticTransform("a", "b", np.eye(3))]), "a -> b"),
]


@pytest.mark.parametrize("call, said", BROKEN)
def test_broken_arguments_are_one_clear_error(tmp_path, call, said):
    with pytest.raises(ValueError, match=said), BagWriter(tmp_path / "a.mcap") as bag:
        call(bag)


def test_a_topic_keeps_its_type(tmp_path):
    with pytest.raises(ValueError, match="holds sensor_msgs"), BagWriter(tmp_path / "a.mcap") as bag:
        bag.image_raw("/i", 0, "c", picture())
        bag.image_jpeg("/i", 1, "c", picture())


def test_a_bag_is_named_mcap(tmp_path):
    with pytest.raises(ValueError, match=r"\.mcap"):
        BagWriter(tmp_path / "a.bag")
