"""The `sgcross` command: hands the rest of the line to the group of commands that its first word names.

Groups are entry points (group "sgcross.commands"), so this room needs to know none of the others.
"""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points


def groups() -> dict[str, EntryPoint]:
    """Every installed group of commands by name."""
    return {point.name: point for point in sorted(entry_points(group="sgcross.commands"))}


def usage(found: dict[str, EntryPoint]) -> str:
    """The help text: one line a group, with the first line of its module's docstring."""
    lines = [f"  {name:10s} {_summary(point)}" for name, point in found.items()]
    return "\n".join(["usage: sgcross GROUP ... (each has its own --help)", "", *lines])


def main(argv: list[str] | None = None) -> int:
    """Run one command; 2 when the group is not known."""
    words = sys.argv[1:] if argv is None else argv
    found = groups()
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(usage(found) + "\n")
        return 0
    if words[0] not in found:
        sys.stderr.write(f"sgcross: no group {words[0]!r}; there are: {', '.join(found)}\n")
        return 2
    return int(found[words[0]].load()(words[1:]))


def _summary(point: EntryPoint) -> str:
    try:
        module = sys.modules[point.load().__module__]
    except ImportError as missing:
        return f"(not usable: {missing})"
    return (module.__doc__ or "").strip().split("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
