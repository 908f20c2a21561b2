"""What really happened in a recording: who was where in every sweep, and how much of them each sensor saw."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.files import write_whole
from training.world.plans import Plan

Counts = dict[int, tuple[int, int]]  # person -> seen, and seen if nothing stood before them


@dataclass(frozen=True)
class Box:
    """The upright box around a body: centre and size (along x, y, z) in metres, LiDAR frame."""

    person: int
    centre: tuple[float, ...]
    size: tuple[float, ...]
    points: int
    points_alone: int


def box_of(
    person: int, vertices: NDArray[np.float32], lidar_height: float, points: int, points_alone: int
) -> Box:
    """The box of world vertices (V, 3); lidar_height: metres of the LiDAR above the world's origin."""
    low, high = vertices.min(axis=0).astype(np.float64), vertices.max(axis=0).astype(np.float64)
    centre = (low + high) / 2 - [0, 0, lidar_height]
    return Box(person, _rounded(centre), _rounded(high - low), points, points_alone)


def truth(
    plan: Plan,
    settings: Mapping[str, Any],
    sweeps: Sequence[tuple[int, list[Box]]],
    frames: Sequence[tuple[int, Counts]],
) -> dict[str, Any]:
    """The truth file's content.

    sweeps: (stamp, boxes) of each; frames: (true time in the LiDAR's clock, pixels of each person) of each,
    both in nanoseconds and in order; a sweep takes the pixels of the nearest frame
    """
    people = [
        {"id": r.person, "name": r.name, "stranger": r.stranger, "condition": r.condition} for r in plan.roles
    ]
    entries = [_entry(stamp, boxes, _nearest(stamp, frames)) for stamp, boxes in sweeps]
    return {"settings": dict(settings), "people": people, "frames": entries}


def read_settings(path: Path) -> dict[str, Any] | None:
    """The settings in a truth file, None when there is none; ValueError when it is no truth file."""
    if not path.exists():
        return None
    try:
        return dict(json.loads(path.read_text())["settings"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a truth file of this program; move it away ({error})") from error


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a truth file, whole or not at all."""
    write_whole(path, json.dumps(content, separators=(",", ":")))


def _entry(stamp: int, boxes: Sequence[Box], pixels: Counts) -> dict[str, Any]:
    return {"stamp": stamp, "boxes": [_box_entry(box, *pixels.get(box.person, (0, 0))) for box in boxes]}


def _box_entry(box: Box, pixels: int, pixels_alone: int) -> dict[str, Any]:
    counts = {"points": box.points, "pixels": pixels}
    alone = {"points_alone": box.points_alone, "pixels_alone": pixels_alone}
    return {"id": box.person, "centre": box.centre, "size": box.size, **counts, **alone}


def _nearest(stamp: int, frames: Sequence[tuple[int, Counts]]) -> Counts:
    if not frames:
        return {}
    times = np.array([time for time, _ in frames])
    return frames[int(np.abs(times - stamp).argmin())][1]


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(v), 4) for v in values)
