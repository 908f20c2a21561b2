"""`sgcross model`: the parts of a network with their parameters, and the settings of a preset as YAML."""

from __future__ import annotations

import argparse
import sys

from sgcross_core.model.budget import table
from sgcross_core.model.config import PRESETS, preset, read_config, text


def main(argv: list[str] | None = None) -> int:
    """`sgcross model count [NETWORK ...]` and `sgcross model preset NAME`; 2 when a network is not known."""
    arguments = _parser().parse_args(argv)
    try:
        if arguments.task == "preset":
            sys.stdout.write(text(preset(arguments.name)))
        else:
            names = arguments.networks or list(PRESETS)
            sys.stdout.write(table([preset(n) if n in PRESETS else read_config(n) for n in names]))
    except (OSError, ValueError) as wrong:
        sys.stderr.write(f"sgcross model: {wrong}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sgcross model", description=__doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    count = tasks.add_parser("count", help="parameters of each part, total and trainable, as a table")
    count.add_argument("networks", nargs="*", help="presets or YAML files; all presets when none is named")
    tasks.add_parser("preset", help="the settings of a preset, to copy and change").add_argument("name")
    return parser


if __name__ == "__main__":
    sys.exit(main())
