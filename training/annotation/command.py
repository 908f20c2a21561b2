"""Label the walks of a data set with factors by asking a vision-language model, or import captions."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from sgcross_core.cli import STOPPED
from sgcross_core.settings import flatten, with_values
from training.annotation.captions import read_captions, texts_of
from training.annotation.settings import AnnotationSettings
from training.files import write_whole

KEY_VARIABLE = "OPENAI_API_KEY"


def main(argv: list[str]) -> int:
    """`sgcross annotate factors|captions`; 1: votes are missing, 2: error, 130: Ctrl-C."""
    parser = argparse.ArgumentParser(prog="sgcross annotate", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_factors(commands.add_parser("factors", help="ask a server about every walk of a data set"))
    _add_captions(commands.add_parser("captions", help="turn an archive of captions into a file of texts"))
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped; nothing was lost, the same command goes on\n")
        return STOPPED
    except (ValueError, OSError) as problem:
        sys.stderr.write(f"sgcross annotate: {problem}\n")
        return 2


def settings_of(arguments: argparse.Namespace) -> AnnotationSettings:
    """The defaults with what the command line changes."""
    defaults = AnnotationSettings()
    given = {name: getattr(arguments, _leaf(name)) for name, _, _ in flatten(defaults)}
    return with_values(defaults, {name: value for name, value in given.items() if value is not None})


def _add_factors(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("root", type=Path, metavar="ROOT", help="folder of IDENTITY/TYPE/VIEW")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=".json or .csv of factors")
    parser.add_argument("--server", metavar="URL", default="http://localhost:8000/v1", help="(%(default)s)")
    parser.add_argument("--model", required=True, help="its name on the server")
    parser.add_argument("--key-variable", default=KEY_VARIABLE, help="environment variable (%(default)s)")
    parser.add_argument("--cache", type=Path, metavar="FILE", help="votes paid for (OUT with .votes.sqlite)")
    parser.add_argument("--limit", type=_count, metavar="N", help="only the first N walks")
    parser.add_argument("--extra", type=_object, default={}, metavar="JSON", help="fields of the request")
    parser.add_argument("--dry-run", type=Path, metavar="DIR", help="write what would be sent; ask nobody")
    parser.add_argument("--yes", action="store_true", help="do not ask before starting")
    for name, value, field in flatten(AnnotationSettings()):
        unit = f", {field.metadata['unit']}" if field.metadata["unit"] else ""
        parser.add_argument(
            "--" + _leaf(name).replace("_", "-"),
            dest=_leaf(name),
            type=type(value),
            choices=field.metadata["choices"] or None,
            help=f"{field.metadata['doc']}{unit} ({value})",
        )
    parser.set_defaults(run=_factors)


def _add_captions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", type=Path, metavar="ARCHIVE", help=".csv, .json or .jsonl")
    parser.add_argument("--dataset", default="", help="of an archive with several, like sustech1k")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="texts, a .json file")
    parser.set_defaults(run=_captions)


def _factors(arguments: argparse.Namespace) -> int:
    try:
        from training.annotation.session import Session
    except ModuleNotFoundError as missing:
        raise ValueError(f"{missing}: pip install -e '.[annotate]'") from None
    if arguments.out.suffix.lower() not in (".json", ".csv"):
        raise ValueError(f"--out must be a .json or .csv file; got {arguments.out}")
    session = Session(arguments, settings_of(arguments), os.environ.get(arguments.key_variable, ""), _bar)
    if arguments.dry_run:
        return session.dry_run(arguments.dry_run)
    return session.run(confirmed)


def _captions(arguments: argparse.Namespace) -> int:
    captions = read_captions(arguments.archive, arguments.dataset)
    write_whole(arguments.out, texts_of(captions))
    sys.stderr.write(f"{arguments.out}: {len(captions)} texts\n")
    return 0


def confirmed(arguments: argparse.Namespace) -> bool:
    """Whether the user wants to start; ValueError when nobody can be asked."""
    if arguments.yes:
        return True
    if not sys.stdin.isatty():
        raise ValueError("nobody is there to say yes to this; add --yes to start without a question")
    sys.stderr.write("start? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _bar(items: Iterable[Any] | None, total: int, unit: str) -> Any:
    return tqdm(items, total=total, unit=unit, disable=None)


def _leaf(name: str) -> str:
    """The option of a setting: its own name, with "picture.kind" as "pictures"."""
    return "pictures" if name == "picture.kind" else name.rpartition(".")[2]


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1; got {text!r}")
    return int(text)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(f"must be a JSON object: {wrong}") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"must be a JSON object; got {text!r}")
    return value
