"""Makes what is needed next while something else runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")

AHEAD = 2


class Prefetch(Generic[T]):
    """Call it with i to get make(i); meanwhile a thread makes the next ones, below end.

    waited: seconds spent waiting in calls, all together. What make raises, the call raises.
    """

    def __init__(self, make: Callable[[int], T], end: int) -> None:
        self.waited = 0.0
        self._make, self._end = make, end
        self._coming: dict[int, Future[T]] = {}
        self._thread = ThreadPoolExecutor(1, "batches")

    def __call__(self, i: int) -> T:
        began = time.perf_counter()
        if i not in self._coming:
            self._drop()
        for next_one in range(i, max(min(i + 1 + AHEAD, self._end), i + 1)):
            if next_one not in self._coming:
                self._coming[next_one] = self._thread.submit(self._make, next_one)
        made = self._coming.pop(i).result()
        self.waited += time.perf_counter() - began
        return made

    def close(self) -> None:
        """Make no more, and wait until the thread has ended."""
        self._drop()
        self._thread.shutdown()

    def _drop(self) -> None:
        for future in self._coming.values():
            future.cancel()
        self._coming.clear()
