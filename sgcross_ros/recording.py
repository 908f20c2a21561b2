"""A recorded bag, opened to be played: which topics it has, and their messages as they were on the wire."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from rosbags.highlevel import AnyReader, AnyReaderError
from rosbags.typesys import Stores, get_typestore

SECOND = 1_000_000_000
FEW = 20  # messages show how often a topic comes
CLOUD = "sensor_msgs/msg/PointCloud2"
PICTURES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")


@dataclass(frozen=True)
class Recorded:
    """One message. time: when it was recorded, nanoseconds; data: its bytes in CDR."""

    topic: str
    time: int
    data: bytes


class Recording:
    """Context manager. types: of the topics that are played; missing: types that are not installed.

    start, end: nanoseconds of the bag's own time.
    """

    def __init__(self, bag: str, topics: Sequence[str] = ()) -> None:
        """topics: those to play, all when empty. ValueError for a bag that cannot be played, saying why."""
        self._held = ExitStack()
        self._reader = _opened(bag, self._held)
        found = {c.topic: c.msgtype for c in self._reader.connections}
        if absent := [topic for topic in topics if topic not in found]:
            self._held.close()
            raise ValueError(f"{bag} has no topic {absent[0]}; it has: {', '.join(sorted(found))}")
        wanted = {topic: kind for topic, kind in found.items() if not topics or topic in topics}
        self.missing = sorted({kind for kind in wanted.values() if message_class(kind) is None})
        self.types = {topic: kind for topic, kind in wanted.items() if kind not in self.missing}
        self.start, self.end = self._reader.start_time, self._reader.end_time
        self._counts = {topic: info.msgcount for topic, info in self._reader.topics.items()}

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *error: object) -> None:
        self._held.close()

    def messages(self) -> Iterator[Recorded]:
        """Every message of the topics that are played, in the order of recording."""
        chosen = [c for c in self._reader.connections if c.topic in self.types]
        for connection, when, data in self._reader.messages(chosen) if chosen else ():
            yield Recorded(connection.topic, when, bytes(data))

    def step_topics(self) -> list[str]:
        """The topics that make the consumers' moments: clouds, else pictures."""
        clouds = [topic for topic, kind in self.types.items() if kind == CLOUD]
        return clouds or [topic for topic, kind in self.types.items() if kind in PICTURES]

    def period_ns(self, topics: Sequence[str]) -> int:
        """Usual time between messages of the busiest of these topics, from its first ones; else 0.1 s.

        Not the mean of all: a recording may have gaps of many seconds.
        """
        busiest = max(topics, key=self._counts.__getitem__, default=None)
        chosen = [c for c in self._reader.connections if c.topic == busiest]
        first = islice(self._reader.messages(chosen), FEW) if chosen else ()
        gaps = np.diff([when for _, when, _ in first])
        return int(np.median(gaps)) if len(gaps) else SECOND // 10


def message_class(kind: str) -> Any | None:
    """The class of a type such as sensor_msgs/msg/Image, None when its package is not installed."""
    package, _, name = kind.split("/")
    try:
        return getattr(importlib.import_module(f"{package}.msg"), name, None)
    except ImportError:
        return None


def header_stamp(data: bytes) -> int:
    """Nanoseconds in the header of a message in CDR whose first field is a std_msgs/Header."""
    order: Literal["little", "big"] = "little" if data[1] & 1 else "big"
    seconds = int.from_bytes(data[4:8], order, signed=True)
    return seconds * SECOND + int.from_bytes(data[8:12], order)


def _opened(bag: str, held: ExitStack) -> AnyReader:
    path = Path(bag).expanduser()
    if not bag:
        raise ValueError("no bag to play: set the parameter bag to an .mcap or .db3 file or a rosbag2 folder")
    if not path.exists():
        raise ValueError(f"there is no bag {path}")
    if path.suffix == ".bag":
        raise ValueError(f"{path} is a ROS 1 bag; convert it: rosbags-convert --src {path} --dst {path.stem}")
    try:
        return held.enter_context(AnyReader([path], default_typestore=get_typestore(Stores.ROS2_JAZZY)))
    except (AnyReaderError, OSError, ValueError) as broken:
        raise ValueError(f"{path} is not a bag that can be read: {broken}") from broken
