"""`sgcross world dataset`: a data set of synthetic walkers in SUSTech1K's layout."""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from sgcross_core.cli import STOPPED
from sgcross_core.settings import with_values
from training.world.dataset import Estimate, write_dataset
from training.world.dataset_settings import PRESETS, DatasetSettings
from training.world.processes import cores

PEOPLE = ("train", "test")


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], people_range: Callable[[str], range]
) -> None:
    """Add `dataset` to `sgcross world`; every setting but the people is an option of its name."""
    parser = commands.add_parser("dataset", help="write a data set in SUSTech1K's layout, or finish one")
    parser.add_argument("out", type=Path, metavar="OUT", help="new folder, or one that a run left unfinished")
    parser.add_argument("--preset", choices=[*PRESETS], default="tiny", help="size (%(default)s)")
    parser.add_argument("--jobs", type=int, default=cores(), help="processes (%(default)s)")
    for name in PEOPLE:
        what = f"seeds of the people of the {name} set"
        parser.add_argument(f"--{name}", type=people_range, metavar="FIRST:LAST", help=what)
    for field in dataclasses.fields(DatasetSettings):
        if not field.name.startswith(PEOPLE):
            _add_setting(parser, field)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write it; 130 after Ctrl-C."""
    settings, out = chosen(arguments), arguments.out
    try:
        sequences = write_dataset(
            out, settings, arguments.jobs, _with_bar, lambda estimate: _announce(out, estimate)
        )
    except KeyboardInterrupt:
        sys.stderr.write(f"\nstopped; the same command goes on where it stopped: {out}\n")
        return STOPPED
    sys.stderr.write(f"{out} is complete: {sequences} sequences\n")
    return 0


def chosen(arguments: argparse.Namespace) -> DatasetSettings:
    """The preset with what the command line changes."""
    names = [f.name for f in dataclasses.fields(DatasetSettings) if not f.name.startswith(PEOPLE)]
    values = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    for name in PEOPLE:
        if people := getattr(arguments, name):
            values |= {f"{name}_first": people.start, f"{name}_last": people.stop}
    return with_values(PRESETS[arguments.preset], values)


def _add_setting(parser: argparse.ArgumentParser, field: dataclasses.Field[Any]) -> None:
    option = f"--{field.name.replace('_', '-')}"
    if isinstance(field.default, bool):
        how: dict[str, Any] = {"action": argparse.BooleanOptionalAction}
    else:
        how = {"type": type(field.default), "choices": field.metadata["choices"] or None}
    parser.add_argument(option, default=None, help=field.metadata["doc"], **how)


def _announce(out: Path, estimate: Estimate) -> None:
    free = shutil.disk_usage(out).free
    short = f", but only {_amount(free)} are free" if free < estimate.size else ""
    time = f"{estimate.seconds:.0f} s" if estimate.seconds < 100 else f"{estimate.seconds / 60:.0f} min"
    sys.stderr.write(
        f"{out}: {estimate.identities} people to write, about {time} and {_amount(estimate.size)}{short}\n"
    )


def _amount(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _with_bar(done: Iterable[Any], missing: int) -> Iterable[Any]:
    return tqdm(done, total=missing, unit="person", disable=None if missing else True)
