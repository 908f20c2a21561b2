"""A data set's folder, real or synthetic: where the sequences lie, who trains and tests, and the side files.

The walking world writes OUT/pkl, OUT/partition.json, OUT/factors.json and OUT/facts; the real data sets are
the sequences alone, and their partition is a file of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sgcross_core.model.factor_files import FactorTable, load_factors
from training.data.partition import Partition, read_partition
from training.data.reader import GaitSequence, scan


@dataclass(frozen=True)
class DataFolder:
    """What a folder holds; factors is empty, and partition None, where there is no such file."""

    sequences: list[GaitSequence]
    partition: Partition | None
    factors: FactorTable
    facts: Path

    @classmethod
    def find(cls, root: Path, partition: Path | None = None, factors: Path | None = None) -> DataFolder:
        """See `scan`, `read_partition` and `load_factors` for the errors; None looks for files in root."""
        pickles = root / "pkl" if (root / "pkl").is_dir() else root
        partition = partition or _there(root / "partition.json")
        factors = factors or _there(root / "factors.json")
        return cls(
            scan(pickles),
            read_partition(partition) if partition else None,
            load_factors(factors) if factors else {},
            root / "facts",
        )

    def factors_of(self, sequence: GaitSequence) -> list[int | None] | None:
        """The 14 of a sequence, or None."""
        found = self.factors.get(sequence.factors_key)
        return list(found.row) if found else None

    def grounds(self, identity: str) -> Mapping[str, float]:
        """Height of the ground, metres, LiDAR frame, by TYPE/VIEW of a person; empty where it is not known.

        ValueError when there is a file that does not say it.
        """
        path = self.facts / f"{identity}.json"
        if not path.is_file():
            return {}
        try:
            sequences = json.loads(path.read_text(encoding="utf-8"))["sequences"]
            return {place: float(about["ground"]) for place, about in sequences.items()}
        except (ValueError, LookupError, TypeError, AttributeError) as broken:
            raise ValueError(f"{path} does not tell the ground of each sequence: {broken!r}") from None


def _there(path: Path) -> Path | None:
    return path if path.is_file() else None
