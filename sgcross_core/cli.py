"""The `sgcross` command: hands the rest of the line to the group of commands that its first word names.

Groups are entry points (group "sgcross.commands"), so this room needs to know none of the others.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import EntryPoint, entry_points

STOPPED = 130  # what a shell reports for Ctrl-C
BROKEN_PIPE = 141  # what a shell reports for SIGPIPE


def groups() -> dict[str, EntryPoint]:
    """Every installed group of commands by name."""
    return {point.name: point for point in sorted(entry_points(group="sgcross.commands"))}


def usage(found: dict[str, EntryPoint]) -> str:
    """The help text: one line a group, with the first line of its module's docstring."""
    lines = [f"  {name:10s} {_summary(point)}" for name, point in found.items()]
    return "\n".join(["usage: sgcross GROUP ... (each has its own --help)", "", *lines])


def main(argv: list[str] | None = None) -> int:
    """Run one command; 2 when the group is not known, 141 when nobody reads on, 130 after Ctrl-C."""
    words = sys.argv[1:] if argv is None else argv
    found = groups()
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(usage(found) + "\n")
        return 0
    if words[0] not in found:
        sys.stderr.write(f"sgcross: no group {words[0]!r}; there are: {', '.join(found)}\n")
        return 2
    try:
        return int(found[words[0]].load()(words[1:]))
    except KeyboardInterrupt:  # where a command has nothing to save
        sys.stderr.write(f"sgcross {words[0]}: stopped\n")
        return STOPPED
    except BrokenPipeError:  # who read this, like `head`, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be flushed
        return BROKEN_PIPE


def _summary(point: EntryPoint) -> str:
    try:
        module = sys.modules[point.load().__module__]
    except ImportError as missing:
        return f"(not usable: {missing})"
    return (module.__doc__ or "").strip().split("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
