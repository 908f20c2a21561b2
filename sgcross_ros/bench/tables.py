"""The benchmark's figures as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sgcross_ros.demo.table import table

FRAMES_A_SECOND, SCENE_MS, WORLD_MB = 1000, 150, 4000  # of the walking world; the first is a least
READ_MS, EVALUATE_S, EVALUATE_MB = 15, 60, 4000


def tables(made: Mapping[str, Any]) -> str:
    """Every part that was measured."""
    return "\n\n".join(show(made[name]) for name, show in SHOWN.items() if name in made) + "\n"


def stages(figures: Mapping[str, Any]) -> str:
    """Milliseconds of each stage of one moment."""
    rows = [["stage, ms a moment", "p50", "p95", "p99", "times"]]
    rows += [
        [n, *(f"{f[key]:.1f}" for key in ("p50", "p95", "p99")), str(f["count"])] for n, f in figures.items()
    ]
    return table(rows)


def pairs(figures: Mapping[str, Any]) -> str:
    """Both pairing rules on several rhythms."""
    rows = [["misfit of pairs, p95 ms", "nearest", "greedy", "ratio"]]
    for name, both in figures.items():
        misfits = (f"{both[rule]['p95_ms']:.1f}" for rule in ("nearest", "greedy"))
        rows.append([name, *misfits, f"{both['misfit_ratio']:.2f}"])
    return table(rows)


def live(figures: Mapping[str, Any]) -> str:
    """The live chain beside its limits."""
    latency = figures["latency_ms"]
    rows = [["live chain", "value", "of the limit"]]
    rows.append(["people in view, most", str(figures["most_people"]), ""])
    rows.append(["sweeps", f"{figures['sweeps']} in {figures['loops']} loops", ""])
    rows.append(["dropped", str(figures["dropped"]), "limit 0"])
    rows.append(
        ["latency p50, p95, p99", f"{latency['p50']}, {latency['p95']}, {latency['p99']} ms", _of(latency)]
    )
    for name, own in figures["inside_ms"].items():
        rows += [
            [f"{name} {what}", _pair(own, what), ""] for what in ("processing", "latency") if _has(own, what)
        ]
    for name, memory in figures["memory"].items():
        growth = memory["growth_mb_a_loop"]
        slope = "" if growth is None else f", {growth:+.2f} MB a loop"
        rows.append([f"{name} memory", f"{memory['max_mb']:.0f} MB{slope}", _of(memory)])
    rows += [
        [f"{name} processor", f"{share:.0%} of a core", ""] for name, share in figures["cpu_share"].items()
    ]
    return table(rows)


def network(figures: Mapping[str, Any]) -> str:
    """Networks by runtime: a new frame of everybody in view, and streaming beside a window in one batch."""
    rows = [["network", "runtime", "4 people, ms", "of the limit", "push, share of a window", "of 4 at once"]]
    for name, runtimes in figures.items():
        for runtime, one in runtimes.items():
            shares = (f"{one[how]['push']:.2f} ms, {one[how]['share']:.1%}" for how in ("alone", "together"))
            rows.append([name, runtime, f"{one['moment_ms']:.1f}", _of(one), *shares])
    return table(rows)


def world(figures: Mapping[str, Any]) -> str:
    """The walking world: how fast people are made for data sets, and frames of whole scenes."""
    rows = [["walking world", "value", "of the limit"]]
    for count, one in figures["person_frames"].items():
        words = f"{one['per_s']} by the clock, {one['per_processor_s']} by one processor"
        rows.append([f"person-frames a second, {count} at work", words, _part(FRAMES_A_SECOND, one["per_s"])])
        memory = one["peak_mb_a_process"]
        rows.append(["  memory of each", f"{memory} MB", _part(memory, WORLD_MB)])
    scene = figures["scene"]
    words = f"{scene['picture_ms']} + {scene['sweep_ms']} ms, {scene['both_processor_ms']} of the processor"
    limit = _part(scene["both_ms"], SCENE_MS)
    return table([*rows, [f"picture + sweep, {scene['walkers']} walkers", words, limit]])


def data(figures: Mapping[str, Any]) -> str:
    """Reading a packed store, and evaluating embeddings."""
    read = figures["read"]
    words = f"p50 {read['p50_ms']}, p95 {read['p95_ms']} ms"
    rows = [["data", "value", "of the limit"]]
    rows.append(["batch of 8 x 8 x 10 frames", words, _part(read["p50_ms"], READ_MS)])
    for metric, one in figures["evaluate"].items():
        rows.append(
            [f"20,000 against 800, {metric}", f"{one['seconds']} s", _part(one["seconds"], EVALUATE_S)]
        )
        rows.append(["  memory", f"{one['peak_mb']} MB", _part(one["peak_mb"], EVALUATE_MB)])
    return table(rows)


SHOWN = {
    "stages_ms": stages, "pairing": pairs, "network": network, "world": world, "data": data, "live": live
}  # fmt: skip


def _part(value: float, limit: float) -> str:
    return f"{ratio(value, limit):.2f}"


def _has(own: Mapping[str, float], what: str) -> bool:
    return f"{what}_p50" in own


def _pair(own: Mapping[str, float], what: str) -> str:
    return f"p50 {own[f'{what}_p50']:.1f}, p95 {own[f'{what}_p95']:.1f} ms"


def _of(figures: Mapping[str, Any]) -> str:
    ratio = figures["limit_ratio"]
    return "" if ratio is None else f"{ratio:.2f}"


def ratio(value: float | None, limit: float) -> float | None:
    """Value over limit, below 1 is good; None of nothing."""
    return None if value is None else round(value / limit, 3)
