"""Times of named stages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sgcross_ros.demo.scoring import latency_figures


class Stopwatch:
    """Collects milliseconds by stage."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Time a block."""
        begin = time.perf_counter()
        yield
        self.times.setdefault(stage, []).append((time.perf_counter() - begin) * 1e3)

    @contextmanager
    def inside(self, owner: Any, name: str, stage: str) -> Iterator[None]:
        """Time every call of a function of a module or of a method of an object while the block runs."""
        original = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.time(stage):
                return original(*args, **kwargs)

        setattr(owner, name, timed)
        try:
            yield
        finally:
            setattr(owner, name, original)

    def figures(self) -> dict[str, dict[str, Any]]:
        """p50, p95, p99, max and count of each stage, milliseconds."""
        keys = ("p50", "p95", "p99", "max", "count")
        summed = {stage: latency_figures(times) for stage, times in self.times.items()}
        return {stage: {key: figures[key] for key in keys} for stage, figures in summed.items()}
