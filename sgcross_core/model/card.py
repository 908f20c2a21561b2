"""The card beside a weight file: what a network is, what it was made from, and how well it does.

`tiny.safetensors` has `tiny.md`: YAML between two lines of dashes, then a page for people that says the same.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from sgcross_core import gait
from sgcross_core.model.weights import Others, load

FENCE = "---\n"
Metrics = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Card:
    """What is known of a weight file.

    network, preset, preprocessing, model: as in its header, model is the network's hash; parameters: their
    number; data: what it was trained on; command: that made it; seed: of the training; commit: of the code,
    "" when it is not known; metrics: heading -> what was measured -> value, the unit in the name, none when
    nothing was; measured_by: the command that gave the metrics; remarks: what a user must know.
    """

    network: str
    preset: str
    model: str
    parameters: int
    preprocessing: str
    data: str
    command: str
    seed: int
    commit: str
    metrics: Metrics
    measured_by: str
    remarks: str = ""

    def __post_init__(self) -> None:
        for field, kind in (("parameters", int), ("seed", int), ("metrics", Mapping)):
            if not isinstance(value := getattr(self, field), kind):
                raise ValueError(f"card: {field} must be of type {kind.__name__}; got {value!r}")
        for heading, figures in self.metrics.items():
            values = figures.values() if isinstance(figures, Mapping) else (None,)
            if not all(isinstance(value, (int, float)) for value in values):
                raise ValueError(f"card: metrics {heading!r} must be numbers by name; got {figures!r}")

    def markdown(self) -> str:
        """The card as it is written."""
        head = yaml.safe_dump(_plain(asdict(self)), sort_keys=False, allow_unicode=True, width=100)
        return f"{FENCE}{head}{FENCE}\n{_page(self)}"

    @classmethod
    def from_markdown(cls, text: str) -> Card:
        """The reverse of `markdown`; ValueError when the text is no card."""
        parts = text.split(FENCE, 2)
        if len(parts) != 3 or parts[0]:
            raise ValueError("card: no YAML between two lines of dashes at its beginning")
        try:
            content = yaml.safe_load(parts[1])
            return cls(**{field.name: content[field.name] for field in fields(cls)})
        except (yaml.YAMLError, KeyError, TypeError) as wrong:
            raise ValueError(f"card: not complete: {wrong}") from wrong


def card_path(weights: Path | str) -> Path:
    """Where the card of a weight file lies."""
    return Path(weights).with_suffix(".md")


def write_card(
    weights: Path | str,
    data: str,
    seed: int,
    metrics: Metrics,
    measured_by: str,
    remarks: str = "",
    commit: str | None = None,
    others: Others | None = None,
) -> Card:
    """Write the card of a weight file beside it; the file itself says the rest.

    commit: None asks git for the one that this package runs from; others: see `load`.
    """
    model = load(weights, others)
    card = Card(
        network=type(model.net).__name__,
        preset=model.net.preset,
        model=model.hash,
        parameters=sum(p.numel() for p in model.net.parameters()),
        preprocessing=gait.VERSION,
        data=data,
        command=model.command,
        seed=seed,
        commit=running_commit() if commit is None else commit,
        metrics=metrics,
        measured_by=measured_by,
        remarks=remarks,
    )
    card_path(weights).write_text(card.markdown(), encoding="utf-8")
    return card


def read_card(weights: Path | str, others: Others | None = None) -> Card:
    """The card of a weight file, checked against it; others: as for `load`.

    FileNotFoundError when one of both is missing; ValueError when the card is not whole or another network's.
    """
    path, model = card_path(weights), load(weights, others)
    if not path.is_file():
        raise FileNotFoundError(f"{weights} has no card {path.name} beside it")
    try:
        card = Card.from_markdown(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as wrong:
        raise ValueError(f"{path}: {wrong}") from wrong
    if card.model != model.hash:
        raise ValueError(
            f"{path} is the card of model {card.model}, but {weights} is model {model.hash}: "
            f"its figures are not those of these weights; write a new card"
        )
    return card


def running_commit() -> str:
    """The commit of the checkout that this package runs from, with "-changed" when files differ from it.

    "" outside a git checkout.
    """
    asked = ("describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=-changed")
    command = ["git", "-C", str(Path(__file__).parent), *asked]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()


def _page(card: Card) -> str:
    commit = card.commit or "not known"
    lines = [
        f"# `{card.preset}` ({card.network})",
        "",
        f"Model {card.model}, {card.parameters:,} parameters, preprocessing {card.preprocessing}.",
        f"Made by `{card.command}` (seed {card.seed}, commit {commit}) from {card.data}.",
    ]
    if card.remarks:
        lines += ["", card.remarks.strip()]
    said = f"Measured by `{card.measured_by}`:" if card.metrics else "Nothing has been measured yet."
    lines += ["", said]
    for heading, figures in card.metrics.items():
        rows = [f"| {name} | {value:g} |" for name, value in figures.items()]
        lines += ["", f"## {heading}", "", "| what | value |", "|---|---|", *rows]
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> Any:
    """Mappings as dicts and numbers as Python's own, which YAML can write."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    return value.item() if hasattr(value, "item") else value
