"""What identity_node tells about itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sgcross_ros.diagnostics import ERROR, OK, WARN, Finding
from sgcross_ros.people_report import offered, state_finding

if TYPE_CHECKING:
    from sgcross_core.identity import Recogniser
    from sgcross_ros.identity_node import IdentityNode


def findings(node: IdentityNode) -> list[Finding]:
    """The whole report; only the state while the node is not configured."""
    found = [state_finding(node)]
    if node.recogniser is not None:
        found.append(_gallery(node.recogniser))
    if node.phase == "active":
        found.append(node.tracks.finding(time.monotonic(), offered(node, node.tracks.topic)))
        found.append(_processing(node))
    return found


def _gallery(recogniser: Recogniser) -> Finding:
    """Counts only: names belong on the identity topics."""
    people = recogniser.people()
    templates = sum(sum(kinds.values()) for kinds in people.values())
    values = {"people": len(people), "templates": templates, "model": recogniser.engine.model_hash}
    if recogniser.notice:
        return Finding("gallery", WARN, recogniser.notice, values)
    return Finding("gallery", OK, f"{len(people)} people, {templates} templates", values)


def _processing(node: IdentityNode) -> Finding:
    worker = node.worker
    values = {
        "moments": worker.done,
        "dropped": worker.dropped,
        "failed": worker.failed,
        "unmatched": node.waiting.unmatched,
        **node.processing.values("processing_ms"),
        **node.refusals.values(),
    }
    if worker.failed:
        return Finding("processing", ERROR, f"{worker.failed} moments failed: see the log", values)
    if node.refusals.counts:
        return Finding("processing", WARN, f"refused: {sum(node.refusals.counts.values())} messages", values)
    return Finding("processing", OK, f"{worker.done} moments, {worker.dropped} dropped", values)
