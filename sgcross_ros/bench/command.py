"""bench: how long each stage takes, how fast network, world and data are, and what the live nodes need."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sgcross_ros import environment
from sgcross_ros.bench import pairing, training_side
from sgcross_ros.bench.network import network_figures
from sgcross_ros.bench.tables import tables
from sgcross_ros.demo import report, world

SECTIONS = ("stages", "pairing", "network", "world", "data", "live")


def main(argv: list[str]) -> int:
    """Run `sgcross bench`; 1, with a sentence, when it could not be measured. A slow machine is no error."""
    choice = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends us ends the nodes, too
    try:
        made = run(choice)
    except (ValueError, OSError, RuntimeError) as error:
        sys.stderr.write(f"sgcross bench: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    choice.out.mkdir(parents=True, exist_ok=True)
    (choice.out / "bench.json").write_text(json.dumps(made, indent=1))
    sys.stdout.write(f"\n{tables(made)}\n{choice.out / 'bench.json'}\n")
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line of `sgcross bench`."""
    top = argparse.ArgumentParser(prog="sgcross bench", description=__doc__)
    top.add_argument("--out", type=Path, default=Path("out/bench"), help="default out/bench")
    top.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="sections, default all")
    top.add_argument(
        "--world", type=Path, metavar="DIR", help="bags to use; default: the demo's, made if missing"
    )
    top.add_argument(
        "--loops", type=int, default=10, help="of the probe walk through the live nodes, default 10"
    )
    top.add_argument("--weights", default="", metavar="FILE", help="another weight file than the shipped one")
    top.add_argument("--paper", action="store_true", help="time the paper's network too: minutes, 1 GB")
    return top


def run(choice: argparse.Namespace) -> dict[str, Any]:
    """The figures of the sections that were asked for."""
    if choice.loops < 1:
        raise ValueError(f"--loops must be 1 or more; got {choice.loops}")
    made: dict[str, Any] = {}
    if "pairing" in choice.only:
        made["pairing"] = {name: pairing.compare(rhythm) for name, rhythm in pairing.RHYTHMS.items()}
    if "network" in choice.only:
        made["network"] = network_figures(choice.weights, choice.paper)
    for group in ("world", "data"):
        if group in choice.only:
            made[group] = training_side.figures(group)
    if {"stages", "live"} & set(choice.only):
        made |= node_figures(choice)
    return {**made, "machine": report.machine(), "versions": report.versions()}


def node_figures(choice: argparse.Namespace) -> dict[str, Any]:
    """What needs recorded walks and ROS."""
    walks = world.find(choice.world) if choice.world else world.make(Path("out/demo/world"), False, 1)
    environment.prepare()
    os.environ.update(environment.private(environment.claim_domain()))
    from sgcross_ros.bench.stages import stage_times  # needs the prepared environment

    made: dict[str, Any] = {}
    if "stages" in choice.only:
        made["stages_ms"] = stage_times(walks.bag("probe"), choice.weights)
    if "live" in choice.only:
        made["live"] = live_figures(walks, choice.out.resolve(), choice.loops, choice.weights)
    return made


def live_figures(walks: world.World, out: Path, loops: int, weights: str) -> dict[str, Any]:
    """Figures of the real nodes."""
    import rclpy
    from rclpy.signals import SignalHandlerOptions

    from sgcross_ros.bench.live import measure

    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)  # Ctrl-C shall end our block in order
    try:
        return measure(walks, out, loops, weights)
    finally:
        rclpy.try_shutdown()
