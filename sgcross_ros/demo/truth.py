"""Who really walked where: the truth file beside a bag, and which track is whom."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sgcross_ros.demo.records import Moment, Seen

NEAR_M = 1.0  # a track with LiDAR support is this near its person
NEAR_DEG = 4.0  # a track of the camera alone is this near in bearing: half a stride at 4 m
NEAR_LOG_RANGE = 0.5  # and its range, guessed from the box's height, is right within a factor of 1.6
FAR = math.inf
STALE_NS = 100_000_000  # truth is written once a sweep, at 10 Hz


@dataclass(frozen=True)
class Person:
    """One person of the truth file."""

    id: int
    name: str
    stranger: bool


@dataclass(frozen=True)
class Box:
    """A person at one stamp: x and y in metres, LiDAR frame; what each sensor could see of them."""

    person: int
    x: float
    y: float
    points: int
    pixels: int


@dataclass(frozen=True)
class Truth:
    """People by id, and their boxes at each stamp, nanoseconds, rising."""

    people: dict[int, Person]
    stamps: tuple[int, ...]
    boxes: tuple[tuple[Box, ...], ...]

    @classmethod
    def load(cls, path: Path) -> Truth:
        """ValueError when the file is not a truth file."""
        try:
            data = json.loads(path.read_text())
            people = {p["id"]: Person(p["id"], p["name"], p["stranger"]) for p in data["people"]}
            frames = sorted(data["frames"], key=lambda frame: frame["stamp"])
            boxes = tuple(tuple(_box(box) for box in frame["boxes"]) for frame in frames)
        except (OSError, KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"{path} is not a truth file (people, frames): {error!r}") from error
        return cls(people, tuple(frame["stamp"] for frame in frames), boxes)

    def at(self, stamp: int) -> tuple[Box, ...]:
        """The boxes nearest to a stamp; none when the nearest are older or newer than a sweep's period."""
        if not self.stamps:
            return ()
        right = min(int(np.searchsorted(self.stamps, stamp)), len(self.stamps) - 1)
        nearest = min((max(right - 1, 0), right), key=lambda i: abs(self.stamps[i] - stamp))
        return self.boxes[nearest] if abs(self.stamps[nearest] - stamp) <= STALE_NS else ()


def match(seen: Sequence[Seen], boxes: Sequence[Box], modality: str) -> dict[int, int]:
    """Which person each track shows at one moment: the nearest, if near enough. Two tracks may show one.

    modality: "camera" compares bearing and, loosely, range; "lidar" and "both" compare positions.
    """
    visible = [box for box in boxes if _visible(box, modality)]
    measure = _bearing_misfit if modality == "camera" else _position_misfit
    found = {}
    for track in seen:
        misfit, person = min(((measure(track, box), box.person) for box in visible), default=(FAR, -1))
        if misfit <= 1:
            found[track.track] = person
    return found


@dataclass
class Votes:
    """How often each track was seen, and on whom: it belongs to whom it showed in most of its moments."""

    modality: str
    seen: Counter[int] = field(default_factory=Counter)
    on: dict[int, Counter[int]] = field(default_factory=dict)

    def add(self, moment: Moment, truth: Truth) -> dict[int, int]:
        """Count one moment; the person of each track in it."""
        self.seen.update(track.track for track in moment.seen)
        matched = match(moment.seen, truth.at(moment.stamp), self.modality)
        for track, person in matched.items():
            self.on.setdefault(track, Counter())[person] += 1
        return matched

    def owner(self, track: int) -> int | None:
        """The person of a track; None when most of its moments showed nobody."""
        if not (votes := self.on.get(track)):
            return None
        person = votes.most_common(1)[0][0]
        return person if sum(votes.values()) * 2 > self.seen[track] else None

    def share(self, track: int) -> float:
        """The part of the track's moments that showed its owner, 0..1."""
        owner = self.owner(track)
        return 0.0 if owner is None else self.on[track][owner] / self.seen[track]


def _box(data: dict[str, Any]) -> Box:
    return Box(data["id"], data["centre"][0], data["centre"][1], data["points"], data["pixels"])


def _visible(box: Box, modality: str) -> bool:
    return {"camera": box.pixels > 0, "lidar": box.points > 0}.get(modality, box.pixels + box.points > 0)


def _position_misfit(track: Seen, box: Box) -> float:
    """1 at the limit."""
    return math.hypot(track.x - box.x, track.y - box.y) / NEAR_M


def _bearing_misfit(track: Seen, box: Box) -> float:
    """1 at the limit."""
    turn = math.atan2(track.y, track.x) - math.atan2(box.y, box.x)
    bearing = abs(math.remainder(turn, math.tau)) / math.radians(NEAR_DEG)
    ranges = max(math.hypot(track.x, track.y), 0.1), max(math.hypot(box.x, box.y), 0.1)
    return math.hypot(bearing, math.log(ranges[0] / ranges[1]) / NEAR_LOG_RANGE)
