"""Open-set identification: small galleries, probes of their people and of strangers."""

from __future__ import annotations

from collections.abc import Iterator
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
class _Outcomes:
    """Probes of many trials: best deviate, whether that is the right person, enrolled or not, limit."""

    best: Array
    right: NDArray[np.bool_]
    enrolled: NDArray[np.bool_]
    limit: Array


def open_set(
    clips: ClipEmbeddings, calibration: Calibration, fpir: float = 0.01, sizes: tuple[int, ...] = (6, 8, 10),
    trials: int = 200, windows: tuple[int, ...] = (2,), seed: int = 0,
) -> dict[str, OpenSet]:  # fmt: skip
    """Each kind of sensors -> figures over random galleries of walk 0; everyone's walk 1 is a probe."""
    rng = np.random.default_rng(seed)
    drawn = [form_walks(clips, walk, 4, rng, windows) for walk in (1, 0)]
    return {
        kind: _judged(_outcomes(*drawn, calibration, pairs, fpir, sizes, trials, seed), fpir)
        for kind, pairs in SENSORS.items()
    }


def _outcomes(
    probes: Walks, templates: Walks, calibration: Calibration, pairs: Pairs, fpir: float,
    sizes: tuple[int, ...], trials: int, seed: int,
) -> _Outcomes:  # fmt: skip
    deviates = _joined(probes, templates, calibration, pairs)
    rng = np.random.default_rng(seed)
    parts = list(_trials(deviates, probes.person, templates.person, fpir, sizes, trials, rng))
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


def _trials(
    deviates: Array, probe: NDArray[np.int64], template: NDArray[np.int64], fpir: float,
    sizes: tuple[int, ...], trials: int, rng: np.random.Generator,
) -> Iterator[tuple[Array, NDArray[np.bool_], NDArray[np.bool_], Array]]:  # fmt: skip
    for trial in range(trials):
        size = sizes[trial % len(sizes)]
        gallery = rng.choice(np.unique(template), size, replace=False)
        columns = np.array([rng.choice(np.flatnonzero(template == who)) for who in gallery])
        found = deviates[:, columns]
        best = found.argmax(axis=1)
        limit = np.full(len(probe), Rule(fpir, 0, 0).limit(size))
        yield found.max(axis=1), gallery[best] == probe, np.isin(probe, gallery), limit


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
