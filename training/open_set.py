"""Open-set identification: small galleries, probes of their people and of strangers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgcross_core.identity.calibration import PAIRS, Array, Calibration
from sgcross_core.identity.decision import Rule
from training.calibrate import Walks, form_walks
from training.embed import ClipEmbeddings

Pairs = tuple[tuple[str, str], ...]
SENSORS: dict[str, Pairs] = {
    **{f"{probe} -> {gallery}": ((probe, gallery),) for probe, gallery in PAIRS},
    "both -> both": PAIRS,
}


@dataclass(frozen=True)
class OpenSet:
    """FNIR: share of enrolled probes without their own name; FPIR: share of strangers with any name.

    at_limit: FNIR where FPIR is what was asked, by the best possible limit for these probes
    fnir, fpir: with the limit that the calibration sets for the asked FPIR
    wrong: share of enrolled probes that are given somebody else's name, with that limit
    """

    at_limit: float
    fnir: float
    fpir: float
    wrong: float


@dataclass(frozen=True)
class Design:
    """fpir: the rate asked for; sizes: people a gallery, in turn; trials: galleries; clips: averaged."""

    fpir: float = 0.01
    sizes: tuple[int, ...] = (6, 8, 10)
    trials: int = 200
    clips: int = 2
    seed: int = 0


@dataclass(frozen=True)
class _Outcomes:
    """Probes of many trials: best deviate, whether that is the right person, enrolled or not, limit."""

    best: Array
    right: NDArray[np.bool_]
    enrolled: NDArray[np.bool_]
    limit: Array


def open_set(
    clips: ClipEmbeddings, calibration: Calibration, design: Design | None = None
) -> dict[str, OpenSet]:
    """Each kind of sensors -> figures over random galleries of walk 0; everyone's walk 1 is a probe."""
    design = design or Design()
    rng = np.random.default_rng(design.seed)
    probes, templates = (form_walks(clips, walk, 4, rng, (design.clips,)) for walk in (1, 0))
    deviates = {kind: _joined(probes, templates, calibration, pairs) for kind, pairs in SENSORS.items()}
    return {
        kind: _judged(_outcomes(found, probes.person, templates.person, design), design.fpir)
        for kind, found in deviates.items()
    }


def _outcomes(
    deviates: Array, probe: NDArray[np.int64], template: NDArray[np.int64], design: Design
) -> _Outcomes:
    """Of probes of people (N,) against templates of people (M,) with deviates (N, M)."""
    rng = np.random.default_rng(design.seed)
    parts = []
    for trial in range(design.trials):
        size = design.sizes[trial % len(design.sizes)]
        gallery = rng.choice(np.unique(template), size, replace=False)
        columns = np.array([rng.choice(np.flatnonzero(template == who)) for who in gallery])
        found = deviates[:, columns]
        limit = np.full(len(probe), Rule(design.fpir, 0, 0).limit(size))
        right = gallery[found.argmax(axis=1)] == probe
        parts.append((found.max(axis=1), right, np.isin(probe, gallery), limit))
    return _Outcomes(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _joined(probes: Walks, templates: Walks, calibration: Calibration, pairs: Pairs) -> Array:
    """Deviates, float64 (N, M), of all probes against all templates by some pairs of sensors."""
    each = [
        calibration.deviates(pair, probes.of[pair[0]], templates.of[pair[1]])
        if pair in pairs
        else np.full((len(probes.person), len(templates.person)), np.nan)
        for pair in PAIRS
    ]
    return calibration.join(np.stack(each, axis=-1))


def _judged(outcomes: _Outcomes, fpir: float) -> OpenSet:
    over = outcomes.best - outcomes.limit  # galleries of different sizes become comparable
    named, enrolled = over > 0, outcomes.enrolled
    exact = np.quantile(over[~enrolled], 1 - fpir)
    return OpenSet(
        at_limit=float(1 - (outcomes.right & (over > exact))[enrolled].mean()),
        fnir=float(1 - (outcomes.right & named)[enrolled].mean()),
        fpir=float(named[~enrolled].mean()),
        wrong=float((~outcomes.right & named)[enrolled].mean()),
    )
