"""What is kept of a run: its recipe, seed, commit, data, last losses, and its figures on each test set."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from training.evaluation.figures import Pairing
from training.files import write_whole
from training.recipe import Recipe

CENTRED = ", each sensor centred"  # behind a test set's name
KEPT = ("rank1", "rank5", "mAP")

# test set -> "camera -> lidar" -> condition -> name of the figure -> share 0..1 or None
Found = Mapping[str, Mapping[str, Mapping[str, Mapping[str, float | None]]]]


@dataclass(frozen=True)
class Record:
    """One run. recipe: as JSON; model: hash of the weights; data: test set -> how it was made, in words;
    minutes: of training, by the clock; losses: means over the last iterations."""

    name: str
    seed: int
    recipe: str
    commit: str
    model: str
    parameters: int
    minutes: float
    data: Mapping[str, str]
    losses: Mapping[str, float]
    figures: Found

    @property
    def precision(self) -> str:
        """Of the encoders, in training."""
        return str(json.loads(self.recipe).get("precision", Recipe().precision))

    def share(self, test_set: str, pairing: str, condition: str, figure: str = "rank1") -> float | None:
        """One figure; None when it was not measured."""
        found: float | None = self.figures.get(test_set, {}).get(pairing, {}).get(condition, {}).get(figure)
        return found

    def write(self, path: Path) -> None:
        """As JSON."""
        write_whole(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Record:
        """The reverse of `write`; ValueError when the file is no record."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{field.name: content[field.name] for field in fields(cls)})
        except (ValueError, KeyError, TypeError) as wrong:
            raise ValueError(f"{path} is no record of a run: {wrong!r}") from None


def kept(pairings: Sequence[Pairing]) -> dict[str, dict[str, dict[str, float | None]]]:
    """Of an evaluation what a record holds: pairing -> condition -> figures; None for what was not there."""
    return {
        pairing.title: {
            condition: {name: _known(figures.mean.get(name)) for name in KEPT}
            for condition, figures in pairing.conditions.items()
        }
        for pairing in pairings
    }


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else round(value, 4)
