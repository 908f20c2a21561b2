"""How often what attribute heads read of a walk is right, and the sentence that a robot makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgcross_core.identity.calibration import Embeddings
from sgcross_core.identity.explanation import SURE, factors_of
from sgcross_core.model.factors import FACTORS, SECTORS, UNKNOWN, from_array, to_array
from sgcross_core.model.sentences import TRAITS, standing_out


@dataclass(frozen=True)
class Reading:
    """One factor, shares of the walks where it is known, NaN when it never is.

    right: the value that is true; near: at most one level or sector beside it; usual, usual_near: the same of
    a network that says the commonest value of all.
    """

    right: float
    near: float
    usual: float
    usual_near: float


@dataclass(frozen=True)
class Sentences:
    """What the sentences of walks say; shares, NaN where nothing is said.

    naming: sentences that name a trait; there: of the traits named, those that are there; others: the same
    when each sentence is told of everybody; viewing: sentences that tell the view; view: right ones of these.
    """

    naming: float
    there: float
    others: float
    viewing: float
    view: float


def told_of(read: Embeddings, sure: float = SURE) -> NDArray[np.int64]:
    """int64 (N, 14): what a robot tells of walks of one window each, with probabilities (N, 69)."""
    walks = (factors_of(window[None], sure) for window in read)
    return to_array(walk for walk in walks if walk is not None).astype(np.int64)


def values_of(read: Embeddings) -> NDArray[np.int64]:
    """int64 (N, 14): the most probable value of every column, however unsure; the title unknown."""
    return told_of(read, sure=0.0)


def readings(found: NDArray[np.int64], truth: NDArray[np.int64]) -> dict[str, Reading]:
    """By factor, without the title, which a robot does not say; found, truth: int64 (N, 14), -1 unknown."""
    said = (number for number, factor in enumerate(FACTORS) if factor.kind != "binary")
    return {FACTORS[number].name: _reading(found[:, number], truth[:, number], number) for number in said}


def sentences(told: NDArray[np.int64], truth: NDArray[np.int64]) -> Sentences:
    """Of the sentences that are made of what is told; told and truth: int64 (N, 14), -1 unknown."""
    there = [{name for name, _ in standing_out(walk)} for walk in from_array(truth)]
    named = [[name for name, _ in standing_out(walk, TRAITS)] for walk in from_array(told)]
    share = {name: float(np.mean([name in true for true in there])) for names in named for name in names}
    own = [name in true for names, true in zip(named, there, strict=True) for name in names]
    others = [share[name] for names in named for name in names]
    view = told[:, 0] != UNKNOWN
    right = told[view, 0] == truth[view, 0]
    return Sentences(_mean([bool(names) for names in named]), *map(_mean, (own, others, view, right)))


def wording(read: Mapping[str, Embeddings], truth: NDArray[np.int64]) -> dict[str, dict[str, Any]]:
    """Sensor -> `readings` and `sentences` as plain numbers, of probabilities read (N, 69) by each."""
    figures = {}
    for modality, rows in read.items():
        factors = {name: asdict(reading) for name, reading in readings(values_of(rows), truth).items()}
        figures[modality] = {"factors": factors, "sentences": asdict(sentences(told_of(rows), truth))}
    return figures


def _mean(shares: Sequence[float] | NDArray[np.bool_]) -> float:
    return float(np.mean(shares)) if len(shares) else float("nan")


def _reading(found: NDArray[np.int64], truth: NDArray[np.int64], number: int) -> Reading:
    known = truth != UNKNOWN
    if not known.any():
        return Reading(*[float("nan")] * 4)
    found, truth = found[known], truth[known]
    usual = np.full_like(truth, np.bincount(truth).argmax())
    around = SECTORS if FACTORS[number].kind == "view" else 0
    beside = [_beside(guess, truth, around) for guess in (found, usual)]
    return Reading(*(float((off <= most).mean()) for off in beside for most in (0, 1)))


def _beside(a: NDArray[np.int64], b: NDArray[np.int64], around: int) -> NDArray[np.int64]:
    """How many levels lie between; around: of so many in a circle, 0 on a line."""
    off: NDArray[np.int64] = np.abs(a - b)
    return np.minimum(off, around - off) if around else off
