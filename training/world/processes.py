"""Work spread over processes so that the result does not depend on how many there are."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def mapping(jobs: int) -> Iterator[Callable[..., Iterable[Any]]]:
    """map in this process for one job, in spawned ones for more; one thread each, so that bytes agree.

    ValueError when jobs is not 1 or more.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be 1 or more; got {jobs}")
    if jobs == 1:
        with one_thread():
            yield map
    else:
        with multiprocessing.get_context("spawn").Pool(jobs, start_worker) as pool:
            yield pool.imap


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for torch: for bodies of a thousand vertices more of them only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def start_worker() -> None:
    """One thread; Ctrl-C is for the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
