"""Calibration from people whom the network never saw: what strangers score, what the same person scores.

A walk is formed as the recogniser does it, the mean of several windows; walk 1 is the probe, walk 0 the
template.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from sgcross_core.identity.calibration import (
    MODALITIES,
    PAIRS,
    Array,
    Calibration,
    Embeddings,
    PairCalibration,
)
from sgcross_core.identity.matching import normalised
from training.embed import ClipEmbeddings

FMR = np.array([0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001])
DRAWS = 6  # walks formed of each person and walk
RESAMPLES = 40
CAUTION = 65  # percentile over resamples of people: a limit that holds for other people too
WINDOWS = (1, 2, 3)  # clips that form a walk


@dataclass(frozen=True)
class Walks:
    """Walks of people: of: modality -> float32 (N, D), length 1; person: (N,)."""

    of: dict[str, Embeddings]
    person: NDArray[np.int64]


def form_walks(
    clips: ClipEmbeddings, walk: int, draws: int, rng: np.random.Generator, sizes: tuple[int, ...] = WINDOWS
) -> Walks:
    """For each person so many means of 1-3 random clips of one walk; every sensor has the same clips."""
    chosen, person = [], []
    for who in clips.people():
        own = np.flatnonzero((clips.person == who) & (clips.walk == walk))
        for _ in range(draws):
            chosen.append(rng.choice(own, min(int(rng.choice(sizes)), len(own)), replace=False))
            person.append(who)
    of = {m: normalised(np.stack([clips.of[m][rows].mean(axis=0) for rows in chosen])) for m in MODALITIES}
    return Walks(of, np.array(person))


def cohort_of(clips: ClipEmbeddings) -> dict[str, Embeddings]:
    """One template a person and sensor, over all clips: modality -> float32 (M, D)."""
    people = clips.people()
    return {
        m: normalised(np.stack([clips.of[m][clips.person == who].mean(axis=0) for who in people]))
        for m in MODALITIES
    }


def calibrate(clips: ClipEmbeddings, cohort: dict[str, Embeddings], seed: int = 0) -> Calibration:
    """The calibration that clips of people outside the cohort give; they need two walks each, 0 and 1."""
    rng = np.random.default_rng(seed)
    probes, templates = form_walks(clips, 1, DRAWS, rng), form_walks(clips, 0, DRAWS, rng)
    same = probes.person[:, None] == templates.person[None]
    bare = Calibration.standard(cohort)
    scores = {pair: bare.normalise(pair, probes.of[pair[0]], templates.of[pair[1]]) for pair in PAIRS}
    pairs = {pair: _pair(score, probes.person, templates.person, rng) for pair, score in scores.items()}
    deviates = np.stack([pairs[pair].deviate(scores[pair])[~same] for pair in PAIRS])
    return Calibration(pairs, np.corrcoef(deviates), cohort)


def _pair(
    scores: Array, probe: NDArray[np.int64], template: NDArray[np.int64], rng: np.random.Generator
) -> PairCalibration:
    """Of scores (N, M) of probes of people (N,) against templates of people (M,)."""
    same = probe[:, None] == template[None]
    limits = strangers_limits(scores, probe, template, rng)
    table = PairCalibration(limits, FMR, slope=1.0, offset=0.0, strength=1.0)
    own, strangers = table.deviate(scores[same]), table.deviate(scores[~same])
    slope, offset = log_ratio_line(own, strangers)
    return PairCalibration(limits, FMR, slope, offset, strength=max(float(own.mean()), 0.1))


def strangers_limits(
    scores: Array, probe: NDArray[np.int64], template: NDArray[np.int64], rng: np.random.Generator
) -> Array:
    """The scores, (K,), that a share FMR of strangers exceeds: cautiously, over resampled people."""
    people = np.unique(probe)
    found = []
    for _ in range(RESAMPLES):
        kept = rng.choice(people, len(people))
        rows = np.isin(probe, kept)
        columns = np.isin(template, kept)
        part = scores[np.ix_(rows, columns)]
        found.append(np.quantile(part[probe[rows][:, None] != template[columns][None]], 1 - FMR))
    limits: Array = np.percentile(found, CAUTION, axis=0)
    return np.maximum.accumulate(limits + 1e-6 * np.arange(len(limits)))


def log_ratio_line(own: Array, strangers: Array) -> tuple[float, float]:
    """Slope and offset of the log-likelihood ratio over the deviate: logistic, both kinds of equal weight."""

    def loss(line: Array) -> float:
        miss = -np.log(expit(line[0] * own + line[1]) + 1e-12).mean()
        alarm = -np.log(expit(-line[0] * strangers - line[1]) + 1e-12).mean()
        return float(miss + alarm)

    slope, offset = minimize(loss, np.array([1.0, -1.0]), method="Nelder-Mead").x
    return max(float(slope), 1e-3), float(offset)
