"""Memory and processor time of running processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import psutil

MB = 1e6
LIMIT_MB = 1500  # resident memory of each node


class Sampler:
    """Looks at processes now and then; name -> process number."""

    def __init__(self, processes: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in processes.items()}
        self.samples: dict[str, list[tuple[float, float]]] = {name: [] for name in processes}
        self._begin = {name: self._cpu_s(name) for name in processes}

    def look(self, at_s: float) -> None:
        """One look; at_s: seconds of a steady clock."""
        for name, process in self._processes.items():
            self.samples[name].append((at_s, process.memory_info().rss / MB))

    def cpu_s(self) -> dict[str, float]:
        """Seconds of processor time since the beginning."""
        return {name: self._cpu_s(name) - self._begin[name] for name in self._processes}

    def _cpu_s(self, name: str) -> float:
        times = self._processes[name].cpu_times()
        return float(times.user + times.system)


def memory_figures(samples: Sequence[tuple[float, float]], loop_s: float) -> dict[str, Any]:
    """Resident memory in MB over loops of loop_s seconds; samples: (seconds, MB) in order.

    peaks: of each loop; growth_mb_a_loop: slope of a line through the peaks after the first two, which fill
    caches
    """
    if not samples:
        return {"peaks_mb": [], "max_mb": None, "limit_ratio": None, "growth_mb_a_loop": None}
    begin = samples[0][0]
    loops: dict[int, float] = {}
    for at, size in samples:
        loop = int((at - begin) / loop_s)
        loops[loop] = max(loops.get(loop, 0.0), size)
    peaks = [round(peak, 1) for peak in loops.values()]
    top = max(peaks)
    figures = {"peaks_mb": peaks, "max_mb": top, "limit_ratio": round(top / LIMIT_MB, 3)}
    return {**figures, "growth_mb_a_loop": growth(peaks)}


def growth(peaks: Sequence[float]) -> float | None:
    """MB a loop, None with fewer than four loops."""
    settled = peaks[2:]
    if len(settled) < 2:
        return None
    return round(float(np.polyfit(range(len(settled)), settled, 1)[0]), 2)
