"""How long an engine takes: `python -m sgcross_core.runtime.timing PATH`, weight file or exported folder."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sgcross_core.identity.calibration import MODALITIES
from sgcross_core.model.pooling import SlidingMaximum
from sgcross_core.runtime.choice import RUNTIMES, make_engine
from sgcross_core.runtime.engine import Array, Engine
from sgcross_core.runtime.parity import windows
from sgcross_core.runtime.torch_engine import DEVICES, PRECISIONS

WARM_UPS = 5
WINDOW = 30  # frames
Clock = Callable[[], float]


def timings(engine: Engine, people: int = 4, repeats: int = 60) -> dict[str, float]:
    """Median milliseconds: "frame", features of so many people by both sensors; "head", as many windows."""
    tiles = np.resize(windows()[:, 0], (people, *windows().shape[2:]))  # (people, 64, 64, 3)
    pooled = engine.features(MODALITIES[0], tiles)
    return {
        "frame": _median(lambda: [engine.features(m, tiles) for m in MODALITIES], repeats),
        "head": _median(lambda: engine.embed(MODALITIES[0], pooled), repeats),
    }


class Walkers:
    """The windows of several people, one sensor, that move on with every frame: what streaming costs."""

    def __init__(self, engine: Engine, modality: str, people: int = 1, frames: int = WINDOW) -> None:
        self._engine, self._modality = engine, modality
        self._pools: list[SlidingMaximum[Array]] = [SlidingMaximum(frames, np.maximum) for _ in range(people)]

    def push(self, tiles: NDArray[np.uint8]) -> Array:
        """float32 (people, D): embeddings after one more frame of each, uint8 (people, 64, 64, 3)."""
        features = self._engine.features(self._modality, tiles)
        moved = [pool.push(feature) for pool, feature in zip(self._pools, features, strict=True)]
        return self._engine.embed(
            self._modality, np.stack([window for window in moved if window is not None])
        )


def in_one(engine: Engine, modality: str, tiles: NDArray[np.uint8]) -> Array:
    """float32 (1, D): the embedding of one window, uint8 (T, 64, 64, 3), all its frames in one batch."""
    return engine.embed(modality, engine.features(modality, tiles).max(axis=0, keepdims=True))


def streaming(
    engine: Engine, people: int = 1, repeats: int = 20, clock: Clock = time.process_time
) -> dict[str, float]:
    """Milliseconds: "push", of each person, one more camera frame and its embedding; "window", 30 in a batch.

    "share": push / window. Lower quartiles of processor time, 30 pushes in a row and a window in turns, so
    that it matters little what else the machine does; an engine on CUDA needs another clock, in seconds.
    """
    camera, stored = MODALITIES[0], windows()
    tiles = np.resize(stored[:, 0], (max(people, WINDOW), *stored.shape[2:]))
    walkers = Walkers(engine, camera, people)
    taken: dict[str, list[float]] = {"push": [], "window": []}
    for turn in range(WARM_UPS + repeats):
        for name, work in (
            ("push", lambda: [walkers.push(tiles[:people]) for _ in range(WINDOW)]),
            ("window", lambda: in_one(engine, camera, tiles[:WINDOW])),
        ):
            milliseconds = _milliseconds(work, clock)
            if turn >= WARM_UPS:
                taken[name].append(milliseconds)
    pushes, window = (float(np.percentile(times, 25)) for times in taken.values())
    push = pushes / WINDOW / people
    return {"push": push, "window": window, "share": push / window}


def main(argv: list[str] | None = None) -> int:
    """Write the timings of one engine; 2 when it cannot run."""
    parser = argparse.ArgumentParser(prog="python -m sgcross_core.runtime.timing", description=__doc__)
    parser.add_argument("path", metavar="PATH", help='"" is the shipped weight file')
    parser.add_argument("--runtime", choices=RUNTIMES, default="auto", help="(%(default)s)")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="(%(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="for CPU arithmetic (%(default)s)")
    parser.add_argument("--precision", choices=PRECISIONS, default="fp32", help="of torch (%(default)s)")
    parser.add_argument("--cuda-graphs", action="store_true", help="of torch")
    parser.add_argument("--people", type=int, default=4, help="(%(default)s)")
    arguments = parser.parse_args(argv)
    options = vars(arguments)
    people = options.pop("people")
    try:
        if people < 1:
            raise ValueError(f"--people must be at least 1; got {people}")
        engine = make_engine(**options)
        found = timings(engine, people)
        clock = time.process_time if str(engine.device) == "cpu" else time.perf_counter
        moved = [streaming(engine, count, clock=clock) for count in (1, people)]
    except (ValueError, OSError, RuntimeError, ImportError) as problem:
        sys.stderr.write(f"{parser.prog}: {problem}\n")
        return 2
    sys.stdout.write(f"{people} people: frame {found['frame']:.2f} ms, head {found['head']:.2f} ms\n")
    for count, one in zip((1, people), moved, strict=True):
        sys.stdout.write(
            f"streaming, {count} at once: push {one['push']:.2f} ms a person, window of {WINDOW} frames "
            f"{one['window']:.2f} ms: {one['share']:.1%}\n"
        )
    return 0


def _median(work: Callable[[], object], repeats: int) -> float:
    for _ in range(WARM_UPS):
        work()
    return float(np.median([_milliseconds(work) for _ in range(repeats)]))


def _milliseconds(work: Callable[[], object], clock: Clock = time.perf_counter) -> float:
    begun = clock()
    work()
    return 1e3 * (clock() - begun)


if __name__ == "__main__":
    sys.exit(main())
