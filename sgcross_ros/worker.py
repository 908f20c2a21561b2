"""The one thread that does the work, so that the executor stays free to take messages."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Worker(Generic[T]):
    """Works on items in order in its own thread; what does not fit into the hand-over pushes out the oldest.

    done, failed, dropped: how many items ended which way. An error goes to on_error, and the thread lives on.
    """

    def __init__(
        self,
        work: Callable[[T], None],
        on_error: Callable[[T, Exception], None],
        capacity: int = 1,
        name: str = "worker",
    ) -> None:
        """capacity: items that may wait while one is worked on."""
        self.done = self.failed = self.dropped = 0
        self._work, self._on_error = work, on_error
        self._waiting: deque[T] = deque()
        self._capacity, self._closed, self._busy = capacity, False, False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def offer(self, *items: T) -> None:
        """Hand items over; returns at once. What comes together is kept together."""
        if not items:
            return
        with self._changed:
            self._waiting.extend(items)
            room = max(self._capacity, len(items)) + (0 if self._busy else 1)
            while len(self._waiting) > room:
                self._waiting.popleft()
                self.dropped += 1
            self._changed.notify()

    def close(self, timeout_s: float = 5.0) -> None:
        """End after the item at hand; what waits is dropped. TimeoutError when that item takes too long."""
        with self._changed:
            self._closed = True
            self.dropped += len(self._waiting)
            self._waiting.clear()
            self._changed.notify()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            raise TimeoutError(f"{self._thread.name} did not end within {timeout_s} s")

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.wait_for(lambda: self._closed or self._waiting)
                if self._closed:
                    return
                item, self._busy = self._waiting.popleft(), True
            self._do(item)

    def _do(self, item: T) -> None:
        try:
            self._work(item)
        except Exception as error:  # noqa: BLE001 -- one bad moment must not end the node
            self.failed += 1
            self._on_error(item, error)
        else:
            self.done += 1
