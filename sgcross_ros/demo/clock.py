"""Where the player's clock stands between two of its messages."""

from __future__ import annotations

from collections import deque

KEPT_S = 2.0


class PlayedClock:
    """Maps wall time to the bag's time from /clock messages.

    A message can only come late, so the one of the last two seconds that came soonest tells the offset.
    rate: how fast the bag is played; wall times are seconds of a steady clock, bag times nanoseconds.
    """

    def __init__(self, rate: float) -> None:
        """ValueError when the rate is not above zero: then no wall time belongs to a bag time."""
        if rate <= 0:
            raise ValueError(f"rate must be above 0; got {rate}")
        self.rate = rate
        self._offsets: deque[tuple[float, float]] = deque()
        self._newest = 0

    def tick(self, clock: int, wall: float) -> None:
        """A /clock message arrived; one that goes back starts anew."""
        if clock < self._newest:
            self._offsets.clear()
        self._newest = clock
        self._offsets.append((wall, wall - clock * 1e-9 / self.rate))
        while wall - self._offsets[0][0] > KEPT_S:
            self._offsets.popleft()

    def age_ms(self, stamp: int, wall: float) -> float | None:
        """How long ago, in real milliseconds, the bag's time was `stamp`; None before the first tick."""
        if not self._offsets:
            return None
        offset = min(value for _, value in self._offsets)
        return (wall - offset - stamp * 1e-9 / self.rate) * 1e3
