"""Files that are there whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError


def write_whole(path: Path, text: str) -> None:
    """Write a text, UTF-8, making its folder; broken off, what was there before stays."""
    written_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def written_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let write make a file and put it in its place when it is whole; broken off, what was there stays.

    OSError says so when it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        write(part)
        part.replace(path)
    except (OSError, SafetensorError) as problem:
        part.unlink(missing_ok=True)
        before = "; the one before is still there" if path.exists() else ""
        reason = getattr(problem, "strerror", None) or problem
        raise OSError(f"cannot write {path}: {reason}{before}") from problem
