"""Make a data set: tell the cost, then work on all cores, going on where an earlier run stopped."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.world.dataset_cast import Identity
from training.world.dataset_sequences import walk_sequences
from training.world.dataset_settings import DatasetSettings
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
) -> int:
    """Write the folder `out`, or what is missing of it: the number of sequences in it in all.

    The bytes depend neither on jobs nor on interruptions.

    progress: wraps the iterator over the identities as they are done, and is told how many there will be
    announce: is told the estimate before the work starts
    """
    store = DatasetStore.of(out, settings)
    with mapping(jobs) as mapped:
        store.open()
        missing = store.missing()
        if missing:
            announce(estimated(settings, missing, jobs))
        for _ in progress(mapped(_write, [(store, identity) for identity in missing]), len(missing)):
            pass
        if not store.complete:
            store.finish()
    return sum(len(identity.walks) for identity in store.cast.everyone) * len(settings.view_list)


def estimated(settings: DatasetSettings, missing: list[Identity], jobs: int) -> Estimate:
    """Measured on the first walk of the first missing identity."""
    identity = missing[0]
    sample = walk_sequences(identity, identity.walks[0], settings)
    next(iter(walk_sequences(identity, identity.walks[0], settings)))  # loads and compiles what is needed
    began, size, frames = time.perf_counter(), 0, 0
    for sequence in sample:
        frames += len(sequence.facts["view"])
        size += sum(_on_disk(len(pickle.dumps(found))) for found in sequence.frames.values())
    sequences = sum(len(person.walks) for person in missing) * len(settings.view_list)
    times = sequences * settings.mean_frames / frames
    seconds = (time.perf_counter() - began) * times / jobs + START_S * (jobs > 1)
    return Estimate(len(missing), seconds, size * times)


def _on_disk(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _write(task: tuple[DatasetStore, Identity]) -> str:
    store, identity = task
    store.write(identity)
    return identity.name
