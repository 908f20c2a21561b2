"""Make synthetic walkers: people, training clips, data sets, recordings of whole scenes."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from tqdm import tqdm

from sgcross_core.settings import with_values
from training.world import bag, body, dataset_command, show_command
from training.world.clipset import ClipsetSettings, write_clipset
from training.world.people import POPULATIONS, sample_person
from training.world.statistics import UNITS, measured, statistics, table


def main(argv: list[str]) -> int:
    """`sgcross world people|clips|dataset|...`; 2 and one line of error for a wrong argument."""
    parser = argparse.ArgumentParser(prog="sgcross world", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_commands(commands)
    bag.add_commands(commands)
    for command in (dataset_command, show_command):
        command.add_command(commands, people_range)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except BrokenPipeError:
        raise
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
    speed = commands.add_parser("speed", help="time the world on this machine, as JSON")
    speed.set_defaults(run=_speed)
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
    _load_body()
    heads = [f"{name}, {unit}" for name, (unit, _) in UNITS.items()]
    sys.stdout.write("  seed  " + "  ".join(heads) + "\n")
    for seed in arguments.people:
        values = measured(sample_person(seed, arguments.spread, arguments.population))
        cells = (f"{value:{len(head)}.2f}" for head, value in zip(heads, values, strict=True))
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
    from training.speed import world_figures  # which makes data sets, too

    _load_body()
    sys.stdout.write(json.dumps(world_figures()) + "\n")


def _load_body() -> None:
    if not body.is_cached():
        tqdm.write("preparing the body model, once a machine, one to three minutes", file=sys.stderr)
    body.faces()
