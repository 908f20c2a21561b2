"""The card that a training run writes beside each of its weight files."""

from __future__ import annotations

import math
from pathlib import Path

from sgcross_core.model.card import Card, write_card
from training.data.store import Store
from training.dataset import Clips
from training.rivals import NETWORKS
from training.trainer import Trainer

HELD_OUT = "People who were kept out of the training"
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
