"""Pack gait data sets for training, and look into them: sgcross data."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
from tqdm import tqdm

from sgcross_core.cli import STOPPED
from training.data.folder import DataFolder
from training.data.inspection import inspect
from training.data.packing import Estimate, Plan, pack, plan
from training.world.processes import cores


def main(argv: list[str]) -> int:
    """`sgcross data pack|inspect|speed`; 2 and one line of error for a wrong argument, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="sgcross data", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_pack(commands)
    _add_inspect(commands)
    speed = commands.add_parser("speed", help="time reading and evaluating on this machine, as JSON")
    speed.set_defaults(run=_speed)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except (ValueError, OSError) as problem:
        sys.stderr.write(f"sgcross data: {problem}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped; the same command goes on where it stopped\n")
        return STOPPED


def _add_pack(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("pack", help="convert a data set to a store that trains without decoding")
    parser.add_argument("root", type=Path, metavar="ROOT", help="of IDENTITY/TYPE/VIEW/*.pkl, or of pkl/")
    parser.add_argument("out", type=Path, metavar="OUT.store", help="new folder")
    parser.add_argument("--partition", type=Path, metavar="FILE.json", help="ROOT/partition.json if there is")
    parser.add_argument("--factors", type=Path, metavar="FILE", help="ROOT/factors.json if there is")
    parser.add_argument("--jobs", type=int, default=cores(), help="processes (%(default)s)")
    parser.set_defaults(run=_pack)


def _add_inspect(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("inspect", help="tell what a data set or a store holds, and draw some of it")
    parser.add_argument("root", type=Path, metavar="ROOT_OR_STORE")
    parser.add_argument("--partition", type=Path, metavar="FILE.json", help="ROOT/partition.json if there is")
    parser.add_argument("--sheet", type=Path, metavar="OUT.png", help="write a contact sheet there")
    parser.set_defaults(run=_inspect)


def _speed(arguments: argparse.Namespace) -> None:
    from training.speed import data_figures

    sys.stdout.write(json.dumps(data_figures()) + "\n")


def _inspect(arguments: argparse.Namespace) -> None:
    lines, sheet = inspect(arguments.root, arguments.partition)
    sys.stdout.write("\n".join(lines) + "\n")
    if arguments.sheet and not cv2.imwrite(str(arguments.sheet), sheet):
        raise OSError(f"cannot write {arguments.sheet}: is there such a folder?")


def _pack(arguments: argparse.Namespace) -> None:
    data = DataFolder.find(arguments.root, arguments.partition, arguments.factors)
    if data.partition is None:
        raise ValueError(f"{arguments.root} has no partition.json; name the data set's with --partition")
    planned = plan(data, data.partition)
    _tell(planned)
    problems = pack(planned, arguments.out, arguments.jobs, _with_bar, partial(_announce, arguments.out))
    for problem in problems:
        sys.stderr.write(f"left out: {problem}\n")
    sys.stdout.write(f"{arguments.out}\n")


def _tell(planned: Plan) -> None:
    made = [f"camera: {planned.camera.words}", f"LiDAR: {planned.lidar.words}", planned.sets]
    lines = [*made, *planned.report.lines()]
    sys.stderr.write("\n".join(lines) + "\n")


def _announce(out: Path, estimate: Estimate) -> None:
    there = next(folder for folder in out.absolute().parents if folder.is_dir())
    free = shutil.disk_usage(there).free
    short = f", but only {free / 1e9:.1f} GB are free" if free < estimate.size else ""
    sys.stderr.write(
        f"{estimate.sequences} sequences to pack, about {estimate.seconds:.0f} s and "
        f"{estimate.size / 1e9:.2f} GB{short}\n"
    )


def _with_bar(done: Iterable[Any], missing: int) -> Iterable[Any]:
    return tqdm(done, total=missing, unit="sequence", disable=None if missing else True)
