"""What goes on inside a node, published on /diagnostics once a second and at once when a level changes."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

OK, WARN, ERROR = 0, 1, 2
PERIOD_S, LOOK_S = 1.0, 0.2


@dataclass(frozen=True)
class Finding:
    """One line of the report. level: OK, WARN or ERROR; sentence: for a person; values: for a program."""

    name: str
    level: int
    sentence: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Refusals:
    """Counts what a node had to refuse and logs each kind at once, then at most every few seconds."""

    def __init__(self, log: Callable[[str], Any], every_s: float = 10.0) -> None:
        self.counts: Counter[str] = Counter()
        self.last: dict[str, str] = {}
        self._log, self._every_s, self._lock = log, every_s, threading.Lock()
        self._logged: dict[str, float] = {}

    def add(self, kind: str, reason: str) -> None:
        """Note that a message of this kind was refused and why."""
        now = time.monotonic()
        with self._lock:
            self.counts[kind] += 1
            self.last[kind] = reason
            due = now - self._logged.get(kind, -self._every_s) >= self._every_s
            if due:
                self._logged[kind] = now
        if due:
            self._log(
                f"{kind}: {reason} ({self.counts[kind]} so far; at most one line every {self._every_s:g} s)"
            )

    def values(self) -> dict[str, Any]:
        """Counts and newest reasons, for a finding."""
        with self._lock:
            return {
                **{f"refused {kind}": count for kind, count in self.counts.items()},
                **{f"last {kind}": reason for kind, reason in self.last.items()},
            }


def status(finding: Finding, source: str) -> DiagnosticStatus:
    """The message of a finding of the node `source`."""
    values = [KeyValue(key=str(k), value=_text(v)) for k, v in finding.values.items()]
    return DiagnosticStatus(
        level=bytes([finding.level]),
        name=f"{source}: {finding.name}",
        message=finding.sentence,
        hardware_id=source,
        values=values,
    )


class Diagnostics:
    """Asks for findings several times a second and publishes them; runs in every lifecycle state."""

    def __init__(self, node: Node, findings: Callable[[], list[Finding]]) -> None:
        self._node, self._findings = node, findings
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._levels: dict[str, int] = {}
        self._published = float("-inf")
        # Steady time: a report must also come while simulated time stands still.
        node.create_timer(LOOK_S, self.look, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def look(self) -> None:
        """Publish when it is time, or when something got better or worse."""
        found, now = self._findings(), time.monotonic()
        levels = {finding.name: finding.level for finding in found}
        if levels == self._levels and now - self._published < PERIOD_S - LOOK_S / 2:
            return
        self._levels, self._published = levels, now
        report = DiagnosticArray(status=[status(f, self._node.get_name()) for f in found])
        report.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(report)


def _text(value: Any) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
