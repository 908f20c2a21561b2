"""What people_node tells about itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sgcross_ros.diagnostics import ERROR, OK, WARN, Finding
from sgcross_ros.health import Pulse, clock_finding

if TYPE_CHECKING:
    from sgcross_ros.lifecycle import GaitNode
    from sgcross_ros.people_node import PeopleNode


def state_finding(node: GaitNode[Any]) -> Finding:
    """Which lifecycle state the node is in, and why it is not further."""
    if node.failure:
        return Finding("state", ERROR, f"{node.phase}: {node.failure}")
    return Finding("state", OK, node.phase)


def offered(node: GaitNode[Any], topic: str) -> list[str]:
    """The message type of each publisher of a topic."""
    return [info.topic_type for info in node.get_publishers_info_by_topic(topic)]


def findings(node: PeopleNode) -> list[Finding]:
    """The whole report; only the state while the node is not active."""
    found = [state_finding(node)]
    if node.phase != "active":
        return found
    now = time.monotonic()
    pulses = []
    if node.settings.camera:
        pulses.append(node.camera)
    if node.settings.lidar:
        pulses.append(node.lidar)
    found += [pulse.finding(now, offered(node, pulse.topic)) for pulse in pulses]
    if len(pulses) == 2:
        found.append(node.watch.finding(now, node.pairer.counts, node.settings.pairing.tolerance_ms))
    found.append(node.rig.finding())
    found.append(_clock(node, pulses))
    found.append(_processing(node))
    return found


def _clock(node: PeopleNode, pulses: list[Pulse]) -> Finding:
    ages = [pulse.stamp_age_s for pulse in pulses if pulse.stamp_age_s is not None]
    clock: Any = node.get_clock()
    return clock_finding(max(ages, key=abs, default=None), clock.ros_time_is_active, clock.now().nanoseconds)


def _processing(node: PeopleNode) -> Finding:
    worker, work = node.worker, node.work
    values = {
        "people": work.people,
        "moments": worker.done,
        "dropped": worker.dropped,
        "failed": worker.failed,
        "time_jumps": node.pairer.resets,
        "invalid_points": work.invalid_points,
        **work.processing.values("processing_ms"),
        **work.latency.values("latency_ms"),
        **node.refusals.values(),
    }
    if worker.failed:
        return Finding("processing", ERROR, f"{worker.failed} moments failed: see the log", values)
    if node.refusals.counts:
        kinds = ", ".join(f"{count} {kind}" for kind, count in node.refusals.counts.items())
        return Finding("processing", WARN, f"refused messages: {kinds}", values)
    return Finding("processing", OK, f"{worker.done} moments, {worker.dropped} dropped", values)
