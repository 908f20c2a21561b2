"""How well a network recognises people it never saw: rank-1 by sensors and views, open-set rates."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgcross_core.identity.calibration import PAIRS, Embeddings
from training.calibrate import calibrate
from training.embed import ClipEmbeddings
from training.open_set import open_set
from training.wording import wording

SECTOR = 60.0  # degrees: clips whose views lie in one sector count as the same view


@dataclass(frozen=True)
class Rank1:
    """Shares of probes whose best match is their own person; probe walk 1, gallery walk 0."""

    same_view: float
    other_view: float


def rank1(clips: ClipEmbeddings, probe: str, gallery: str) -> Rank1:
    """Rank-1 over all pairs of view sectors, one gallery clip a person; NaN where no such pair exists."""
    sector = (clips.view // SECTOR).astype(int)
    same: list[float] = []
    other: list[float] = []
    for p in np.unique(sector):
        for g in np.unique(sector):
            share = _rank1(
                clips, (clips.walk == 1) & (sector == p), (clips.walk == 0) & (sector == g), probe, gallery
            )
            (same if p == g else other).append(share)
    return Rank1(_mean(same), _mean(other))


def split(clips: ClipEmbeddings) -> tuple[ClipEmbeddings, ClipEmbeddings]:
    """The clips of two groups of people: for calibration, for the test."""
    people = clips.people()
    first = np.isin(clips.person, people[: len(people) // 2])
    return clips.select(first), clips.select(~first)


def evaluate(
    clips: ClipEmbeddings, cohort: dict[str, Embeddings], truth: NDArray[np.int64]
) -> dict[str, Any]:
    """All figures as plain numbers; cohort, calibration and open-set test have different people.

    truth: int64 (N, 14), the factors of each clip, -1 unknown.
    """
    ranks = {f"{p} -> {g}": asdict(rank1(clips, p, g)) for p, g in PAIRS}
    rest, test = split(clips)
    galleries = open_set(test, calibrate(rest, cohort))
    return {
        "people": len(clips.people()),
        "test_people": len(test.people()),
        "rank1": ranks,
        "open_set": {kind: asdict(figures) for kind, figures in galleries.items()},
        "wording": wording(clips.read, truth),
    }


def _rank1(
    clips: ClipEmbeddings,
    probes: NDArray[np.bool_],
    gallery: NDArray[np.bool_],
    probe_by: str,
    gallery_by: str,
) -> float:
    scores = clips.of[probe_by][probes] @ clips.of[gallery_by][gallery].T
    if scores.size == 0:
        return float("nan")
    return float((clips.person[gallery][scores.argmax(axis=1)] == clips.person[probes]).mean())


def _mean(shares: list[float]) -> float:
    return float(np.nanmean(shares)) if shares and not np.isnan(shares).all() else float("nan")
