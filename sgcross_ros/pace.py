"""When a recorded message is due: by the wall clock, or when the consumers have answered for earlier ones."""

from __future__ import annotations

SECOND = 1_000_000_000
TICK_S = 0.01  # of /clock: 100 Hz


class WallPace:
    """Maps the bag's time to a steady clock. rate: times real time, above 0."""

    def __init__(self, rate: float, start: int, now_s: float) -> None:
        """start: the bag's time, nanoseconds, that belongs to now."""
        self._rate, self._start, self._began_s = rate, start, now_s

    def due_s(self, bag_time: int) -> float:
        """The steady clock's time at which a time of the bag comes."""
        return self._began_s + (bag_time - self._start) / SECOND / self._rate

    def bag_time(self, now_s: float) -> int:
        """The bag's time now."""
        return self._start + round((now_s - self._began_s) * self._rate * SECOND)


class AnswerPace:
    """Lets at most `ahead` nanoseconds of stamps be on their way: flow control without a clock.

    answers: the newest stamp on each topic where consumers answer; one that never spoke is not asked.
    """

    def __init__(self, ahead: int) -> None:
        self.ahead = ahead
        self.answers: dict[str, int] = {}
        self._base: int | None = None

    def answered(self, topic: str, stamp: int) -> None:
        """A consumer has answered for this stamp."""
        self.answers[topic] = stamp

    def restart(self) -> None:
        """Before each loop: stamps begin anew."""
        self.answers.clear()
        self._base = None

    def may_send(self, stamp: int) -> bool:
        """Whether a message of this stamp may go."""
        if self._base is None:
            self._base = stamp
        return stamp - self.reached() <= self.ahead

    def reached(self) -> int:
        """The stamp up to which every consumer has answered, or was given up."""
        base = self._base or 0
        return max(base, min(self.answers.values(), default=base))

    def give_up(self, stamp: int) -> None:
        """The consumers are stuck: go on as if they had answered for this stamp."""
        self._base = stamp
