"""How long an engine takes: `python -m sgcross_core.runtime.timing PATH`, weight file or exported folder."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np

from sgcross_core.identity.calibration import MODALITIES
from sgcross_core.runtime.choice import RUNTIMES, make_engine
from sgcross_core.runtime.engine import Engine
from sgcross_core.runtime.parity import windows
from sgcross_core.runtime.torch_engine import DEVICES, PRECISIONS

WARM_UPS = 5


def timings(engine: Engine, people: int = 4, repeats: int = 60) -> dict[str, float]:
    """Median milliseconds: "frame", features of so many people by both sensors; "head", as many windows."""
    tiles = np.resize(windows()[:, 0], (people, *windows().shape[2:]))  # (people, 64, 64, 3)
    pooled = engine.features(MODALITIES[0], tiles)
    return {
        "frame": _median(lambda: [engine.features(m, tiles) for m in MODALITIES], repeats),
        "head": _median(lambda: engine.embed(MODALITIES[0], pooled), repeats),
    }


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
        found = timings(make_engine(**options), people)
    except (ValueError, OSError, RuntimeError, ImportError) as problem:
        sys.stderr.write(f"{parser.prog}: {problem}\n")
        return 2
    sys.stdout.write(f"{people} people: frame {found['frame']:.2f} ms, head {found['head']:.2f} ms\n")
    return 0


def _median(work: Callable[[], object], repeats: int) -> float:
    for _ in range(WARM_UPS):
        work()
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return 1e3 * float(np.median(taken))


if __name__ == "__main__":
    sys.exit(main())
