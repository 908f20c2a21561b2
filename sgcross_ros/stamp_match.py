"""Two topics of one node, put together again by their stamp."""

from __future__ import annotations

from typing import Generic, TypeVar

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")

JUMP_NS = 1_000_000_000
MOST_WAITING = 20  # a topic whose partner never comes must not fill the memory


class StampMatch(Generic[A, B]):
    """Pairs of equal stamps (nanoseconds), in rising order. unmatched: how many items were given up."""

    def __init__(self) -> None:
        self.unmatched = 0
        self._left: dict[int, A] = {}
        self._right: dict[int, B] = {}

    def left(self, stamp: int, item: A) -> tuple[A, B] | None:
        """Take an item of the first topic; the pair that it completes."""
        self._forget_future(stamp)
        if stamp in self._right:
            return item, self._take(stamp, self._right)
        self._left[stamp] = item
        self._limit(self._left)
        return None

    def right(self, stamp: int, item: B) -> tuple[A, B] | None:
        """Take an item of the second topic; the pair that it completes."""
        self._forget_future(stamp)
        if stamp in self._left:
            return self._take(stamp, self._left), item
        self._right[stamp] = item
        self._limit(self._right)
        return None

    def _take(self, stamp: int, queue: dict[int, C]) -> C:
        item = queue.pop(stamp)
        for waiting in (self._left, self._right):
            self._give_up(waiting, [older for older in waiting if older < stamp])
        return item

    def _forget_future(self, stamp: int) -> None:
        """After a jump back in time, what waits will not be answered."""
        for waiting in (self._left, self._right):
            self._give_up(waiting, [newer for newer in waiting if newer - stamp > JUMP_NS])

    def _limit(self, queue: dict[int, A] | dict[int, B]) -> None:
        self._give_up(queue, sorted(queue)[: max(0, len(queue) - MOST_WAITING)])

    def _give_up(self, queue: dict[int, A] | dict[int, B], stamps: list[int]) -> None:
        for stamp in stamps:
            del queue[stamp]
            self.unmatched += 1
