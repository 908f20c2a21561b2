"""Nearest pairing beside the greedy rule of message_filters: how far apart pairs are, and the cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sgcross_core.sensing import NearestPairer

MS = 1_000_000
TOLERANCE_MS = 50
Arrival = tuple[str, int]  # sensor and stamp, in the order of arrival


@dataclass(frozen=True)
class Rhythm:
    """How both sensors speak: rates in Hz, the camera's start, delays and their spread in milliseconds."""

    camera_hz: float
    lidar_hz: float = 10.0
    offset_ms: float = 0.0
    camera_late_ms: float = 30.0
    lidar_late_ms: float = 60.0
    jitter_ms: float = 5.0


RHYTHMS = {
    "30 Hz, camera comes first": Rhythm(30.0, offset_ms=11.0),
    "30 Hz, camera comes last": Rhythm(30.0, offset_ms=11.0, camera_late_ms=70.0, lidar_late_ms=10.0),
    "15 Hz, camera comes last": Rhythm(15.0, offset_ms=23.0, camera_late_ms=70.0, lidar_late_ms=10.0),
    "10.1 Hz, drifting, camera comes last": Rhythm(10.1, camera_late_ms=50.0, lidar_late_ms=10.0),
}


class GreedyPairer:
    """The rule of message_filters' ApproximateTimeSynchronizer for two topics.

    A message that comes takes the nearest of what is waiting inside the tolerance, at once.
    """

    def __init__(self, tolerance_ns: int, queue: int = 10) -> None:
        self.tolerance, self.queue = tolerance_ns, queue
        self.waiting: dict[str, list[int]] = {"camera": [], "lidar": []}

    def add(self, sensor: str, stamp: int) -> list[tuple[int, int]]:
        """(frame stamp, sweep stamp) of the pair that this message makes, if it makes one."""
        others = self.waiting["lidar" if sensor == "camera" else "camera"]
        near = min(others, key=lambda other: abs(other - stamp), default=None)
        if near is None or abs(near - stamp) > self.tolerance:
            mine = self.waiting[sensor]
            mine.append(stamp)
            del mine[: -self.queue]
            return []
        others.remove(near)
        return [(stamp, near) if sensor == "camera" else (near, stamp)]


def arrivals(rhythm: Rhythm, seconds: float = 60.0, seed: int = 1) -> list[Arrival]:
    """Both sensors' messages in the order in which they come."""
    random = np.random.default_rng(seed)
    late = {"camera": rhythm.camera_late_ms, "lidar": rhythm.lidar_late_ms}
    stamps = {
        "camera": np.arange(rhythm.offset_ms / 1e3, seconds, 1 / rhythm.camera_hz),
        "lidar": np.arange(0, seconds, 1 / rhythm.lidar_hz),
    }
    found: list[tuple[float, str, int]] = []
    for sensor, times in stamps.items():
        came = times + (late[sensor] + rhythm.jitter_ms * random.random(len(times))) / 1e3
        found += [(float(c), sensor, round(t * 1e9)) for c, t in zip(came, times, strict=True)]
    return [(sensor, stamp) for _, sensor, stamp in sorted(found)]


def greedy(messages: Sequence[Arrival]) -> list[tuple[int, int]]:
    """The pairs of the greedy rule, (frame stamp, sweep stamp)."""
    pairer = GreedyPairer(TOLERANCE_MS * MS)
    return [pair for sensor, stamp in messages for pair in pairer.add(sensor, stamp)]


def nearest(messages: Sequence[Arrival]) -> list[tuple[int, int]]:
    """The pairs of our pairer, (frame stamp, sweep stamp)."""
    pairer: NearestPairer[int, int] = NearestPairer()
    moments = []
    for sensor, stamp in messages:
        moments += (pairer.add_frame if sensor == "camera" else pairer.add_sweep)(stamp, stamp)
    return [(m.frame, m.sweep) for m in moments if m.frame is not None and m.sweep is not None]


def compare(rhythm: Rhythm) -> dict[str, Any]:
    """Misfits in ms and costs in µs a message of both rules, and the ratio of the 95th percentile misfits."""
    messages = arrivals(rhythm)
    ours, theirs = _figures(nearest, messages), _figures(greedy, messages)
    return {"nearest": ours, "greedy": theirs, "misfit_ratio": _ratio(ours["p95_ms"], theirs["p95_ms"])}


def _figures(rule: Callable[[Sequence[Arrival]], list[tuple[int, int]]], messages: Sequence[Arrival]) -> Any:
    begin = time.perf_counter()
    pairs = rule(messages)
    cost = (time.perf_counter() - begin) / len(messages) * 1e6
    misfits = np.abs([frame - sweep for frame, sweep in pairs]) / MS
    sweeps = sum(sensor == "lidar" for sensor, _ in messages)
    p50, p95 = np.percentile(misfits, (50, 95)) if len(misfits) else (0.0, 0.0)
    return {
        "paired": round(len(pairs) / sweeps, 3),
        "p50_ms": round(float(p50), 2),
        "p95_ms": round(float(p95), 2),
        "us_a_message": round(cost, 2),
    }


def _ratio(ours: float, theirs: float) -> float:
    return 1.0 if ours == theirs else round(ours / max(theirs, 1e-3), 3)
