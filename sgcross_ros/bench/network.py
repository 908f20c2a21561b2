"""How fast the network runs: a frame of several people, and streaming beside a whole window."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sgcross_core.model import SHIPPED, SGCrossGait
from sgcross_core.model.config import preset
from sgcross_core.runtime import GraphEngine, make_engine
from sgcross_core.runtime.export import export
from sgcross_core.runtime.timing import streaming, timings
from sgcross_core.runtime.untrained import write_untrained
from sgcross_ros.bench.tables import ratio

PRESETS = ("tiny", "edge")
SLOW = "paper"  # half a GB of weights, a second and more a window
PEOPLE = 4
LIMIT_MS = 15.0


def network_figures(weights: str = "", paper: bool = False, repeats: int = 10) -> dict[str, Any]:
    """Of the weight file in use and of each preset with random weights, by runtime, on one thread of the CPU.

    moment_ms: one new frame of 4 people by both sensors and the embeddings of all 8 windows, median by the
    clock; alone, together: see `timing.streaming`, of one person and of 4 in a batch.
    """
    with tempfile.TemporaryDirectory() as folder:
        in_use = make_engine(weights or SHIPPED, device="cpu")
        found: dict[str, Any] = {"in use": {"torch": _figures(in_use, repeats)}}
        for name in (*PRESETS, SLOW) if paper else PRESETS:
            few = 2 if name == SLOW else repeats
            engines = _engines(name, Path(folder))
            found[name] = {runtime: _figures(engine, few) for runtime, engine in engines}
    return found


def _engines(name: str, folder: Path) -> Iterator[tuple[str, GraphEngine]]:
    weights = folder / f"{name}.safetensors"
    write_untrained(weights, net=SGCrossGait(preset(name)))
    yield "torch", make_engine(weights, device="cpu")
    export(weights, folder / name)
    yield "onnx", make_engine(folder / name, device="cpu")


def _figures(engine: GraphEngine, repeats: int) -> dict[str, Any]:
    spent = timings(engine, PEOPLE, repeats)
    moment = spent["frame"] + 2 * spent["head"]
    pushes = {"alone": streaming(engine, 1, repeats), "together": streaming(engine, PEOPLE, repeats)}
    return {
        "moment_ms": round(moment, 2),
        "limit_ratio": ratio(moment, LIMIT_MS),
        **{name: {key: round(value, 4) for key, value in one.items()} for name, one in pushes.items()},
    }
