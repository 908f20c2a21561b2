"""The table at the end of the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

WORDS = {
    "right": "right",
    "wrong": "WRONG",
    "unknown_right": "right",
    "unknown_wrong": "not recognised",
    "pending": "seen too briefly",
    "unseen": "never seen",
}


def people_table(acts: Sequence[Mapping[str, Any]]) -> str:
    """One line a person, one column an act: what each was called at the end."""
    names = list(dict.fromkeys(person["truth"] for act in acts for person in act["people"]))
    head = ["", *(f"{act['gallery']} -> {act['probe']}" for act in acts)]
    rows = [[name, *(_cell(act, name) for act in acts)] for name in names]
    return table([head, *rows])


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need to be, the first row underlined."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join(line.rstrip() for line in (lines[0], rule, *lines[1:]))


def summary(report: Mapping[str, Any]) -> str:
    """The result in a few lines."""
    latency = report["latency_ms"]
    lines = [_direction(act) for act in report["acts"]]
    lines.append(
        f"sweeps {report['sweeps']}, paired {report['paired']}, lone sweeps {report['lone_sweeps']}, "
        f"lone frames {report['lone_frames']}, dropped {report['dropped']}"
    )
    lines.append(f"latency p50 {latency['p50']} ms, p95 {latency['p95']} ms, p99 {latency['p99']} ms")
    return "\n".join(lines)


def _cell(act: Mapping[str, Any], name: str) -> str:
    person = next(person for person in act["people"] if person["truth"] == name)
    called = person["name"] or person["state"]
    outcome = WORDS[person["outcome"]]
    return f"{called}, {person['score']:.1f}: {outcome}" if person["frames"] else outcome


def _direction(act: Mapping[str, Any]) -> str:
    enrolled = sum(not person["stranger"] for person in act["people"])
    strangers = len(act["people"]) - enrolled
    return (
        f"act {act['number']}, {act['gallery']} -> {act['probe']}: {act['correct']} of {enrolled} named "
        f"right, {act['wrong']} wrong names, {act['unknown_right']} of {strangers} strangers unknown"
    )
