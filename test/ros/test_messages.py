"""Messages to arrays and back, by their bytes on the wire."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sgcross_core.gait import SIDE, GaitFrame
from sgcross_core.identity import Identity
from sgcross_ros import environment

environment.prepare()
pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from builtin_interfaces.msg import Time  # noqa: E402
from rclpy.serialization import deserialize_message, serialize_message  # noqa: E402
from sensor_msgs.msg import Image, PointCloud2, PointField  # noqa: E402
from vision_msgs.msg import Detection3D, Detection3DArray  # noqa: E402

from sgcross_core.sensing import cloud_to_xyz  # noqa: E402
from sgcross_ros import messages  # noqa: E402
from sgcross_ros.messages import clouds  # noqa: E402

FLOAT32, FLOAT64, UINT16 = 7, 8, 4


def wired(message: Any) -> Any:
    """As it arrives at another process."""
    return deserialize_message(serialize_message(message), type(message))


@pytest.mark.parametrize("nanoseconds", [0, 1, 999_999_999, 1_000_000_000, 2**31 * 10**9 - 1])
def test_stamps_round_trip(nanoseconds: int) -> None:
    assert messages.to_ns(wired(messages.to_time(nanoseconds))) == nanoseconds


@pytest.mark.parametrize("stamp", [Time(sec=-1), Time(nanosec=10**9), Time(nanosec=2**32 - 1)])
def test_stamps_that_are_no_time(stamp: Time) -> None:
    with pytest.raises(ValueError, match="stamp must"):
        messages.to_ns(stamp)


@pytest.mark.parametrize("nanoseconds", [-1, 2**31 * 10**9])
def test_stamps_that_do_not_fit(nanoseconds: int) -> None:
    with pytest.raises(ValueError, match="stamp must lie"):
        messages.to_time(nanoseconds)


@pytest.mark.parametrize("shape, encoding", [((3, 5, 3), "bgr8"), ((3, 5, 3), "rgb8"), ((2, 7, 1), "mono8")])
def test_pictures_round_trip(shape: tuple[int, ...], encoding: str) -> None:
    pixels = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    sent = wired(messages.image_message(messages.header(7, "eye"), pixels, encoding))
    assert (sent.header.frame_id, sent.step, sent.encoding) == ("eye", shape[1] * shape[2], encoding)
    bgr = messages.picture(sent, compressed=False)
    assert np.array_equal(bgr[..., ::-1] if encoding == "rgb8" else bgr, np.broadcast_to(pixels, bgr.shape))


def test_a_view_that_is_not_contiguous_is_sent_as_it_looks() -> None:
    pixels = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)[::-1, ::2]
    sent = messages.image_message(messages.header(0, ""), pixels, "bgr8")
    assert np.array_equal(messages.picture(sent, compressed=False), pixels)


@pytest.mark.parametrize("pixels", [np.zeros((2, 2), np.uint8), np.zeros((2, 2, 3), np.float32)])
def test_what_is_no_picture(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="needs uint8"):
        messages.image_message(messages.header(0, ""), pixels, "bgr8")


def test_crops_round_trip() -> None:
    tiles = np.random.default_rng(0).integers(0, 255, (3, SIDE, SIDE, 3), np.uint8)
    sent = wired(messages.crops_message(messages.header(9, "lidar"), tiles))
    assert (sent.width, sent.height, sent.encoding) == (SIDE, 3 * SIDE, "rgb8")
    assert np.array_equal(messages.tiles_of(sent), tiles)


@pytest.mark.parametrize(
    "change",
    [
        {"encoding": "bgr8"},
        {"width": 63},
        {"height": SIDE + 1},
        {"step": 200},
        {"data": bytes(10)},
        {"height": 2 * SIDE},
    ],
)
def test_what_are_no_crops(change: dict[str, Any]) -> None:
    tiles = np.zeros((1, SIDE, SIDE, 3), np.uint8)
    sent = messages.crops_message(messages.header(0, ""), tiles)
    for name, value in change.items():
        setattr(sent, name, value)
    with pytest.raises(ValueError, match="gait crops"):
        messages.tiles_of(sent)


def person(track: int, z: float = 0.1) -> Any:
    return SimpleNamespace(
        track=track,
        position=np.array([1.0, 2.0, z]),
        size=np.array([0.5, 0.6, 1.8]),
        score=0.75,
        gait=GaitFrame(0),
    )


def test_tracks_carry_number_box_and_score() -> None:
    sent = wired(messages.tracks_message(messages.header(5, "lidar"), [person(3), person(12)]))
    assert messages.track_numbers(sent) == [3, 12] and messages.to_ns(sent.header.stamp) == 5
    first = sent.detections[0]
    assert (first.results[0].hypothesis.class_id, first.results[0].hypothesis.score) == ("person", 0.75)
    assert (first.bbox.center.position.y, first.bbox.size.z, first.bbox.center.orientation.w) == (
        2.0,
        1.8,
        1.0,
    )
    assert first.results[0].pose.pose.position.x == 1.0


@pytest.mark.parametrize("ids, words", [(["1", "x"], "whole number"), (["1", "1"], "once"), ([""], "whole")])
def test_ids_that_are_no_tracks(ids: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        messages.track_numbers(Detection3DArray(detections=[Detection3D(id=i) for i in ids]))


@pytest.mark.parametrize(
    "identity, label",
    [
        (Identity(1, "pending", frames_needed=4), "pending"),
        (Identity(1, "unknown", probability=0.9), "unknown"),
        (Identity(1, "name", "Zoë", probability=0.8), "Zoë"),
    ],
)
def test_identities_keep_the_box_and_take_the_name(identity: Identity, label: str) -> None:
    tracks = messages.tracks_message(messages.header(5, "lidar"), [person(1)])
    sent = wired(messages.identities_message(tracks, [identity]))
    (found,) = sent.detections
    assert found.results[0].hypothesis.class_id == label and found.bbox == tracks.detections[0].bbox
    assert found.results[0].hypothesis.score == pytest.approx(identity.probability)


def test_as_many_identities_as_tracks() -> None:
    with pytest.raises(ValueError):
        messages.identities_message(messages.tracks_message(messages.header(0, ""), [person(1)]), [])


def cloud(points: np.ndarray, height: int = 1, padding: int = 0) -> PointCloud2:
    """PointCloud2 of a structured array, its rows padded."""
    kinds = {"f4": FLOAT32, "f8": FLOAT64, "u2": UINT16}
    fields = [
        PointField(name=name, offset=offset, datatype=kinds[dtype.str[1:]], count=1)
        for name, (dtype, offset) in (points.dtype.fields or {}).items()
    ]
    rows = points.reshape(height, -1).view(np.uint8).reshape(height, -1)
    data = np.pad(rows, ((0, 0), (0, padding))).tobytes()
    step = points.dtype.itemsize
    return PointCloud2(
        height=height, width=len(points) // height, fields=fields, point_step=step,
        row_step=len(data) // height, data=data, is_dense=False,
    )  # fmt: skip


LAYOUTS = {
    "plain": [("x", "f4"), ("y", "f4"), ("z", "f4")],
    "wide": [("ring", "u2"), ("x", "f8"), ("y", "f8"), ("z", "f8"), ("time", "f4")],
    "swapped": [("z", "f4"), ("intensity", "f4"), ("x", "f4"), ("y", "f4")],
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("height, padding", [(1, 0), (4, 0), (4, 8)])
@pytest.mark.parametrize("library", [True, False], ids=["sensor_msgs_py", "own"])
def test_clouds_are_read_alike_by_both_readers(
    layout: Any, height: int, padding: int, library: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if library and clouds.point_cloud2 is None:
        pytest.skip("sensor_msgs_py is not installed: it has no wheel")
    if not library:
        monkeypatch.setattr(clouds, "point_cloud2", None)
    points = np.zeros(20, np.dtype(layout))
    for axis, name in enumerate("xyz"):
        points[name] = np.arange(20) + 100 * axis
    points["y"][3], points["z"][7] = np.nan, np.inf
    sent = wired(cloud(points, height, padding))
    read, own = messages.cloud(sent), cloud_to_xyz(sent)
    assert read.invalid == own.invalid == 2
    assert read.xyz.dtype == np.float32 and np.array_equal(read.xyz, own.xyz)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"fields": []}, "no field 'x'"),
        ({"data": bytes(5)}, "bytes"),
        ({"point_step": 4}, "does not fit"),
        ({"width": 2**32 - 1}, "row_step"),
    ],
)
def test_clouds_that_are_wrong(change: dict[str, Any], words: str) -> None:
    sent = cloud(np.zeros(4, np.dtype(LAYOUTS["plain"])))
    for name, value in change.items():
        setattr(sent, name, value)
    with pytest.raises(ValueError, match=words):
        messages.cloud(sent)


def test_an_empty_cloud() -> None:
    assert len(messages.cloud(PointCloud2()).xyz) == 0


def test_an_unknown_encoding_is_named() -> None:
    with pytest.raises(ValueError, match="bayer_rggb8"):
        messages.picture(Image(encoding="bayer_rggb8", width=1, height=1, step=1, data=[1]), compressed=False)
