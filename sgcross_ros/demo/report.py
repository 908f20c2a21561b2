"""The report of a demo: report.json and the page beside it."""

from __future__ import annotations

import json
import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from sgcross_ros.demo import scoring
from sgcross_ros.demo.page import page
from sgcross_ros.demo.pictures import Pictures, act_strips
from sgcross_ros.demo.records import ActResult
from sgcross_ros.demo.truth import Truth

OUTCOMES = ("correct", "wrong", "unknown_right", "unknown_wrong", "pending", "unseen")
PACKAGES = ("sgcross_ros", "torch", "numpy", "opencv-python-headless", "ros-rclpy")


def build(
    acts: Sequence[ActResult], truth: Truth, rate: float, seconds: float, command: str
) -> dict[str, Any]:
    """The whole report.

    The counts at its top are sums over everything that was played, the enrolments too; latencies and answers
    are of the walks in which people were looked for.
    """
    judged = [scoring.judge_act(act, truth) for act in acts]
    counts: Counter[str] = Counter()
    for act in judged:
        counts.update(act["counts"])
        counts.update(act["enrol_counts"])
    latencies = [value for act in acts for value in act.recording.latencies_ms]
    return {
        **{
            key: counts[key]
            for key in ("sweeps", "frames", "paired", "lone_sweeps", "lone_frames", "dropped")
        },
        "latency_ms": scoring.latency_figures(latencies),
        "people": [person for act in judged for person in act["people"]],
        **{key: sum(act[key] for act in judged) for key in OUTCOMES},
        "seconds": round(seconds, 1),
        "rate": rate,
        "passed": all(scoring.passed(act) for act in judged),
        "acts": judged,
        "command": command,
        "versions": versions(),
        "machine": machine(),
    }


def strips(acts: Sequence[ActResult], report: Mapping[str, Any]) -> Pictures:
    """Pictures of the page: the strips of each act's enrolled and probe walks and the overlays."""
    found: Pictures = {}
    for act, judged in zip(acts, report["acts"], strict=True):
        probe = {person["truth"]: person["track"] for person in judged["people"]}
        found |= _keyed(act.number, "probe", act_strips(act.recording, act.probe, probe))
        if act.enrol_recording is not None:
            enrolled = {enrolment.name: enrolment.track for enrolment in act.enrolments}
            found |= _keyed(act.number, "enrol", act_strips(act.enrol_recording, act.gallery, enrolled))
        found |= {f"overlay/{act.number}/{i}": jpeg for i, jpeg in enumerate(act.recording.overlays)}
    return found


def write(folder: Path, report: Mapping[str, Any], pictures: Pictures) -> None:
    """report.json and index.html in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, indent=1))
    (folder / "index.html").write_text(page(report, pictures), encoding="utf-8")


def versions() -> dict[str, str]:
    """Of Python and the packages that matter for the result."""
    found = {name: _version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **{k: v for k, v in found.items() if v}}


def machine() -> dict[str, Any]:
    """What the demo ran on."""
    return {"system": platform.platform(), "processor": _processor(), "cores": os.cpu_count()}


def _keyed(act: int, step: str, pictures: Pictures) -> Pictures:
    return {f"{act}/{step}/{name}": picture for name, picture in pictures.items()}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _processor() -> str:
    """The model that Linux names; the architecture elsewhere."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
