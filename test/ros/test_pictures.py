"""What a person sees: colours, the overlay, RViz markers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sgcross_core.identity import Identity
from sgcross_core.sensing import Calibration, CameraModel
from sgcross_ros import colours, environment

environment.prepare()
pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from visualization_msgs.msg import Marker  # noqa: E402

from sgcross_ros import messages, overlay  # noqa: E402
from sgcross_ros.markers import MarkerMaker  # noqa: E402

CAMERA = CameraModel(np.array([[100.0, 0, 80], [0, 100, 60], [0, 0, 1]]), np.zeros(5), 160, 120)
CALIBRATION = Calibration.forward(CAMERA)
SECOND = 10**9


def test_colours_tell_people_apart_and_stay() -> None:
    people = [colours.of_label(name) for name in ("Ada", "Bo", "Cy", "unknown", "pending")]
    assert len(set(people)) == 5 and colours.of_label("Ada") == people[0]
    assert all(0 <= part <= 1 for colour in people for part in colour)
    assert colours.bgr8((1.0, 0.5, 0.0)) == (0, 128, 255)


def person(track: int, seen: str, box: tuple[int, int, int, int] = (20, 10, 40, 60)) -> Any:
    mask = np.zeros((box[3] - box[1], box[2] - box[0]), bool)
    mask[10:, 5:15] = True
    points = np.array([[5.0, 0.0, 0.0], [5.0, 0.1, 0.3], [-5.0, 0.0, 0.0]], np.float32)
    return SimpleNamespace(
        track=track,
        position=np.array([5.0, 0.0, 0.0]),
        size=np.array([0.5, 0.5, 1.8]),
        score=1.0,
        segment=SimpleNamespace(mask=mask, box=box) if "camera" in seen else None,
        cluster=SimpleNamespace(points=points) if "lidar" in seen else None,
    )


def drawn(*people: Any, labels: dict[int, str] | None = None, width: int = 160) -> np.ndarray:
    image = np.zeros((120, 160, 3), np.uint8)
    picture = overlay.draw(image, people, labels or {}, CALIBRATION, width)
    assert not image.any()  # the pipeline's own picture is not painted on
    return picture


def test_an_overlay_of_nobody_is_the_picture() -> None:
    assert not drawn().any()


def test_a_mask_is_tinted_in_the_persons_colour() -> None:
    inside = drawn(person(1, "camera"), labels={1: "Ada"})[50, 30]
    colour = np.array(colours.bgr8(colours.of_label("Ada")))
    assert np.allclose(inside, colour * overlay.STRENGTH, atol=1)
    assert not drawn(person(1, "camera"))[50, 22].any()  # in the box, outside of the mask


def test_points_fall_where_they_project_and_never_from_behind() -> None:
    picture = drawn(person(1, "lidar"))
    below = picture[50:]  # the name is written above
    assert below[10, 80].any() and below[4, 78].any() and (below.any(axis=2)).sum() == 8


@pytest.mark.parametrize(
    "box", [(-10, -10, 20, 30), (150, 100, 190, 170), (200, 200, 220, 230), (0, 0, 160, 120)]
)
def test_boxes_over_the_edge(box: tuple[int, int, int, int]) -> None:
    drawn(person(1, "camera lidar", box))


def test_a_large_picture_is_made_smaller_with_all_that_is_on_it() -> None:
    picture = drawn(person(1, "camera"), width=80)
    assert picture.shape == (60, 80, 3) and picture[25, 15].any()


def test_names_that_opencv_cannot_write() -> None:
    assert drawn(person(1, "camera"), labels={1: "名前"}).any()


def identities(stamp: int, *people: tuple[int, str]) -> Any:
    walkers = [person(track, "") for track, _ in people]
    tracks = messages.tracks_message(messages.header(stamp, "lidar"), walkers)
    states = {"unknown": "unknown", "pending": "pending"}
    answers = [
        Identity(track, states.get(label, "name"), None if label in states else label, probability=0.9)
        for track, label in people
    ]
    return messages.identities_message(tracks, answers)


def by_namespace(markers: list[Marker]) -> dict[str, Marker]:
    return {marker.ns: marker for marker in markers if marker.action == Marker.ADD}


def test_markers_of_a_walk() -> None:
    maker = MarkerMaker(path_s=2.0)
    first = maker.markers(identities(SECOND, (4, "Ada"))).markers
    assert first[0].action == Marker.DELETEALL and set(by_namespace(first)) == {"box", "name"}
    then = by_namespace(maker.markers(identities(2 * SECOND, (4, "Ada"))).markers)
    assert set(then) == {"box", "name", "path"} and then["name"].text == "Ada 90%"
    assert len(then["path"].points) == 2 and then["path"].points[0].z == pytest.approx(-0.9)
    assert then["box"].scale.z == pytest.approx(1.8) and then["name"].pose.position.z > 0.9
    assert all(m.header.frame_id == "lidar" and m.id == 4 and m.lifetime.nanosec for m in then.values())


def test_a_path_is_as_long_as_asked_and_ends_with_its_person() -> None:
    maker = MarkerMaker(path_s=1.0)
    for tenth in range(30):
        found = by_namespace(maker.markers(identities(tenth * SECOND // 10, (1, "unknown"))).markers)
    assert len(found["path"].points) == 11
    maker.markers(identities(60 * SECOND))
    assert not maker._paths


def test_after_a_reset_markers_replace_all_earlier_ones() -> None:
    maker = MarkerMaker(path_s=5.0)
    maker.markers(identities(9 * SECOND, (1, "Ada")))
    maker.reset()
    again = maker.markers(identities(SECOND, (1, "pending"))).markers
    assert again[0].action == Marker.DELETEALL and by_namespace(again)["name"].text == "pending"
