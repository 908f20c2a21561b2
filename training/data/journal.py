"""An unfinished store: tiles are appended, and each sequence is noted once it is written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from training.data.store import FRAME, LABELS, TILES
from training.files import write_whole

JOURNAL = "journal.jsonl"


class Journal:
    """The folder OUT.part of a store OUT; to be used in a with statement.

    about: what the store depends on; ValueError when the folder belongs to something else.
    """

    def __init__(self, out: Path, about: dict[str, Any]) -> None:
        self.out, self.about = out, about
        self.folder = out.with_name(out.name + ".part")
        self._lines = self._read()

    @property
    def done(self) -> int:
        """Sequences that are written, or could not be read."""
        return len(self._lines)

    def __enter__(self) -> Journal:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / JOURNAL
        lines = (json.dumps(line) + "\n" for line in (self.about, *self._lines))
        write_whole(path, "".join(lines))  # first: a folder without it is taken for something else
        self._tiles = (self.folder / TILES).open("ab")
        self._tiles.truncate(FRAME * sum(line.get("frames", 0) for line in self._lines))
        self._journal = path.open("a", encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tiles.close()
        self._journal.close()

    def append(self, line: dict[str, Any], tiles: Any) -> None:
        """Write the tiles, uint8 (T, 64, 64, 3), of a sequence, then its line."""
        self._tiles.write(np.ascontiguousarray(tiles, np.uint8).tobytes())
        self._tiles.flush()
        self._journal.write(json.dumps(line) + "\n")
        self._journal.flush()
        self._lines.append(line)

    def finish(self) -> list[str]:
        """Make it the store; the problems that were noted. ValueError when no sequence could be read."""
        problems = [line["problem"] for line in self._lines if "problem" in line]
        rows = [line for line in self._lines if "problem" not in line]
        if not rows:
            shutil.rmtree(self.folder)
            raise ValueError(f"no sequence could be read; the first: {problems[0]}")
        content = {"about": {**self.about, "problems": problems}, "sequences": rows}
        (self.folder / LABELS).write_text(json.dumps(content) + "\n", encoding="utf-8")
        self.folder.rename(self.out)
        (self.out / JOURNAL).unlink()
        return problems

    def _read(self) -> list[dict[str, Any]]:
        """The lines of an earlier run; the last one may be torn."""
        path = self.folder / JOURNAL
        if not path.is_file():
            if self.folder.exists() and any(self.folder.iterdir()):
                raise ValueError(f"{self.folder} holds something that is no unfinished store; delete it")
            return []
        head, *lines = path.read_text(encoding="utf-8").split("\n")[:-1] or [""]
        if head != json.dumps(self.about):
            raise ValueError(
                f"{self.folder} was begun with another data set, other options or an older version; "
                "delete it to pack anew"
            )
        return list(self._written([json.loads(line) for line in lines]))

    def _written(self, lines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Those whose tiles are there: a machine that lost power may have kept the journal alone."""
        path = self.folder / TILES
        size, frames = path.stat().st_size if path.is_file() else 0, 0
        for line in lines:
            frames += line.get("frames", 0)
            if frames * FRAME > size:
                return
            yield line
