"""Pack a data set once into a store; a run that was broken off goes on where it stopped.

Sequences are appended to OUT.part/tiles.bin in the order of their keys, each with a line in the journal
beside it; what is in the journal is on disk. The folder gets its name when all is there.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sgcross_core.gait import VERSION
from training.data.folder import DataFolder
from training.data.journal import Journal
from training.data.partition import Partition
from training.data.reader import GaitSequence, Report, report
from training.data.store import FORMAT, FRAME, SPLITS
from training.data.tiles import CAMERA, LIDAR, Picture, Source, tiles_of
from training.world.processes import mapping

SAMPLES = 4  # sequences that the estimate is measured on
AT_ONCE = 64  # sequences that may wait to be written


@dataclass(frozen=True)
class Task:
    """One sequence to pack; labels: its line in the store, but for the number of frames."""

    sequence: GaitSequence
    camera: Source
    lidar: Source
    ground: float | None
    labels: dict[str, Any]


@dataclass(frozen=True)
class Estimate:
    """What is left to do: sequences, seconds, bytes on disk."""

    sequences: int
    seconds: float
    size: float


@dataclass(frozen=True)
class Plan:
    """camera, lidar: of what the channels are made; report: what is amiss in the data set."""

    tasks: list[Task]
    camera: Source
    lidar: Source
    report: Report

    @property
    def sets(self) -> str:
        """How many people and sequences train and test, in words."""
        labels = [task.labels for task in self.tasks]
        chosen = {name: [label["identity"] for label in labels if label["split"] == name] for name in SPLITS}
        return "; ".join(f"{n}: {len({*who})} people, {len(who)} sequences" for n, who in chosen.items())

    @property
    def about(self) -> dict[str, Any]:
        """What the store depends on, plain."""
        labels = json.dumps([(task.labels, task.ground) for task in self.tasks], sort_keys=True)
        return {
            "format": FORMAT,
            "gait_version": VERSION,
            "camera": f"{self.camera.modality}: {self.camera.words}",
            "lidar": f"{self.lidar.modality}: {self.lidar.words}",
            "sequences": hashlib.sha256(labels.encode()).hexdigest()[:16],
        }


def plan(data: DataFolder, partition: Partition, every_set: bool = True) -> Plan:
    """Choose what to pack of a data set: of each sensor, the kind of file that most sequences have.

    Identities in both sets of the partition test. ValueError when a sensor is nowhere, when nothing is left,
    and when every_set is asked for and nothing is left of a set that the partition has people in.
    """
    camera, lidar = _source(CAMERA, data.sequences), _source(LIDAR, data.sequences)
    split = dict.fromkeys(partition.test, "test") | dict.fromkeys(partition.train, "train")
    split |= dict.fromkeys(partition.overlap, "test")
    wanted = (camera.modality, lidar.modality)
    partition.check_listed({s.identity for s in data.sequences})
    used = [s for s in data.sequences if s.identity in split and all(name in s.files for name in wanted)]
    missing = sorted({*(split.values() if used else SPLITS)} - {split[s.identity] for s in used})
    if not used or (every_set and missing):
        raise ValueError(f"no sequence with {' and '.join(wanted)} is in the {' or '.join(missing)} set")
    grounds = {identity: data.grounds(identity) for identity in {s.identity for s in used}}
    tasks = [
        Task(s, camera, lidar, grounds[s.identity].get(f"{s.type}/{s.view}"), _labels(data, s, split))
        for s in used
    ]
    return Plan(tasks, camera, lidar, report(data.sequences, partition, wanted))


def pack(
    plan: Plan,
    out: Path,
    jobs: int = 1,
    progress: Callable[[Iterable[Any], int], Iterable[Any]] = lambda done, missing: done,
    announce: Callable[[Estimate], None] = lambda estimate: None,
) -> list[str]:
    """Write the folder `out`, or what is missing of it; a sentence on each sequence that could not be read.

    progress: wraps the iterator over the sequences as they are done, and is told how many there will be
    announce: is told the estimate before the work starts
    ValueError when `out` is there already; OSError says what to do when the disk is full, or fails.
    """
    if out.exists():
        raise ValueError(f"{out} is there already; name another folder, or delete it to pack anew")
    try:
        with Journal(out, plan.about) as journal:
            left = plan.tasks[journal.done :]
            if left:
                announce(estimated(left, jobs))
            for labels, tiles in progress(_packed(left, jobs), len(left)):
                journal.append(labels, tiles)
            return journal.finish()
    except OSError as problem:
        raise OSError(
            f"cannot pack {out}: {problem}; what is packed is safe: make room, or mend it, and run the same "
            "command again, it goes on from there"
        ) from problem


def estimated(tasks: Sequence[Task], jobs: int) -> Estimate:
    """Measured on a few of the tasks."""
    sample = tasks[:: max(1, len(tasks) // SAMPLES)][:SAMPLES]
    began = time.perf_counter()
    frames = sum(len(tiles) for _, tiles in map(_done, sample))
    each = (time.perf_counter() - began) / len(sample)
    return Estimate(len(tasks), each * len(tasks) / jobs, frames / len(sample) * FRAME * len(tasks))


def _packed(tasks: Sequence[Task], jobs: int) -> Iterator[tuple[dict[str, Any], Picture | list[Any]]]:
    with mapping(jobs) as mapped:
        for first in range(0, len(tasks), AT_ONCE):
            yield from mapped(_done, tasks[first : first + AT_ONCE])


def _done(task: Task) -> tuple[dict[str, Any], Picture | list[Any]]:
    """Labels and tiles; of a sequence that cannot be read, the reason and none."""
    try:
        tiles = tiles_of(task.sequence, task.camera, task.lidar, task.ground)
    except (ValueError, FileNotFoundError, PermissionError) as problem:
        return {"problem": str(problem)}, []
    return {**task.labels, "frames": len(tiles)}, tiles


def _source(sources: Sequence[Source], sequences: Sequence[GaitSequence]) -> Source:
    counts = Counter(name for sequence in sequences for name in sequence.files)
    best = max(sources, key=lambda source: counts[source.modality])  # the first of equals
    if not counts[best.modality]:
        wanted = " or ".join(source.modality for source in sources)
        raise ValueError(f"no sequence has {wanted}; there are: {', '.join(sorted(counts))}")
    return best


def _labels(data: DataFolder, sequence: GaitSequence, split: dict[str, str]) -> dict[str, Any]:
    labels = {
        "identity": sequence.identity,
        "type": sequence.type,
        "view": sequence.view,
        "split": split[sequence.identity],
    }
    factors = data.factors_of(sequence)
    return labels | ({"factors": [-1 if f is None else f for f in factors]} if factors else {})
