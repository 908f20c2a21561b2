"""Gives each LiDAR sweep its nearest camera frame; either sensor goes on alone when the other is missing.

Stock synchronisers take the first frame inside their tolerance; this one waits until the nearest is known.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

from sgcross_core import settings
from sgcross_core.settings import setting

T = TypeVar("T")  # a camera frame, whatever form the caller keeps it in
U = TypeVar("U")  # a LiDAR sweep, likewise
V = TypeVar("V")

MILLISECOND = 1_000_000
JUMP_NS = 1_000 * MILLISECOND  # a stamp that falls back further than this is a new start, not a late message
MOST_PENDING = 64  # a sensor whose clock hardly moves must not fill the memory
GAPS_KEPT = 32  # gaps between stamps from which a sensor's shortest period is known


@dataclass(frozen=True)
class PairingConfig:
    """How far apart a frame and a sweep may be, and how long one waits for the other."""

    tolerance_ms: float = setting(50.0, "largest misfit of a pair", low=0.0, high=1000.0, unit="ms")
    wait_ms: float = setting(150.0, "longest wait for the other sensor", low=0.0, high=5000.0, unit="ms")
    silent_after_ms: float = setting(
        300.0, "a sensor this far behind the other is not waited for", low=1.0, high=60000.0, unit="ms"
    )
    max_rate_hz: float = setting(10.5, "most lone frames a second", low=0.1, high=1000.0, unit="Hz")
    camera_offset_ms: float = setting(
        0.0, "added to the stamps of camera frames", low=-10000.0, high=10000.0, unit="ms"
    )

    def __post_init__(self) -> None:
        settings.check(self)


@dataclass(frozen=True)
class Moment(Generic[T, U]):
    """What is looked at together. stamp: the sweep's, else the frame's; frame_stamp has the offset in; ns."""

    stamp: int
    frame: T | None
    sweep: U | None
    frame_stamp: int | None


class NearestPairer(Generic[T, U]):
    """Pairs opaque messages by stamp (nanoseconds); the stamps of its moments always rise. Not thread-safe.

    A sweep is settled at once when no later frame can be nearer (half the shortest recent camera period),
    else when a later frame proves it, when the camera is silent, or when wait_ms is over. Each message ends
    in one counter: frames in paired, lone_frames, surplus_frames or late; sweeps in paired, lone_sweeps or
    late.
    """

    def __init__(self, config: PairingConfig | None = None) -> None:
        self.config = config or PairingConfig()
        names = "frames sweeps paired lone_sweeps lone_frames surplus_frames late resets"
        self.counts: dict[str, int] = dict.fromkeys(names.split(), 0)
        self._tolerance = round(self.config.tolerance_ms * MILLISECOND)
        self._wait = round(self.config.wait_ms * MILLISECOND)
        self._silent = round(self.config.silent_after_ms * MILLISECOND)
        self._offset = round(self.config.camera_offset_ms * MILLISECOND)
        self._spacing = round(1e9 / self.config.max_rate_hz)
        self._start()

    @property
    def resets(self) -> int:
        """How often time went back by more than a second; tracks must be dropped when this grows."""
        return self.counts["resets"]

    @property
    def pending(self) -> int:
        """Messages that are still waiting."""
        return len(self._frames.waiting) + len(self._sweeps.waiting)

    def add_frame(self, stamp: int, item: T) -> list[Moment[T, U]]:
        """Take a camera frame; the moments that are settled by it, oldest first."""
        self.counts["frames"] += 1
        stamp += self._offset
        if not self._admit(self._frames, stamp):
            return []
        self._frames.push(stamp, item)
        return self._settle(stamp)

    def add_sweep(self, stamp: int, item: U) -> list[Moment[T, U]]:
        """Take a LiDAR sweep; the moments that are settled by it, oldest first."""
        self.counts["sweeps"] += 1
        if not self._admit(self._sweeps, stamp):
            return []
        if self._last is not None and stamp <= self._last:
            self.counts["late"] += 1  # lone frames went ahead of it
            return []
        self._sweeps.push(stamp, item)
        return self._settle(stamp)

    def flush(self, now: int) -> list[Moment[T, U]]:
        """The moments whose wait is over at the time now, nanoseconds on the sensors' clock."""
        return self._settle(now)

    def reset(self) -> None:
        """Forget what is waiting (counted as late) and what was learnt of the sensors; the counters stay."""
        self.counts["late"] += self.pending
        self._start()

    def _start(self) -> None:
        self._frames: _Queue[T] = _Queue()
        self._sweeps: _Queue[U] = _Queue()
        self._last: int | None = None  # stamp of the newest moment
        self._due: int | None = None  # when the next lone frame may go

    def _admit(self, queue: _Queue[V], stamp: int) -> bool:
        jumped = queue.newest is not None and queue.newest - stamp > JUMP_NS
        if jumped or self._returns_in_the_past(queue.heard, stamp):
            self.counts["resets"] += 1
            self.reset()
            return True
        queue.heard = stamp
        if queue.newest is None or stamp > queue.newest:
            return True
        self.counts["late"] += 1
        return False

    def _returns_in_the_past(self, heard: int | None, stamp: int) -> bool:
        """Whether a sensor that was silent speaks from long before the newest moment: another recording.

        One that goes on speaking only has a clock of its own.
        """
        silent = heard is None or stamp - heard > JUMP_NS
        return silent and self._last is not None and self._last - stamp > JUMP_NS

    def _settle(self, now: int) -> list[Moment[T, U]]:
        now = max(now, self._frames.newest or now, self._sweeps.newest or now)
        moments = []
        while (moment := self._next_sweep(now)) is not None:
            moments.append(moment)
        return moments + self._loose_frames(now)

    def _next_sweep(self, now: int) -> Moment[T, U] | None:
        """The moment of the oldest waiting sweep, once it is known."""
        if not self._sweeps.waiting:
            return None
        stamp, sweep = self._sweeps.waiting[0]
        best = self._nearest_frame(stamp)
        over = self._waited(self._sweeps, stamp, now) or self._frames.behind(self._sweeps) > self._silent
        if not (over or self._proven(stamp, best)):
            return None
        self._sweeps.waiting.popleft()
        self._last = stamp
        if best is None:
            self.counts["lone_sweeps"] += 1
            return Moment(stamp, None, sweep, None)
        return Moment(stamp, self._take_frame(best), sweep, best)

    def _nearest_frame(self, stamp: int) -> int | None:
        """Stamp of the frame nearest to a sweep, not nearer to the next sweep; the first of equals."""
        following = self._sweeps.waiting[1][0] if len(self._sweeps.waiting) > 1 else None
        near = [
            frame
            for frame, _ in self._frames.waiting
            if abs(frame - stamp) <= self._tolerance
            and (following is None or abs(frame - stamp) <= abs(following - frame))
        ]
        return min(near, key=lambda frame: abs(frame - stamp), default=None)

    def _proven(self, stamp: int, best: int | None) -> bool:
        """Whether no later frame can be nearer to the sweep and no later sweep nearer to the frame."""
        passed = self._frames.newest is not None and self._frames.newest >= stamp
        if best is None:
            return passed
        twice = 2 * abs(best - stamp)
        frame_gap, sweep_gap = self._frames.shortest_gap(), self._sweeps.shortest_gap()
        known = best <= stamp or len(self._sweeps.waiting) > 1 or sweep_gap is None or twice <= sweep_gap
        return known and (passed or (frame_gap is not None and twice <= frame_gap))

    def _take_frame(self, stamp: int) -> T:
        """The frame of this stamp; older ones were passed over."""
        while True:
            found, frame = self._frames.waiting.popleft()
            if found == stamp:
                self.counts["paired"] += 1
                return frame
            self.counts["surplus_frames"] += 1

    def _loose_frames(self, now: int) -> list[Moment[T, U]]:
        """Drop the frames that no sweep can want any more; those that wait for a silent LiDAR go alone."""
        moments: list[Moment[T, U]] = []
        waiting = self._frames.waiting
        while waiting and not self._may_pair(waiting[0][0], now):
            stamp, frame = waiting.popleft()
            if self._may_go_alone(stamp):
                self.counts["lone_frames"] += 1
                self._last = stamp
                moments.append(Moment(stamp, frame, None, stamp))
            else:
                self.counts["surplus_frames"] += 1
        return moments

    def _may_pair(self, stamp: int, now: int) -> bool:
        if len(self._frames.waiting) > MOST_PENDING:
            return False
        if any(abs(sweep - stamp) <= self._tolerance for sweep, _ in self._sweeps.waiting):
            return True
        if self._sweeps.newest is not None and stamp <= self._sweeps.newest:
            return False
        silent = self._sweeps.behind(self._frames) > self._silent
        return not (silent or self._waited(self._frames, stamp, now))

    def _may_go_alone(self, stamp: int) -> bool:
        """Whether a lone frame is due: max_rate_hz on average, so that jitter costs no frames."""
        if self._sweeps.newest is not None and stamp <= self._sweeps.newest:
            return False
        due = stamp if self._due is None else self._due
        if self._last is not None:
            due = max(due, self._last + self._spacing // 2)
        if stamp < due:
            return False
        self._due = max(due, stamp - self._spacing // 2) + self._spacing
        return True

    def _waited(self, queue: _Queue[V], stamp: int, now: int) -> bool:
        return now - stamp >= self._wait or len(queue.waiting) > MOST_PENDING


class _Queue(Generic[V]):
    """What one sensor sent and still waits, with what is known of its clock."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, V]] = deque()
        self.first: int | None = None
        self.newest: int | None = None
        self.heard: int | None = None  # the last stamp that came, also of what was too late to wait
        self._gaps: deque[int] = deque(maxlen=GAPS_KEPT)

    def push(self, stamp: int, item: V) -> None:
        if self.newest is None:
            self.first = stamp
        else:
            self._gaps.append(stamp - self.newest)
        self.newest = self.heard = stamp
        self.waiting.append((stamp, item))

    def shortest_gap(self) -> int | None:
        """The shortest of the recent gaps between stamps; within half of it there can be only one message."""
        return min(self._gaps, default=None)

    def behind(self, other: _Queue[T]) -> int:
        """How far this sensor's stamps are behind the other's (behind its first if this one never spoke)."""
        if other.newest is None or other.first is None:
            return 0
        return other.newest - (other.first if self.newest is None else self.newest)
