"""How well the pipeline follows the people of a recorded bag with a truth file.

    python test/people/bagscore.py BAG.mcap [both|camera|lidar] [SECONDS]

The bag has the topics of our own recordings; BAG.truth.json lies beside it.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rosbags.highlevel import AnyReader
from scipy.optimize import linear_sum_assignment

from sgcross_core.people import PeoplePipeline, TrackedPerson
from sgcross_core.sensing import (
    Calibration,
    CameraModel,
    Moment,
    NearestPairer,
    RigidTransform,
    cloud_to_xyz,
    compressed_to_bgr,
)

IMAGE, INFO = "/camera/image_raw/compressed", "/camera/camera_info"
POINTS, TRANSFORMS = "/lidar/points", "/tf_static"
MANY_POINTS, MANY_PIXELS = 40, 900  # of somebody who is seen well
BORDER_DEG = 27.0  # further out the camera sees a part of a person
LATE_NS = 60_000_000


@dataclass
class Score:
    """What became of the people who could be seen well, over all moments."""

    visible: int = 0
    tracked: int = 0
    silhouettes: int = 0
    depths: int = 0
    errors: list[float] = field(default_factory=list)
    numbers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    strays: set[int] = field(default_factory=set)  # tracks that were never anybody's
    milliseconds: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.tracked / max(self.visible, 1)

    @property
    def switches(self) -> dict[int, int]:
        """How often each person's number changed."""
        return {who: sum(a != b for a, b in pairwise(all_)) for who, all_ in self.numbers.items()}


def moments(bag: Path, sensors: str, seconds: float) -> Iterator[tuple[Moment[Any, Any], dict[str, Any]]]:
    """The paired messages of a bag and what is known of its calibration by then."""
    pairer: NearestPairer[Any, Any] = NearestPairer()
    known: dict[str, Any] = {}
    with AnyReader([bag]) as reader:
        for connection, received, raw in reader.messages():
            if received > reader.start_time + seconds * 1e9:
                return
            message = reader.deserialize(raw, connection.msgtype)
            if connection.topic in (INFO, TRANSFORMS):
                known[connection.topic] = message
                continue
            stamp = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
            paired: list[Moment[Any, Any]] = []
            if connection.topic == IMAGE and sensors != "lidar":
                paired = pairer.add_frame(stamp, message)
            elif connection.topic == POINTS and sensors != "camera":
                paired = pairer.add_sweep(stamp, message)
            yield from ((moment, known) for moment in paired if len(known) == 2)


def calibration_of(known: dict[str, Any]) -> Calibration:
    """From the camera_info and the static transforms to base_link."""
    info = known[INFO]
    camera = CameraModel(np.reshape(info.k, (3, 3)), np.array(info.d)[:5], info.width, info.height)
    poses = {}
    for one in known[TRANSFORMS].transforms:
        shift, turn = one.transform.translation, one.transform.rotation
        poses[one.child_frame_id] = RigidTransform.from_quaternion(
            (shift.x, shift.y, shift.z), (turn.x, turn.y, turn.z, turn.w)
        )
    return Calibration(camera, poses["camera_optical_frame"].inverse() @ poses["lidar"])


def score(bag: Path, sensors: str = "both", seconds: float = 1e9) -> Score:
    """Run the pipeline over a bag, with a warm-up of two seconds before anything counts."""
    truth = json.loads(bag.with_suffix(".truth.json").read_text())["frames"]
    stamps = np.array([frame["stamp"] for frame in truth])
    pipeline, result = PeoplePipeline(), Score()
    for moment, known in moments(bag, sensors, seconds):
        if pipeline.calibration is None:
            pipeline.calibration = calibration_of(known)
        image = None if moment.frame is None else compressed_to_bgr(moment.frame)
        xyz = None if moment.sweep is None else cloud_to_xyz(moment.sweep).xyz
        began = time.process_time()
        people = pipeline.step(moment.stamp, image, xyz)
        result.milliseconds.append(1e3 * (time.process_time() - began))
        nearest = int(np.abs(stamps - moment.stamp).argmin())
        if abs(stamps[nearest] - moment.stamp) < LATE_NS:
            count(result, truth[nearest]["boxes"], people, sensors)
    result.strays -= {number for numbers in result.numbers.values() for number in numbers}
    return result


def count(result: Score, boxes: list[dict[str, Any]], people: list[TrackedPerson], sensors: str) -> None:
    """Match a moment's people with the truth and count."""
    pairs = matched(boxes, people, 2.5 if sensors == "camera" else 0.7)
    result.strays |= {one.track for number, one in enumerate(people) if number not in pairs.values()}
    for number, box in enumerate(boxes):
        good = visible(box, sensors)
        result.visible += good
        if number not in pairs:
            continue
        person = people[pairs[number]]
        result.numbers[box["id"]].append(person.track)
        result.tracked += good
        result.silhouettes += good and person.gait.silhouette is not None
        result.depths += good and person.gait.depth is not None
        result.errors.append(float(np.hypot(*(person.position[:2] - box["centre"][:2]))))


def matched(boxes: list[dict[str, Any]], people: list[TrackedPerson], within: float) -> dict[int, int]:
    """Which of the people is whose box, by distance on the ground in metres."""
    if not (boxes and people):
        return {}
    off = np.array([[np.hypot(*(one.position[:2] - box["centre"][:2])) for one in people] for box in boxes])
    return {b: p for b, p in zip(*linear_sum_assignment(off), strict=True) if off[b, p] < within}


def visible(box: dict[str, Any], sensors: str) -> bool:
    """Whether somebody can be seen well by at least one of the sensors in use."""
    x, y, _ = box["centre"]
    pixels = box["pixels"] >= MANY_PIXELS and abs(np.degrees(np.arctan2(y, x))) < BORDER_DEG
    points = box["points"] >= MANY_POINTS
    return bool(pixels if sensors == "camera" else points if sensors == "lidar" else pixels or points)


def main(argv: list[str]) -> int:
    cv2.setNumThreads(1)
    bag, sensors, seconds = [*argv, *("", "both", "1e9")[len(argv) :]]
    found = score(Path(bag), sensors, float(seconds))
    middle, high = np.percentile(found.milliseconds[20:], (50, 95))
    silhouettes, depths = found.silhouettes / found.visible, found.depths / found.visible
    print(f"person-moments {found.visible}, tracked {found.share:.1%}, error {np.mean(found.errors):.3f} m")
    print(f"silhouettes {silhouettes:.1%}, depth views {depths:.1%}")
    print(f"number changes {found.switches}, stray tracks {sorted(found.strays)}")
    print(f"CPU of a step: median {middle:.1f} ms, 95 % {high:.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
