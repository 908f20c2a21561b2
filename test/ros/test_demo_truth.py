"""Which track is whom."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from sgcross_ros.demo.records import Moment, Seen
from sgcross_ros.demo.truth import Box, Person, Truth, Votes, match

MS = 1_000_000


def box(person: int, x: float, y: float, points: int = 100, pixels: int = 1000) -> Box:
    return Box(person, x, y, points, pixels)


def truth(*frames: tuple[Box, ...]) -> Truth:
    """Two people and a stranger; one frame every 100 ms."""
    people = {1: Person(1, "Ada", False), 2: Person(2, "Ben", False), 3: Person(3, "stranger 1", True)}
    return Truth(people, tuple(i * 100 * MS for i in range(len(frames))), frames)


POSITIONS = [
    ("nobody there", [], [box(1, 5, 0)], "lidar", {}),
    ("nobody labelled", [Seen(7, 5, 0)], [], "lidar", {}),
    ("near", [Seen(7, 5.5, 0)], [box(1, 5, 0)], "lidar", {7: 1}),
    ("too far", [Seen(7, 6.1, 0)], [box(1, 5, 0)], "lidar", {}),
    ("two tracks, one person", [Seen(7, 5.4, 0), Seen(8, 5.1, 0)], [box(1, 5, 0)], "lidar", {7: 1, 8: 1}),
    (
        "crossing",
        [Seen(7, 5, 0.4), Seen(8, 5, -0.4)],
        [box(1, 5, -0.5), box(2, 5, 0.5)],
        "lidar",
        {7: 2, 8: 1},
    ),
    ("no returns", [Seen(7, 5, 0)], [box(1, 5, 0, points=0)], "lidar", {}),
    ("both: one sensor is enough", [Seen(7, 5, 0)], [box(1, 5, 0, points=0)], "both", {7: 1}),
    ("camera: coarse range", [Seen(7, 7, 0)], [box(1, 5, 0)], "camera", {7: 1}),
    ("camera: range out by two", [Seen(7, 10, 0)], [box(1, 5, 0)], "camera", {}),
    ("camera: other bearing", [Seen(7, 5, 0.5)], [box(1, 5, 0)], "camera", {}),
    ("camera: not in the picture", [Seen(7, 5, 0)], [box(1, 5, 0, pixels=0)], "camera", {}),
    ("camera: one behind the other", [Seen(7, 9, 0)], [box(1, 5, 0), box(2, 8.5, 0)], "camera", {7: 2}),
    ("camera: bearing wraps", [Seen(7, -5, 0.1)], [box(1, -5, -0.1)], "camera", {7: 1}),
]


@pytest.mark.parametrize(
    "seen, boxes, modality, expected", [c[1:] for c in POSITIONS], ids=[c[0] for c in POSITIONS]
)
def test_tracks_are_matched_to_people(seen: list, boxes: list, modality: str, expected: dict) -> None:
    assert match(seen, boxes, modality) == expected


VOTES = [
    ("never matched", [9, 9, 9], None, 0.0),
    ("always one", [0, 0, 0], 1, 1.0),
    ("changed over to another", [0, 2, 2], 2, 2 / 3),
    ("mostly nobody", [0, 9, 9], None, 0.0),
    ("half nobody", [0, 9], None, 0.0),
]


@pytest.mark.parametrize("places, owner, share", [c[1:] for c in VOTES], ids=[c[0] for c in VOTES])
def test_a_track_belongs_to_whom_it_mostly_showed(places: list, owner: int | None, share: float) -> None:
    frame = (box(1, 5, 0), box(2, 5, 2))
    votes = Votes("lidar")
    for i, y in enumerate(places):
        votes.add(Moment(i * 100 * MS, (Seen(7, 5, y),)), truth(*[frame] * len(places)))
    assert votes.owner(7) == owner and votes.share(7) == pytest.approx(share)


def test_a_track_never_seen_belongs_to_nobody() -> None:
    assert Votes("lidar").owner(1) is None and Votes("lidar").share(1) == 0


STAMPS = [(-101, None), (-100, 0), (0, 0), (49, 0), (51, 1), (200, 1), (201, None)]


@pytest.mark.parametrize("ms, index", STAMPS)
def test_the_nearest_truth_counts_unless_it_is_stale(ms: int, index: int | None) -> None:
    frames = ((box(1, 1, 0),), (box(1, 2, 0),))
    assert truth(*frames).at(ms * MS) == (() if index is None else frames[index])


def test_no_truth_at_all_is_nobody() -> None:
    assert truth().at(0) == ()


def test_a_truth_file_is_read_in_order_of_time(tmp_path: Path) -> None:
    label = {"id": 4, "centre": [3, -1, 0.9], "size": [0.5, 0.5, 1.8], "points": 5, "pixels": 6}
    frames = [{"stamp": 200, "boxes": [label]}, {"stamp": 100, "boxes": []}]
    data = {"people": [{"id": 4, "name": "Ada", "stranger": False}], "frames": frames}
    path = tmp_path / "walk.truth.json"
    path.write_text(json.dumps(data))
    read = Truth.load(path)
    assert read.stamps == (100, 200) and read.boxes == ((), (Box(4, 3, -1, 5, 6),))
    assert read.people == {4: Person(4, "Ada", False)}


@pytest.mark.parametrize("text", ["", "[]", '{"people": []}', '{"people": [{"id": 1}], "frames": []}'])
def test_a_broken_truth_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "walk.truth.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"walk.truth.json is not a truth file"):
        Truth.load(path)
    with pytest.raises(ValueError, match="nowhere"):
        Truth.load(tmp_path / "nowhere")


def test_the_bearing_gate_is_a_few_degrees() -> None:
    """A person of half a metre at 5 m spans 6 degrees; the gate must not reach the neighbour's bearing."""
    for degrees, matched in ((3.9, True), (4.1, False)):
        angle = math.radians(degrees)
        seen = [Seen(1, 5 * math.cos(angle), 5 * math.sin(angle))]
        assert bool(match(seen, [box(1, 5, 0)], "camera")) == matched
