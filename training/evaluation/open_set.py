"""Open-set identification over a store: who is missed, when so many strangers may be taken for somebody.

In each trial half of the identities is enrolled and the other half are strangers. A probe is given the name
of the nearest enrolled identity when that is near enough. Errors are counted a probe; how sure a rate is, is
told by drawing identities anew (bootstrap by person), since probes of one person err together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.store import Words
from training.evaluation.distance import METRICS, Parts
from training.tables import percent

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]

FPIRS = (0.1, 0.01)
TRIALS, REPLICATES, SEED = 10, 200, 0
FEWEST = 4  # identities
INTERVAL = (0.025, 0.975)
CURVE = np.geomspace(1e-3, 1, 61)  # FPIRs of the DET curve


@dataclass(frozen=True)
class Rate:
    """fnir: share of enrolled probes without their own name, where at most fpir of strangers get one;
    low, high: 95 % interval by person."""

    fpir: float
    fnir: float
    low: float
    high: float


@dataclass(frozen=True)
class OpenSet:
    """people: identities with probes; least: the smallest FPIR that so many strangers can vouch for, by the
    rule of three (none in n is less than 3 / n, 95 % sure); curve: FNIR at each of CURVE."""

    people: int
    least: float
    rates: list[Rate]
    curve: list[float]

    @property
    def plain(self) -> dict[str, Any]:
        """For JSON; null for NaN."""
        rates = [{name: _number(value) for name, value in vars(rate).items()} for rate in self.rates]
        det = {"fpir": CURVE.tolist(), "fnir": [_number(value) for value in self.curve]}
        return {"people": self.people, "least_fpir": self.least, "rates": rates, "det": det}


@dataclass(frozen=True)
class Outcomes:
    """Probes of all trials, nearest first, (n,) each: distance to the nearest enrolled identity, whether that
    is the right one, whether the probe's identity is enrolled, and which it is."""

    distance: Floats
    right: Flags
    enrolled: Flags
    who: Codes


def open_set(nearest: Floats, who: Codes, trials: int = TRIALS, seed: int = SEED) -> OpenSet:
    """Of distances (N, I) of probes to I identities (see `nearest_each`), whose own is who, (N,).

    ValueError with fewer than four identities.
    """
    found = outcomes(nearest, who, trials, seed)
    people = len(np.unique(who))
    counts = _replicates(nearest.shape[1], seed)
    rates = [_rate(found, fpir, counts) for fpir in FPIRS]
    curve = [fnir(found, fpir) for fpir in CURVE.tolist()]
    return OpenSet(people, 3 / max(people // 2, 1), rates, curve)


def outcomes(nearest: Floats, who: Codes, trials: int, seed: int) -> Outcomes:
    """What happens to each probe in each trial. Of equal distances the wrong identity comes first."""
    identities = nearest.shape[1]
    if identities < FEWEST:
        raise ValueError(f"an open-set test needs at least four identities; got {identities}")
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(trials):
        enrolled = np.zeros(identities, bool)
        enrolled[rng.permutation(identities)[: identities // 2]] = True
        among = np.where(enrolled, nearest, np.inf)
        own = among[np.arange(len(who)), who]
        among[np.arange(len(who)), who] = np.inf
        other = among.min(axis=1)
        parts.append((np.minimum(own, other), own < other, enrolled[who], who))
    joined = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
    order = np.argsort(joined[0], kind="stable")
    return Outcomes(*(column[order] for column in joined))


def fnir(found: Outcomes, fpir: float, weights: Floats | None = None) -> float:
    """Share of enrolled probes that are missed at the largest distance at which strangers pass so seldom.

    weights: (n,) of the probes, all alike when None; NaN without enrolled probes or without strangers.
    """
    weights = np.ones(len(found.who)) if weights is None else weights
    strangers = np.where(found.enrolled, 0, weights)
    known = np.where(found.enrolled, weights, 0)
    if not strangers.sum() or not known.sum():
        return float("nan")
    share = np.cumsum(strangers) / strangers.sum()
    last = int(np.searchsorted(share, fpir + 1e-12, "right"))  # the first stranger too many
    limit = found.distance[last] if last < len(share) else np.inf
    named = found.right & (found.distance < limit)
    return float(1 - (known * named).sum() / known.sum())


def nearest_each(
    probes: Parts, probe_view: Words | None, gallery: Parts, gallery_view: Words, who: Codes, metric: str
) -> Floats:
    """(N, I): distance of each probe to the nearest sequence of each identity, whose codes are who, (M,).

    A sequence of the probe's own view does not count; with None all do. inf where nothing is left.
    """
    order = np.argsort(who, kind="stable")
    identities = int(who.max()) + 1
    there, first = np.unique(who[order], return_index=True)
    result = np.full((len(probes), identities), np.inf)
    for rows, distances in METRICS[metric](probes, gallery[order]):
        if probe_view is not None:
            distances[probe_view[rows, None] == gallery_view[order]] = np.inf
        result[rows, there] = np.minimum.reduceat(distances, first, axis=1)
    return result


def _rate(found: Outcomes, fpir: float, counts: NDArray[np.int64]) -> Rate:
    drawn = [fnir(found, fpir, count[found.who].astype(np.float64)) for count in counts]
    low, high = np.nanquantile(drawn, INTERVAL)
    return Rate(fpir, fnir(found, fpir), float(low), float(high))


def _replicates(identities: int, seed: int) -> NDArray[np.int64]:
    """(REPLICATES, I): how often each identity is drawn, of as many draws as there are identities."""
    rng = np.random.default_rng((seed, 1))
    return rng.multinomial(identities, np.full(identities, 1 / identities), REPLICATES)


def rows_of(open_sets: Sequence[tuple[str, str, OpenSet]]) -> list[list[str]]:
    """Rows of a table: pairing, the papers' label, then FNIR with its interval at each FPIR, %."""
    return [
        [
            title,
            papers,
            *(f"{percent(r.fnir)} ({percent(r.low)} to {percent(r.high)})" for r in found.rates),
        ]
        for title, papers, found in open_sets
    ]


def _number(value: float) -> float | None:
    return value if value == value else None
