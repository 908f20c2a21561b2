"""What time it is on the sensors' clock."""

from __future__ import annotations

from typing import Any

SECOND = 1_000_000_000
JUMP_NS = SECOND


class MomentClock:
    """Simulated time where it is used, else the newest stamp plus what has passed since it came.

    So a recording played without /clock, or a sensor with a clock of its own, is judged by its own time.
    """

    def __init__(self, clock: Any) -> None:
        """clock: of a node, which is a ROSClock."""
        self._clock = clock
        self._newest: tuple[int, float] | None = None

    def saw(self, stamp: int, at_s: float) -> None:
        """A message with this stamp (nanoseconds) came at a time of the steady clock (seconds)."""
        newest = self._newest[0] if self._newest else None
        if newest is None or stamp > newest or stamp < newest - JUMP_NS:
            self._newest = (stamp, at_s)

    def now(self, at_s: float) -> int:
        """Nanoseconds on the sensors' clock; 0 before the first message."""
        if self._clock.ros_time_is_active:
            return int(self._clock.now().nanoseconds)
        if self._newest is None:
            return 0
        stamp, came = self._newest
        return stamp + round((at_s - came) * SECOND)

    def age_s(self, stamp: int) -> float | None:
        """Seconds since a stamp by the node's own clock; None while simulated time has not begun."""
        now = self._clock.now().nanoseconds
        return (now - stamp) / SECOND if now else None
