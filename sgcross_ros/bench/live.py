"""The live chain: a bag in real time through the real nodes, loop after loop."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sgcross_ros.bench.tables import ratio
from sgcross_ros.bench.usage import Sampler, memory_figures
from sgcross_ros.demo.scoring import latency_figures
from sgcross_ros.demo.stage import stage
from sgcross_ros.demo.world import World

LIMIT_MS = 100
LOOK_S = 1.0
COUNTS = ("sweeps", "frames", "paired", "lone_sweeps", "lone_frames", "lost", "dropped")


def measure(world: World, out: Path, loops: int, weights: str) -> dict[str, Any]:
    """Latency, drops, memory and processor share of the nodes over loops of the probe walk."""
    gallery = out / "gallery.db"
    with stage(out / "logs", gallery, 1.0, weights) as scene:
        sampler = Sampler({node.name: node.pid for node in scene.nodes})
        begin = time.monotonic()
        looked = [begin - LOOK_S]

        def look() -> None:
            if (now := time.monotonic()) - looked[0] >= LOOK_S:
                looked[0] = now
                sampler.look(now)

        truth = world.truth("probe")
        recording = scene.play(world.bag("probe"), "both", truth, "live", loops=loops, each=look)
        seconds = time.monotonic() - begin
        used, reports = sampler.cpu_s(), scene.observer.reports
    latency = latency_figures(recording.latencies_ms)
    return {
        "loops": loops,
        "seconds": round(seconds, 1),
        **{key: recording.counts[key] for key in COUNTS},
        "latency_ms": {**latency, "limit_ratio": ratio(latency["p95"], LIMIT_MS)},
        "inside_ms": {name: inside(reports.get(f"{name}: processing", {})) for name in used},
        "most_people": max((len(moment.seen) for moment in recording.moments), default=0),
        "memory": {n: memory_figures(s, seconds / loops) for n, s in sampler.samples.items()},
        "cpu_share": {name: round(used_s / seconds, 3) for name, used_s in used.items()},
    }


def inside(report: Mapping[str, float]) -> dict[str, float]:
    """What a node says of its own durations over its last 200 moments, milliseconds."""
    return {key.replace("_ms", ""): value for key, value in report.items() if "_ms_" in key}
