"""Gauges that turn what a node counts into findings. Times come in as seconds of a steady clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sgcross_ros.diagnostics import ERROR, OK, WARN, Finding

WARN_AFTER_S, ERROR_AFTER_S = 0.7, 2.5  # a silent sensor is told within 1 s and 3 s, the look-round included
RATE_OVER_S = 3.0
OLD_S = 5.0  # stamps further from the clock than this cannot be meant
HISTORY = 200


class Pulse:
    """How regularly one topic speaks. kind: its message type as we take it, such as sensor_msgs/msg/Image."""

    def __init__(self, what: str, topic: str, kind: str) -> None:
        self.what, self.topic, self.kind = what, topic, kind
        self.stamp_age_s: float | None = None
        self._beats: deque[float] = deque()
        self._count = 0

    def beat(self, now_s: float, stamp_age_s: float | None = None) -> None:
        """A message came; stamp_age_s: how old its stamp was by the node's clock."""
        self._count += 1
        self.stamp_age_s = stamp_age_s
        self._beats.append(now_s)
        while now_s - self._beats[0] > RATE_OVER_S:
            self._beats.popleft()

    def rate_hz(self, now_s: float) -> float:
        """Messages a second over the last three seconds."""
        recent = [beat for beat in self._beats if now_s - beat <= RATE_OVER_S]
        return (
            (len(recent) - 1) / (recent[-1] - recent[0])
            if len(recent) > 1 and recent[-1] > recent[0]
            else 0.0
        )

    def silent_s(self, now_s: float) -> float | None:
        """Seconds since the last message, None when there was none."""
        return now_s - self._beats[-1] if self._beats else None

    def finding(self, now_s: float, offered: Sequence[str]) -> Finding:
        """A silent sensor is a warning first, then an error; one that never spoke stays a warning.

        offered: the message type of each publisher that the topic has
        """
        silent, rate = self.silent_s(now_s), self.rate_hz(now_s)
        values: dict[str, Any] = {"topic": self.topic, "messages": self._count, "rate_hz": rate}
        values |= {
            "publishers": len(offered),
            "stamp_age_s": "" if self.stamp_age_s is None else self.stamp_age_s,
        }
        if silent is None:
            return Finding(self.what, WARN, f"nothing on {self.topic} yet; {self._why(offered)}", values)
        if silent > WARN_AFTER_S:
            level = ERROR if silent > ERROR_AFTER_S else WARN
            return Finding(self.what, level, f"silent for {silent:.1f} s on {self.topic}", values)
        return Finding(self.what, OK, f"{rate:.1f} Hz", values)

    def _why(self, offered: Sequence[str]) -> str:
        """What is known of the reason why nothing came."""
        if not offered:
            return "nobody publishes it"
        if self.kind not in offered:
            return f"it carries {', '.join(sorted(set(offered)))} and not {self.kind}"
        return f"it has {len(offered)} publisher{'' if len(offered) == 1 else 's'}"


class Meter:
    """Durations of the last 200 moments, in milliseconds."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=HISTORY)

    def add(self, seconds: float) -> None:
        """One duration."""
        self._last.append(seconds * 1000)

    def values(self, name: str) -> dict[str, float]:
        """Median, 95th percentile and maximum in milliseconds; nothing before the first."""
        if not self._last:
            return {}
        data = np.array(self._last)
        median, high = np.percentile(data, (50, 95))
        return {f"{name}_p50": float(median), f"{name}_p95": float(high), f"{name}_max": float(data.max())}


class PairingWatch:
    """Whether sweeps find their frames, judged over the last few reports."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, Mapping[str, int]]] = deque()

    def finding(self, now_s: float, counts: Mapping[str, int], tolerance_ms: float) -> Finding:
        """A warning when both sensors speak and less than half of the last five seconds is paired."""
        self._seen.append((now_s, dict(counts)))
        while now_s - self._seen[0][0] > 5.0:
            self._seen.popleft()
        recent = {name: counts[name] - self._seen[0][1][name] for name in counts}
        settled = recent["paired"] + recent["lone_sweeps"]
        if recent["frames"] and settled >= 5 and 2 * recent["paired"] < settled:
            sentence = (
                f"only {recent['paired']} of {settled} sweeps have a frame within {tolerance_ms:g} ms: "
                "are both sensors on one clock? pairing.camera_offset_ms corrects a fixed offset"
            )
            return Finding("pairing", WARN, sentence, counts)
        return Finding("pairing", OK, f"{counts['paired']} pairs of {counts['sweeps']} sweeps", counts)


def clock_finding(stamp_age_s: float | None, simulated: bool, clock_ns: int) -> Finding:
    """Whether the stamps fit the node's clock; the sentence says what to change."""
    if simulated and clock_ns == 0:
        return Finding("clock", WARN, "use_sim_time is set and nothing is on /clock: play with --clock")
    if stamp_age_s is None or abs(stamp_age_s) <= OLD_S:
        return Finding("clock", OK, "stamps fit the clock")
    values = {"stamp_age_s": stamp_age_s, "use_sim_time": simulated}
    if stamp_age_s < 0:
        sentence = f"stamps are {-stamp_age_s:.0f} s ahead of the clock: synchronise the machines' clocks"
    else:
        sentence = f"stamps are {stamp_age_s:.0f} s old: set use_sim_time and play with --clock"
    return Finding("clock", WARN, sentence, values)
