"""The benchmark's figures as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sgcross_ros.demo.table import table


def tables(made: Mapping[str, Any]) -> str:
    """Every part that was measured."""
    parts = [stages(made["stages_ms"]), pairs(made["pairing"])]
    if "live" in made:
        parts.append(live(made["live"]))
    return "\n\n".join(parts) + "\n"


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
