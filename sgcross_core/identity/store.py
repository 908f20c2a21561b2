"""Opening the gallery's SQLite file: a new one is made whole, anything but ours is left untouched."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import time
from pathlib import Path

APPLICATION = 0x53474358  # "SGCX" in the header's application id
FORMAT = 1  # in the header's user version
BUSY_S = 30.0
MAGIC = b"SQLite format 3\0"
COLUMNS = "id, person, modality, embedding, frames, model_hash, created, checksum"
SCHEMA = f"""
CREATE TABLE template (
    id INTEGER PRIMARY KEY, person TEXT NOT NULL, modality TEXT NOT NULL, embedding BLOB NOT NULL,
    frames INTEGER NOT NULL, model_hash TEXT NOT NULL, created INTEGER NOT NULL, checksum BLOB NOT NULL);
CREATE INDEX template_person ON template (person);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
"""


def connect(path: Path) -> sqlite3.Connection:
    """An open connection in autocommit, usable from any thread that holds the caller's lock.

    ValueError when path is a folder, another kind of file, another application's database, a later format or
    damaged.
    """
    if not path.exists():
        _create(path)
    _check_header(path)
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        _prepare(db)
    except sqlite3.DatabaseError as broken:
        db.close()
        raise ValueError(f"{path} is damaged and was left as it is ({broken}); restore a copy") from broken
    return db


def truncate_log(db: sqlite3.Connection, wait_s: float) -> bool:
    """Carry the write-ahead log into the file and empty it; False when a reader hinders that for wait_s."""
    db.execute(f"PRAGMA busy_timeout = {round(wait_s * 1000)}")
    try:
        return not db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        db.execute(f"PRAGMA busy_timeout = {round(BUSY_S * 1000)}")


def _create(path: Path) -> None:
    """Made under another name and linked into place, so that no process ever meets a half-made gallery."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".gallery-") as folder:
        fresh = Path(folder) / "new"
        with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as db:
            db.executescript(SCHEMA)
            db.execute("PRAGMA journal_mode = WAL")
        with contextlib.suppress(FileExistsError):  # another process was quicker: theirs is as good
            os.link(fresh, path)


def _check_header(path: Path) -> None:
    if not path.is_file():
        raise ValueError(f"{path} is not a file; a gallery is one")
    with path.open("rb") as opened:
        header = opened.read(100)
    if not header.startswith(MAGIC) or len(header) < 100:
        raise ValueError(f"{path} is not a gallery and was left as it is: no SQLite header")
    version, application = (int.from_bytes(header[i : i + 4], "big") for i in (60, 68))
    if application != APPLICATION:
        raise ValueError(f"{path} is a database of application {application:#x} and was left as it is")
    if version > FORMAT:
        raise ValueError(f"{path} has gallery format {version}, this package reads up to {FORMAT}: update it")


def _prepare(db: sqlite3.Connection) -> None:
    found = _patiently(db, "PRAGMA quick_check(1)")
    if found != "ok":
        raise sqlite3.DatabaseError(found)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
        _patiently(db, f"PRAGMA {pragma}")
    db.execute(f"SELECT {COLUMNS} FROM template LIMIT 1")
    truncate_log(db, 0.2)  # bytes that an earlier, hindered `forget` left there


def _patiently(db: sqlite3.Connection, statement: str) -> str:
    """The first value of a statement's answer; SQLite does not wait its busy time in every case, so we do."""
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            return str((db.execute(statement).fetchone() or [""])[0])
        except sqlite3.OperationalError as locked:
            if "locked" not in str(locked) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
