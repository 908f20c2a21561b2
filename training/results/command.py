"""`sgcross results GRID.yaml`: do the runs that are missing, and write the page about all."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import torch

from sgcross_core.cli import STOPPED
from training.checkpoint import changes
from training.recipe import Recipe
from training.results.grid import Grid, read_grid
from training.results.page import write
from training.results.record import CENTRED, Record
from training.results.runs import perform, slug

CPU_PRECISIONS = ("fp32", "bf16")


def main(argv: list[str]) -> int:
    """Every run is written down when it is finished; broken off, the command goes on where it was."""
    arguments = _parser().parse_args(argv)
    try:
        _results(arguments, "sgcross results " + shlex.join(argv))
    except (ValueError, OSError, ImportError, RuntimeError) as problem:
        sys.stderr.write(f"sgcross results: {problem}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped; the same command goes on where it stopped\n")
        return STOPPED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sgcross results", description=__doc__)
    parser.add_argument("grid", type=Path, metavar="GRID.yaml", help="methods, ablation, seeds, budget")
    parser.add_argument(
        "--store", action="append", default=[], metavar="NAME=STORE", type=_named,
        help="a packed data set and what the page calls it; the first is trained on, all are tested on",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path("out/results"), help="checkpoints (%(default)s)")
    parser.add_argument(
        "--page", type=Path, default=Path("out/results/cross-modal.md"), metavar="FILE.md",
        help="the page; records are kept in runs/ beside it (%(default)s)",
    )  # fmt: skip
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="do these runs alone")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (%(default)s)")
    parser.add_argument(
        "--precision", choices=CPU_PRECISIONS,
        help="of the encoders, instead of the grid's: bf16 is slow on processors that have no such numbers",
    )  # fmt: skip
    parser.add_argument("--page-only", action="store_true", help="do no run, write the page")
    return parser


def _named(argument: str) -> tuple[str, Path]:
    name, _, path = argument.partition("=")
    if not name or not path:
        raise argparse.ArgumentTypeError(f"must be NAME=STORE; got {argument!r}")
    return name, Path(path)


def _results(arguments: argparse.Namespace, command: str) -> None:
    grid, records = read_grid(arguments.grid), arguments.page.parent / "runs"
    if unknown := set(arguments.only) - set(grid.recipes):
        known = ", ".join(grid.recipes)
        raise ValueError(f"--only must be one of {known}; got {sorted(unknown)[0]!r}")
    if not arguments.page_only:
        _perform(arguments, grid, records)
    write(arguments.page, grid, read_all(records), command)
    sys.stdout.write(f"{arguments.page}\n")


def _perform(arguments: argparse.Namespace, grid: Grid, records: Path) -> None:
    if not arguments.store:
        raise ValueError("--store NAME=STORE is needed; --page-only writes the page of the runs there are")
    stores = dict(arguments.store)
    torch.set_num_threads(arguments.threads)
    runs = [run for run in grid.runs() if not arguments.only or run[0] in arguments.only]
    for number, (name, seed) in enumerate(runs, 1):
        recipe, kept = grid.recipe(name, seed), records / f"{slug(name)}-{seed}.json"
        before = Record.read(kept) if kept.exists() else None
        asked = before.precision if before else arguments.precision  # the machine's matter: the page tells it
        recipe = replace(recipe, precision=asked or recipe.precision)
        if before and _same(before, recipe, stores):
            continue
        sys.stderr.write(f"run {number} of {len(runs)}: {name}, seed {seed}\n")
        folder = arguments.out / f"{slug(name)}-{seed}"
        perform(name, recipe, stores, folder, arguments.threads, before).write(kept)
        write(arguments.page, grid, read_all(records), "sgcross results")


def _same(record: Record, recipe: Recipe, stores: dict[str, Path]) -> bool:
    """Whether a record is of this recipe and has all test sets; ValueError when it is of another recipe."""
    if told := changes(record.recipe, recipe):
        raise ValueError(
            f"the record of {record.name}, seed {record.seed}, is of another recipe: move it away, and its "
            f"folder of checkpoints, to run it anew ({told})"
        )
    return set(record.figures) >= {name + words for name in stores for words in ("", CENTRED)}


def read_all(folder: Path) -> list[Record]:
    """The records of a folder, by file name."""
    return [Record.read(path) for path in sorted(folder.glob("*.json"))]
