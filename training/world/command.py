"""Make synthetic walkers: people, training clips, data sets, recordings of whole scenes; measure how fast."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tqdm import tqdm

from sgcross_core.settings import with_values
from training.world import bag, body, dataset_command, show_command, speed
from training.world.clipset import ClipsetSettings, write_clipset
from training.world.dataset_settings import EVERY_VIEW
from training.world.people import POPULATIONS, sample_person
from training.world.processes import cores
from training.world.statistics import MEASURES, UNITS, measured, statistics, table


def main(argv: list[str]) -> int:
    """`sgcross world people|clips|dataset|show|demo|bag|speed`; 2 and one line for a wrong argument."""
    parser = argparse.ArgumentParser(prog="sgcross world", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_commands(commands)
    bag.add_commands(commands)
    for command in (dataset_command, show_command):
        command.add_command(commands, people_range)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except (ValueError, OSError) as problem:
        sys.stderr.write(f"sgcross world: {problem}\n")
        return 2


def people_range(text: str) -> range:
    """ "FIRST:LAST" as a range of person seeds, LAST not included."""
    first, colon, last = text.partition(":")
    if not (colon and first.isdigit() and last.isdigit() and int(first) < int(last)):
        raise argparse.ArgumentTypeError(
            f"must be FIRST:LAST with FIRST below LAST, like 0:400; got {text!r}"
        )
    return range(int(first), int(last))


def _add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    people = commands.add_parser("people", help="list people and their averages beside published ones")
    people.set_defaults(run=_people)
    clips = commands.add_parser("clips", help="write a folder of training clips")
    clips.add_argument("out", type=Path, metavar="OUT", help="folder to write, must not hold clips yet")
    clips.add_argument("--walks", type=int, default=2, help="walks a person (%(default)s)")
    clips.add_argument("--views", type=int, default=4, help="views a walk (%(default)s)")
    clips.add_argument("--frames", type=int, default=16, help="frames a clip, 10 a second (%(default)s)")
    clips.add_argument("--jobs", type=int, default=1, help="processes (%(default)s)")
    clips.set_defaults(run=_clips)
    fast = commands.add_parser("speed", help="measure how fast walkers are made on this machine")
    fast.add_argument("--walks", type=int, default=4, help="of each condition (%(default)s)")
    fast.add_argument("--views", default=EVERY_VIEW, help="of each walk, words (%(default)s)")
    fast.add_argument("--jobs", type=int, default=cores(), help="processes (%(default)s)")
    fast.set_defaults(run=_speed)
    for parser, people_default in ((people, "0:10"), (clips, "0:400")):
        parser.add_argument(
            "--people",
            type=people_range,
            default=people_default,
            metavar="FIRST:LAST",
            help="seeds (%(default)s)",
        )
        parser.add_argument(
            "--spread", type=float, default=1.0, help="how much people differ, 0..1 (%(default)s)"
        )
    clips.add_argument("--seed", type=int, default=0, help="of paths and sensors (%(default)s)")
    people.add_argument("--population", choices=POPULATIONS, default="wide", help="(%(default)s)")


def _settings(arguments: argparse.Namespace, **more: object) -> ClipsetSettings:
    people = arguments.people
    values = {"first": people.start, "last": people.stop, "spread": arguments.spread, "seed": arguments.seed}
    return with_values(ClipsetSettings(), values | more)


def _people(arguments: argparse.Namespace) -> None:
    """A line for each, then the table."""
    sample_person(0, arguments.spread)  # what is wrong with the spread is said before anything else
    _load_body()
    sys.stdout.write("  seed  " + "  ".join(f"{name}, {UNITS[name]}" for name in MEASURES) + "\n")
    for seed in arguments.people:
        values = measured(sample_person(seed, arguments.spread, arguments.population))
        figures = zip(MEASURES, values, strict=True)
        cells = (f"{value:{len(f'{name}, {UNITS[name]}')}.2f}" for name, value in figures)
        sys.stdout.write(f"{seed:6d}  " + "  ".join(cells) + "\n")
    rows = statistics(arguments.people, arguments.population, arguments.spread)
    sys.stdout.write("\n" + table(rows))


def _clips(arguments: argparse.Namespace) -> None:
    more = {"walks": arguments.walks, "views": arguments.views, "clip.frames": arguments.frames}
    settings, began = _settings(arguments, **more), time.monotonic()
    _load_body()
    people = len(settings.people)
    write_clipset(arguments.out, settings, arguments.jobs, lambda it: tqdm(it, total=people, unit="person"))
    frames, seconds = people * settings.clips_each * settings.clip.frames, time.monotonic() - began
    sys.stderr.write(
        f"{frames} frames in {seconds:.0f} s, {seconds / frames * 1e3:.2f} ms each: {arguments.out}\n"
    )


def _speed(arguments: argparse.Namespace) -> None:
    _load_body()
    for what, figure in speed.rows(arguments.jobs, arguments.walks, arguments.views):
        sys.stdout.write(f"{what:70s}{figure:>10s}\n")
        sys.stdout.flush()


def _load_body() -> None:
    if not body.is_cached():
        tqdm.write("preparing the body model, once a machine, one to three minutes", file=sys.stderr)
    body.faces()
