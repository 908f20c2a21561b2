"""The card that a training run writes beside each of its weight files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sgcross_core.model.card import Card, card_path, read_card, write_card
from training.data.store import Store
from training.dataset import Clips
from training.files import write_whole
from training.rivals import NETWORKS
from training.trainer import Trainer

HELD_OUT = "People who were kept out of the training"
Results = Mapping[str, Mapping[str, Any]]  # kind of clips -> figures, see training.evaluate.evaluate
FIGURE = "rank-1 of a clip among the other sensor's clips of other walks, %"


def write_run_card(path: Path, trainer: Trainer, data: Path, command: str, figure: float | None) -> Card:
    """Write the card of a weight file that the trainer has just written.

    data: that it was trained on; command: of the training; figure: see `validation.validate`, None when
    nobody was kept out to measure with, NaN when nothing could be.
    """
    metrics = {} if figure is None or math.isnan(figure) else {HELD_OUT: {FIGURE: round(100 * figure, 2)}}
    recipe = trainer.recipe
    remarks = f"{trainer.iteration} of {recipe.iterations} iterations."
    return write_card(
        path,
        data=f"{data}: {content(trainer.clips)}",
        seed=recipe.seed,
        metrics=metrics,
        measured_by=command if metrics else "",
        remarks=remarks,
        others=NETWORKS,
    )


def content(clips: Clips | Store) -> str:
    """How much somebody learned from."""
    return f"{len(clips.people())} people, {len(clips)} sequences"


def write_measured(path: Path, results: Results, command: str) -> Card:
    """Put what `sgcross evaluate --data` found into the card of a weight file; what else it says stays.

    FileNotFoundError and ValueError as of `read_card`.
    """
    card = replace(read_card(path), metrics=_metrics(results), measured_by=command)
    write_whole(card_path(path), card.markdown())
    return card


def _metrics(results: Results) -> dict[str, dict[str, float]]:
    """By heading, in percent."""
    found: dict[str, dict[str, float]] = {}
    for kind, figures in results.items():
        ranks = {
            f"{pair}, {view} view": round(100 * rank[f"{view}_view"], 1)
            for pair, rank in figures["rank1"].items()
            for view in ("same", "other")
        }
        found[f"{kind.capitalize()} clips, rank-1 % among {figures['people']} people"] = ranks
        missed = {pair: round(100 * rates["at_limit"], 1) for pair, rates in figures["open_set"].items()}
        galleries = f"galleries of 6-10 of {figures['test_people']} people"
        found[f"{kind.capitalize()} clips, FNIR % at FPIR 1 %, {galleries}"] = missed
        if words := figures["wording"]:
            there = {sensor: round(100 * said["sentences"]["there"], 1) for sensor, said in words.items()}
            found[f"{kind.capitalize()} clips, % of the traits named that are there"] = there
    return found
