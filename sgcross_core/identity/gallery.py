"""The enrolled people in one SQLite file: crash-safe, shared by processes, able to really forget."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sgcross_core.identity.names import checked_name
from sgcross_core.identity.store import BUSY_S, COLUMNS, connect, truncate_log

Embeddings = NDArray[np.float32]

FORGET_S = 5.0  # how long `forget` waits for readers


class GalleryBusy(RuntimeError):
    """Another process holds the gallery; the message says what is left to do."""


class GalleryMismatch(ValueError):
    """The gallery holds only templates of other models."""


@dataclass(frozen=True)
class Templates:
    """The templates of one model.

    Row i of embeddings, float32 (N, D), shows people[i] by modalities[i] over frames[i] frames.

    waiting: templates of other models that cannot be compared, hash -> how many.
    """

    people: tuple[str, ...]
    modalities: tuple[str, ...]
    frames: tuple[int, ...]
    embeddings: Embeddings
    waiting: Mapping[str, int] = field(default_factory=dict)


class Gallery:
    """Opens or makes the gallery at path; the file may be open in several processes at once.

    ValueError when the file is something else or is damaged; it is left untouched then.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._db = connect(self.path)

    def enrol(
        self,
        person: str,
        modality: str,
        embedding: Embeddings,
        frames: int,
        model_hash: str,
        created: int | None = None,
    ) -> None:
        """Add one template, float32 (D,), of a person; created in nanoseconds since 1970, now by default."""
        if embedding.ndim != 1 or not np.isfinite(embedding).all():
            raise ValueError(f"a template must be one finite vector; got shape {embedding.shape}")
        vector = embedding.astype("<f4").tobytes()
        stamp = time.time_ns() if created is None else created
        row = (checked_name(person), modality, vector, frames, model_hash, stamp)
        with self._lock, self._write():
            self._db.execute("INSERT INTO template VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", (*row, _digest(*row)))

    def forget(self, person: str) -> int:
        """Delete a person's templates, their bytes on disk included; how many there were.

        GalleryBusy when another process reads so long that the bytes could not be removed: the templates are
        gone for every reader, and the next `forget` or the next opening removes the bytes.
        """
        with self._lock:
            with self._write():
                gone = self._db.execute(
                    "DELETE FROM template WHERE person = ?", (checked_name(person),)
                ).rowcount
            if not truncate_log(self._db, FORGET_S):
                raise GalleryBusy(
                    f"{gone} templates of {person!r} are deleted, but a reader holds {self.path} and their "
                    f"bytes stay on disk until it lets go; forget {person!r} once more then"
                )
        return int(gone)

    def people(self) -> dict[str, dict[str, int]]:
        """Person -> modality -> number of templates, of every model, in the order of names."""
        with self._lock:
            rows = self._db.execute(
                "SELECT person, modality, COUNT(*) FROM template GROUP BY 1, 2 ORDER BY 1, 2"
            ).fetchall()
        found: dict[str, dict[str, int]] = {}
        for person, modality, count in rows:
            found.setdefault(person, {})[modality] = count
        return found

    def templates(self, model_hash: str) -> Templates:
        """All templates made by a model.

        GalleryMismatch when there are only those of other models; ValueError when one was changed on disk.
        """
        with self._lock:
            rows = self._db.execute(f"SELECT {COLUMNS} FROM template ORDER BY id").fetchall()
        for row in rows:
            _verify(self.path, row)
        ours = [row for row in rows if row[5] == model_hash]
        waiting = Counter(row[5] for row in rows if row[5] != model_hash)
        if waiting and not ours:
            raise GalleryMismatch(_mismatch(self.path, model_hash, waiting))
        vectors = [np.frombuffer(row[3], "<f4") for row in ours]
        stacked = np.stack(vectors).astype(np.float32) if vectors else np.zeros((0, 0), np.float32)
        people, modalities, frames = (tuple(row[i] for row in ours) for i in (1, 2, 4))
        return Templates(people, modalities, frames, stacked, dict(waiting))

    def revision(self) -> int:
        """A number that changes whenever any process has changed the gallery."""
        with self._lock:
            outside = self._db.execute("PRAGMA data_version").fetchone()[0]
            return int(self._db.total_changes) + (int(outside) << 32)

    def close(self) -> None:
        """Let go of the file; the gallery cannot be used afterwards."""
        with self._lock:
            self._db.close()

    def _write(self) -> _Transaction:
        return _Transaction(self._db, self.path)


class _Transaction:
    """A write that takes its turn at once, so that writers wait for each other and do not fail half-way."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self.db, self.path = db, path

    def __enter__(self) -> None:
        try:
            self.db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as locked:
            raise GalleryBusy(f"another process kept writing to {self.path} for {BUSY_S} s") from locked

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.db.execute("COMMIT" if kind is None else "ROLLBACK")


def _digest(person: str, modality: str, vector: bytes, frames: int, model_hash: str, created: int) -> bytes:
    head = f"{person}\0{modality}\0{frames}\0{model_hash}\0{created}\0".encode()
    return hashlib.sha256(head + vector).digest()


def _verify(path: Path, row: tuple[int, str, str, bytes, int, str, int, bytes]) -> None:
    if _digest(*row[1:7]) != row[7]:
        raise ValueError(f"{path} is damaged: template {row[0]} misfits its checksum; restore it from a copy")


def _mismatch(path: Path, model_hash: str, waiting: Mapping[str, int]) -> str:
    others = ", ".join(f"{count} by model {name}" for name, count in sorted(waiting.items()))
    return (
        f"{path} cannot be matched: this is model {model_hash}, its templates are {others} and wait unharmed"
    )
