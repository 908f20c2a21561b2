"""The whole chain over recorded bags with truth: enrol from DIR/enrol.mcap, recognise DIR/probe.mcap.

Sensors may be left out on either side, so that all four pairs of probe and gallery are measured.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.highlevel import AnyReader
from rosbags.interfaces import Connection
from tqdm import tqdm

from sgcross_core.identity import Gallery, Identity, Recogniser
from sgcross_core.people import PeoplePipeline
from sgcross_core.runtime import Engine
from sgcross_core.sensing import (
    Calibration,
    CameraModel,
    NearestPairer,
    RigidTransform,
    cloud_to_xyz,
    compressed_to_bgr,
)

IMAGE, INFO, POINTS, TF = "/camera/image_raw/compressed", "/camera/camera_info", "/lidar/points", "/tf_static"
SENSORS = ("camera", "lidar", "both")
NEAR_M = 0.8  # a track belongs to the person who stands so near


@dataclass(frozen=True)
class Sight:
    """A moment after the people pipeline: tracks, positions float64 (N, 3), tiles uint8 (N, 64, 64, 3)."""

    stamp: int
    tracks: list[int]
    positions: NDArray[np.float64]
    tiles: NDArray[np.uint8]


Truth = dict[str, Any]  # a bag's .truth.json
Run = tuple[list[Sight], Truth]


def sights(bag: Path, sensors: str) -> list[Sight]:
    """Everyone in view, moment by moment: the people pipeline over a bag with one sensor or both."""
    pipeline, pairer = PeoplePipeline(), NearestPairer[Any, Any]()
    found = []
    with AnyReader([bag]) as reader:
        pipeline.calibration = _calibration(reader)
        for moment in tqdm(_moments(reader, pairer, sensors), desc=f"{bag.stem} {sensors}", mininterval=2):
            image = None if moment.frame is None else compressed_to_bgr(moment.frame)
            xyz = None if moment.sweep is None else cloud_to_xyz(moment.sweep).xyz
            people = pipeline.step(moment.stamp, image, xyz)
            tiles = np.array([p.gait.tile() for p in people], np.uint8).reshape(-1, 64, 64, 3)
            positions = np.array([p.position for p in people]).reshape(-1, 3)
            found.append(Sight(moment.stamp, [p.track for p in people], positions, tiles))
    return found


def owners(seen: list[Sight], truth: Truth) -> dict[int, str]:
    """Track -> name of the person who stood nearest most often; tracks of nobody are left out."""
    names = {person["id"]: person["name"] for person in truth["people"]}
    stamps = np.array([frame["stamp"] for frame in truth["frames"]])
    votes: dict[int, Counter[str]] = {}
    for sight in seen:
        boxes = truth["frames"][int(np.abs(stamps - sight.stamp).argmin())]["boxes"]
        for track, place in zip(sight.tracks, sight.positions, strict=True):
            name = _nearest(place, boxes, names)
            votes.setdefault(track, Counter())[name or ""] += 1
    return {t: v.most_common(1)[0][0] for t, v in votes.items() if v.most_common(1)[0][0]}


def chain(engine: Engine, folder: Path) -> dict[str, dict[str, int]]:
    """Outcomes for each pair of sensors, "probe -> gallery", over enrol.mcap and probe.mcap with truth."""
    truths = [json.loads((folder / f"{name}.truth.json").read_text("utf-8")) for name in ("enrol", "probe")]
    enrolled, probed = (
        {s: sights(folder / f"{name}.mcap", s) for s in SENSORS} for name in ("enrol", "probe")
    )
    return {
        f"{probe} -> {gallery}": recognise(engine, (enrolled[gallery], truths[0]), (probed[probe], truths[1]))
        for probe in SENSORS
        for gallery in SENSORS
    }


def recognise(engine: Engine, enrolled: Run, probed: Run) -> dict[str, int]:
    """Probe tracks by outcome: right, wrong, missed (no name), alarm and quiet (strangers), pending.

    Everyone's longest track of the first run is enrolled; a track of the second counts with its last answer.
    """
    known = {person["name"] for person in enrolled[1]["people"] if not person["stranger"]}
    with tempfile.TemporaryDirectory() as folder:
        gallery = Gallery(Path(folder) / "gallery.db")
        _enrol(Recogniser(engine, gallery), *enrolled, known)
        answers = _last_answers(Recogniser(engine, gallery), probed[0])
    found = owners(*probed).items()
    return dict(Counter(_outcome(answers[track], name, known) for track, name in found))


def _moments(reader: AnyReader, pairer: NearestPairer[Any, Any], sensors: str) -> Iterator[Any]:
    topics = {"camera": [IMAGE], "lidar": [POINTS], "both": [IMAGE, POINTS]}[sensors]
    newest = 0
    for connection, _, raw in reader.messages(connections=_connections(reader, *topics)):
        message: Any = reader.deserialize(raw, connection.msgtype)
        newest = message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec
        add = pairer.add_frame if connection.topic == IMAGE else pairer.add_sweep
        yield from add(newest, message)
    yield from pairer.flush(newest + 1_000_000_000)


def _calibration(reader: AnyReader) -> Calibration:
    info, transforms = _first(reader, INFO), _first(reader, TF).transforms
    camera = CameraModel(np.reshape(info.k, (3, 3)), np.array(info.d), int(info.width), int(info.height))
    to_base = {t.child_frame_id: _transform(t.transform) for t in transforms}
    return Calibration(camera, to_base[info.header.frame_id].inverse() @ to_base["lidar"])


def _first(reader: AnyReader, topic: str) -> Any:
    connection, _, raw = next(reader.messages(connections=_connections(reader, topic)))
    return reader.deserialize(raw, connection.msgtype)


def _connections(reader: AnyReader, *topics: str) -> list[Connection]:
    for topic in topics:
        if not any(c.topic == topic for c in reader.connections):
            raise ValueError(f"the bag has no {topic}")
    return [c for c in reader.connections if c.topic in topics]


def _transform(transform: Any) -> RigidTransform:
    t, q = transform.translation, transform.rotation
    return RigidTransform.from_quaternion((t.x, t.y, t.z), (q.x, q.y, q.z, q.w))


def _nearest(place: NDArray[np.float64], boxes: list[dict[str, Any]], names: dict[int, str]) -> str | None:
    """By bearing above all: a camera alone knows the distance badly, so that counts a fifth."""
    bearing = place[:2] / np.hypot(*place[:2])
    reach = []
    for box in boxes:
        away = np.asarray(box["centre"][:2]) - place[:2]
        along, across = float(away @ bearing), float(away @ (-bearing[1], bearing[0]))
        reach.append((float(np.hypot(along / 5, across)), names[box["id"]]))
    distance, name = min(reach, default=(np.inf, ""))
    return name if distance < NEAR_M else None


def _enrol(recogniser: Recogniser, seen: list[Sight], truth: Truth, known: Container[str]) -> None:
    """Enrol each person who is to be known from the track that has most frames, at its end."""
    frames = Counter(track for sight in seen for track in sight.tracks)
    best: dict[str, int] = {}
    for track, name in owners(seen, truth).items():
        if name in known and frames[track] > frames[best.get(name, -1)]:
            best[name] = track
    last = {track: sight.stamp for sight in seen for track in sight.tracks}
    for sight in seen:
        recogniser.observe(sight.stamp, sight.tracks, sight.tiles)
        for name, track in best.items():
            if last[track] == sight.stamp:
                with contextlib.suppress(ValueError):  # too few frames of the sensor: counts as missed later
                    recogniser.enrol(track, name)


def _last_answers(recogniser: Recogniser, seen: list[Sight]) -> dict[int, Identity]:
    answers: dict[int, Identity] = {}
    for sight in seen:
        for identity in recogniser.observe(sight.stamp, sight.tracks, sight.tiles):
            answers[identity.track] = identity
    return answers


def _outcome(answer: Identity, name: str, known: Container[str]) -> str:
    if answer.state == "pending":
        return "pending"
    if name not in known:
        return "quiet" if answer.name is None else "alarm"
    return "missed" if answer.name is None else "right" if answer.name == name else "wrong"
