"""TensorRT plans on disk. A plan fits one graph, one TensorRT release, one kind of GPU and one precision.

A file that is cut short, changed, or was made for anything else is as good as none: the plan is built again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

MAGIC = b"sgcross plan 1\n"


@dataclass(frozen=True)
class PlanKey:
    """What a plan depends on.

    onnx: SHA-256 of the graph's file; tensorrt: its version; gpu: name and compute capability, e.g.
    "NVIDIA H100 9.0"; precision: "fp32" or "fp16"; batches: smallest, most frequent and largest batch.
    """

    onnx: str
    tensorrt: str
    gpu: str
    precision: str
    batches: tuple[int, int, int]

    @property
    def file(self) -> str:
        """The name of the plan's file."""
        return hashlib.sha256(self.line()).hexdigest()[:32] + ".plan"

    def line(self) -> bytes:
        """The key as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True).encode() + b"\n"


class PlanCache:
    """A folder of plans. A plan can hold machine code, so nobody but the folder's owner may write there.

    ValueError when somebody else owns the folder or may.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = default_folder() if folder is None else Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = self.folder.stat()
        if status.st_uid != os.getuid() or status.st_mode & 0o022:
            raise ValueError(
                f"{self.folder} must belong to this user and be writable by nobody else: plans can hold code"
            )

    def load(self, key: PlanKey) -> bytes | None:
        """The plan, None when there is no whole one for this very key."""
        try:
            content = (self.folder / key.file).read_bytes()
        except OSError:
            return None
        head = MAGIC + key.line()
        checksum, plan = content[len(head) : len(head) + 32], content[len(head) + 32 :]
        fits = content.startswith(head) and plan and hashlib.sha256(plan).digest() == checksum
        return plan if fits else None

    def store(self, key: PlanKey, plan: bytes) -> None:
        """Write a plan, whole or not at all."""
        descriptor, part = tempfile.mkstemp(dir=self.folder, suffix=".part")
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(MAGIC + key.line() + hashlib.sha256(plan).digest() + plan)
        os.replace(part, self.folder / key.file)

    def drop(self, key: PlanKey) -> None:
        """Delete the plan, if there is one."""
        (self.folder / key.file).unlink(missing_ok=True)


def default_folder() -> Path:
    """~/.cache/sgcross/tensorrt, or the same under XDG_CACHE_HOME."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sgcross" / "tensorrt"
