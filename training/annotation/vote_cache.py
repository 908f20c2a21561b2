"""Votes that were paid for, in an SQLite file that survives being killed in the middle."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from types import TracebackType

from sgcross_core.model.factors import Factors
from training.annotation.answers import Usage

VERSION = 1  # of the table
TABLE = """CREATE TABLE IF NOT EXISTS votes (
    question TEXT NOT NULL, number INTEGER NOT NULL, factors TEXT NOT NULL, sent INTEGER NOT NULL,
    answered INTEGER NOT NULL, PRIMARY KEY (question, number)) WITHOUT ROWID"""


class VoteCache:
    """Votes by question (a hash of all that decides it) and number; each is on disk once add returns.

    ValueError when the file is something else or another run has it open: two would pay twice.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open()
        except sqlite3.OperationalError as busy:
            raise ValueError(f"{path}: {busy}; does another run use it?") from None
        except sqlite3.DatabaseError as broken:
            raise ValueError(f"{path} is no file of votes: {broken}") from None

    def __enter__(self) -> VoteCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()

    def votes(self, question: str) -> dict[int, Factors]:
        """By number; ValueError when the file was tampered with."""
        rows = self._base.execute(
            "SELECT number, factors FROM votes WHERE question = ? ORDER BY number", (question,)
        )
        try:
            return {number: Factors.of_row(json.loads(row)) for number, row in rows}
        except (ValueError, TypeError) as broken:
            raise ValueError(f"{self.path}: vote on {question}: {broken}") from None

    def add(self, question: str, number: int, factors: Factors, usage: Usage) -> None:
        """Keep one vote; OSError when it cannot be written."""
        values = (question, number, json.dumps(factors.row), usage.sent, usage.answered)
        try:
            self._base.execute("INSERT OR REPLACE INTO votes VALUES (?, ?, ?, ?, ?)", values)
        except sqlite3.Error as problem:
            raise OSError(f"{self.path}: cannot keep a vote: {problem}") from problem

    def _open(self) -> None:
        self._base = sqlite3.connect(self.path, timeout=0.2, isolation_level=None)
        try:
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = NORMAL")
            (version,) = self._base.execute("PRAGMA user_version").fetchone()
            if version not in (0, VERSION):
                raise sqlite3.DatabaseError(f"its version is {version}, not {VERSION}")
            self._base.execute(TABLE)
            self._base.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.Error:
            self._base.close()
            raise
