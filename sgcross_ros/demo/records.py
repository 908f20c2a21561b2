"""What the demo writes down while the nodes run: plain values, no ROS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

PENDING, UNKNOWN, NAME = "pending", "unknown", "name"


@dataclass(frozen=True)
class Seen:
    """A track at one moment; x and y in metres, LiDAR frame."""

    track: int
    x: float
    y: float


@dataclass(frozen=True)
class Moment:
    """Everybody tracked at one stamp, nanoseconds."""

    stamp: int
    seen: tuple[Seen, ...]


@dataclass(frozen=True)
class Answer:
    """What identity_node said about a track at a stamp; `name` is empty unless the state is "name"."""

    stamp: int
    track: int
    state: str
    name: str = ""
    score: float = 0.0
    probability: float = 0.0
    runner_up: str = ""
    runner_up_score: float | None = None
    probe_modality: str = ""
    gallery_modality: str = ""
    frames: int = 0


@dataclass
class Recording:
    """One play of a bag, as it was seen from outside the nodes.

    tiles: by track, uint8 (64, 64, 3) each; overlays: JPEG bytes; counts: of people_node's pairing
    """

    moments: list[Moment] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    tiles: dict[int, list[NDArray[np.uint8]]] = field(default_factory=dict)
    overlays: list[bytes] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def last_answers(self) -> dict[int, Answer]:
        """The newest answer of every track."""
        return {answer.track: answer for answer in self.answers}

    def span(self) -> tuple[int, int]:
        """First and last stamp, nanoseconds; (0, 0) when nothing came."""
        stamps = [moment.stamp for moment in self.moments]
        return (min(stamps), max(stamps)) if stamps else (0, 0)


@dataclass(frozen=True)
class Enrolment:
    """One person put into the gallery; `reply` is the node's own sentence."""

    name: str
    track: int
    frames: int
    reply: str


@dataclass(frozen=True)
class ActResult:
    """What came of one act: the recording of the probe walk and, where the act enrolled, of that walk.

    probe, gallery: "camera", "lidar" or "both"; threshold: the score that a name needed
    """

    number: int
    title: str
    probe: str
    gallery: str
    seconds: float
    recording: Recording
    threshold: float | None = None
    enrolments: Sequence[Enrolment] = ()
    enrol_recording: Recording | None = None
