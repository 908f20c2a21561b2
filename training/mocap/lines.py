"""The words of a text file with their line numbers, and errors that say where in the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Lines:
    """A text file read line by line; blank lines are passed over.

    number: of the line read last, counted from 1
    """

    def __init__(self, path: Path) -> None:
        self.path, self.number, self._at = path, 0, 0
        text = path.read_text(errors="replace")
        self._lines = [(i, line.split()) for i, line in enumerate(text.splitlines(), 1) if line.strip()]

    def peek(self) -> list[str]:
        """The next line's words without going on; [] at the end of the file."""
        return self._lines[self._at][1] if self._at < len(self._lines) else []

    def next(self, expected: str) -> list[str]:
        """The next line's words; ValueError at the end of the file, naming what was expected."""
        if not (words := self.peek()):
            self.number = self._lines[-1][0] if self._lines else 0
            raise self.error("the end of the file", expected)
        self.number = self._lines[self._at][0]
        self._at += 1
        return words

    def error(self, found: str, expected: str) -> ValueError:
        """What to raise about the line read last."""
        return ValueError(f"{self.path}, line {self.number}: found {found}; expected {expected}")

    def numbers(self, words: Sequence[str], count: int, what: str) -> list[float]:
        """Exactly count finite numbers; ValueError names what they are."""
        if len(words) != count:
            raise self.error(f"{len(words)} values", f"{count} values: {what}")
        try:
            values = [float(word) for word in words]
        except ValueError:
            raise self.error(" ".join(words)[:60], f"numbers: {what}") from None
        if not np.isfinite(values).all():
            bad = next(w for w, v in zip(words, values, strict=True) if not np.isfinite(v))
            raise self.error(bad, f"finite numbers: {what}")
        return values
