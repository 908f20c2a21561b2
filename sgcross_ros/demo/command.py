"""demo: real nodes recognise recorded people across sensors, and a report says how well."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import Any

from sgcross_ros import environment
from sgcross_ros.demo import report, scoring, table, world
from sgcross_ros.demo.world import World


def main(argv: list[str]) -> int:
    """Run `sgcross demo`: 0 when nobody was named wrong and at most one person a direction was missed.

    1, with a sentence, when the result is worse or something failed; 130 after Ctrl-C.
    """
    choice = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends us ends the nodes, too
    try:
        return run(choice, shlex.join(["sgcross", "demo", *argv]))
    except (ValueError, OSError, RuntimeError) as error:
        sys.stderr.write(f"sgcross demo: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nsgcross demo: stopped; the nodes are stopped too\n")
        return 130


def parser() -> argparse.ArgumentParser:
    """The command line of `sgcross demo`."""
    top = argparse.ArgumentParser(prog="sgcross demo", description=__doc__)
    top.add_argument("--out", type=Path, default=Path("out/demo"), help="default out/demo")
    top.add_argument("--short", action="store_true", help="fewer people, for a quick check")
    top.add_argument("--report-only", action="store_true", help="exit 0 whoever was recognised")
    top.add_argument("--rate", type=float, default=1.0, help="times real time, default 1")
    top.add_argument("--seed", type=int, default=1, help="another seed, another walk")
    top.add_argument("--world", type=Path, metavar="DIR", help="use the bags of this folder instead")
    top.add_argument("--weights", default="", metavar="FILE", help="another weight file than the shipped one")
    return top


def run(choice: argparse.Namespace, command: str) -> int:
    """Make or find the walks, play the acts, write the report."""
    if choice.rate <= 0:
        raise ValueError(f"--rate must be above 0; got {choice.rate}")
    begin = time.monotonic()
    out = choice.out.resolve()
    walks = world.find(choice.world) if choice.world else world.make(out / "world", choice.short, choice.seed)
    environment.prepare()
    os.environ.update(environment.private(environment.claim_domain()))  # apart from other robots and runs
    acts = play(walks, out, choice.rate, choice.weights)
    truth = walks.truth("probe")
    made = report.build(acts, truth, choice.rate, time.monotonic() - begin, command)
    report.write(out, made, report.strips(acts, made))
    return conclude(made, out, choice.report_only)


def play(walks: World, out: Path, rate: float, weights: str) -> list[Any]:
    """All acts in order; their results."""
    # rclpy may only be imported when the environment is prepared.
    import rclpy
    from rclpy.signals import SignalHandlerOptions

    from sgcross_ros.demo.acts import ACTS, run_act

    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)  # Ctrl-C shall end our block in order
    try:
        return [run_act(act, walks, out, rate, weights) for act in ACTS]
    finally:
        rclpy.try_shutdown()


def conclude(made: dict[str, Any], out: Path, report_only: bool = False) -> int:
    """Tell the result; the exit code, which with report_only does not judge who was recognised."""
    sys.stdout.write(f"\n{table.people_table(made['acts'])}\n\n{table.summary(made)}\n")
    sys.stdout.write(f"report: {out / 'index.html'} and report.json, {made['seconds']:.0f} s in all\n")
    if made["passed"]:
        return 0
    sys.stdout.write(f"not good enough: {shortfall(made)}\n")
    return 0 if report_only else 1


def shortfall(made: dict[str, Any]) -> str:
    """What the result lacks, in a sentence."""
    wrong = f"{made['wrong']} wrong names (0 allowed)"
    missed = [
        f"{act['gallery']} -> {act['probe']} named {act['correct']} people, at most one may be missed"
        for act in made["acts"]
        if not scoring.passed({**act, "wrong": 0})
    ]
    return "; ".join(([wrong] if made["wrong"] else []) + missed)
