"""Tables as Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Its lines."""
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def percent(share: float) -> str:
    """A share 0..1 in percent; "-" for NaN, where nothing could be measured."""
    return f"{100 * share:.1f}" if share == share else "-"
