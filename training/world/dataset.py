"""Make a data set: tell the cost, then work on all cores, going on where an earlier run stopped."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.world.dataset_sequences import walk_sequences
from training.world.dataset_settings import DatasetSettings, Identity
from training.world.dataset_store import DatasetStore
from training.world.processes import mapping

START_S = 6.0  # to start the processes, each loads the body model
BLOCK = 4096  # files fill whole blocks of a disk


@dataclass(frozen=True)
class Estimate:
    """What is left to do: identities, seconds, bytes on disk."""

    identities: int
    seconds: float
    size: float


def write_dataset(
    out: Path,
    settings: DatasetSettings,
    jobs: int = 1,
    progress: Callable[[Iterable[Any], int], Iterable[Any]] = lambda done, missing: done,
    announce: Callable[[Estimate], None] = lambda estimate: None,
) -> None:
    """Write the folder `out`, or what is missing of it; the bytes do not depend on jobs or interruptions.

    progress: wraps the iterator over the identities as they are done, and is told how many there will be
    announce: is told the estimate before the work starts
    """
    store = DatasetStore(out, settings)
    with mapping(jobs) as mapped:
        store.open()
        missing = store.missing()
        if missing:
            announce(estimated(settings, missing, jobs))
        for _ in progress(mapped(_write, [(store, identity) for identity in missing]), len(missing)):
            pass
        if not store.complete:
            store.finish()


def estimated(settings: DatasetSettings, missing: list[Identity], jobs: int) -> Estimate:
    """Measured on the first walk of the first missing identity."""
    identity = missing[0]
    sample = walk_sequences(identity, identity.walks[0], settings)
    next(iter(walk_sequences(identity, identity.walks[0], settings)))  # loads and compiles what is needed
    began, size, frames = time.perf_counter(), 0, 0
    for sequence in sample:
        frames += len(sequence.facts["view"])
        size += sum(_on_disk(len(pickle.dumps(found))) for found in sequence.frames.values())
    each = settings.frames / settings.people / frames
    seconds = (time.perf_counter() - began) * each * len(missing) / jobs
    return Estimate(len(missing), seconds + START_S * (jobs > 1), size * each * len(missing))


def _on_disk(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _write(task: tuple[DatasetStore, Identity]) -> str:
    store, identity = task
    store.write(identity)
    return identity.name
