"""Times by the clock and by the processor, and the memory that a process had at most."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and of the processor by all threads of this process."""

    clock: float
    processor: float


def spent(work: Callable[[], object]) -> Spent:
    """What a piece of work takes."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - clock, time.process_time() - processor)


def least(work: Callable[[], object], repeats: int) -> Spent:
    """The least of each over some repetitions: what other work on the machine disturbs least."""
    found = [spent(work) for _ in range(repeats)]
    return Spent(min(one.clock for one in found), min(one.processor for one in found))


def peak_mb() -> float:
    """The most memory that this process ever had resident, MB."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kB here
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
