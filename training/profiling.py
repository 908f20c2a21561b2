"""Where the time of a training step goes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch.profiler import ProfilerActivity, profile

PHASES = ("data", "forward", "backward", "optimiser")
WARM_UP, OPERATIONS, TRACED = 5, 12, 5


class Clock:
    """Adds up wall time by name: with clock("forward"): ...; it waits for CUDA only while exact is set."""

    def __init__(self, device: torch.device) -> None:
        self.seconds: Counter[str] = Counter()
        self.exact = False
        self._cuda = device.type == "cuda"

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        began = self._now()
        yield
        self.seconds[name] += self._now() - began

    def _now(self) -> float:
        if self._cuda and self.exact:
            torch.cuda.synchronize()
        return time.perf_counter()


def profiled(step: Callable[[], object], clock: Clock, steps: int) -> list[str]:
    """Lines: what share of a step each phase has, over so many steps, and the most expensive operations."""
    for _ in range(WARM_UP):
        step()
    clock.exact = True
    clock.seconds.clear()
    began = time.perf_counter()
    for _ in range(steps):
        step()
    total = time.perf_counter() - began
    return [*_phases(clock, total, steps), "", *_operations(step)]


def _phases(clock: Clock, total: float, steps: int) -> list[str]:
    spent = {name: clock.seconds[name] for name in PHASES}
    spent["rest"] = total - sum(spent.values())
    shares = [f"{name:10s} {1000 * s / steps:9.1f} ms {100 * s / total:6.1f} %" for name, s in spent.items()]
    head = (
        f"{steps} steps, {1000 * total / steps:.1f} ms each; data is the time that a step waits for its batch"
    )
    return [head, *shares]


def _operations(step: Callable[[], object]) -> list[str]:
    """Of a few more steps, by their own time."""
    kinds = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * torch.cuda.is_available()
    with profile(activities=kinds) as found:
        for _ in range(TRACED):
            step()
    events = sorted(found.key_averages(), key=_own, reverse=True)
    total = sum(map(_own, events)) or 1.0
    rows = [
        f"{event.key[:40]:40s} {_own(event) / TRACED / 1000:9.1f} ms {100 * _own(event) / total:6.1f} %"
        for event in events[:OPERATIONS]
    ]
    return [f"most expensive operations of {TRACED} steps, by their own time", *rows]


def _own(event: object) -> float:
    """Microseconds, of the device where there is one."""
    return float(getattr(event, "self_device_time_total", 0) or getattr(event, "self_cpu_time_total", 0))
