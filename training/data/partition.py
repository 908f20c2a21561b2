"""Who trains and who tests: a JSON file with TRAIN_SET and TEST_SET, lists of identities."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

KEYS = ("TRAIN_SET", "TEST_SET")


@dataclass(frozen=True)
class Partition:
    """Identities, sorted, each once; overlap: those that the file lists in both sets."""

    train: tuple[str, ...]
    test: tuple[str, ...]

    @property
    def overlap(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.train) & set(self.test)))

    def check_listed(self, there: Collection[str]) -> None:
        """ValueError when none of the identities that are there, at least one, is in a set."""
        listed = sorted({*self.train, *self.test})
        if not listed:
            raise ValueError("the partition lists nobody")
        if not {*listed} & {*there}:
            raise ValueError(
                f"none of the partition's {len(listed)} identities ({listed[0]!r}, …) is in the data, which "
                f"have {min(there)!r}, …"
            )


def read_partition(path: Path) -> Partition:
    """The partition of a file; ValueError names what is wrong in it. Further keys are fine (FreeGait's)."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise ValueError(f"{path} is no JSON: {problem}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold {' and '.join(KEYS)}; got {type(content).__name__}")
    train, test = (_identities(content, key, path) for key in KEYS)
    return Partition(train, test)


def partition_text(train: list[str], test: list[str]) -> str:
    """The content of a partition file."""
    return json.dumps(dict(zip(KEYS, (train, test), strict=True)), indent=1) + "\n"


def _identities(content: dict[str, object], key: str, path: Path) -> tuple[str, ...]:
    found = content.get(key)
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        kind = "nothing" if found is None else type(found).__name__
        if isinstance(found, list):
            kind = f"{next(name for name in found if not isinstance(name, str))!r} in it"
        raise ValueError(f"{path}: {key} must be a list of identities like '0001'; got {kind}")
    return tuple(sorted(set(found)))
