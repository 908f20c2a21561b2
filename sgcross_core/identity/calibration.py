"""How a network's scores are read: what a stranger would score, and how likely a score is the same person.

A score is a cosine, normalised by what probe and template score against a cohort of other people (adaptive
symmetric normalisation, Matejka et al., Interspeech 2017). Each pair of (probe, gallery) modality has a table
of the scores that strangers reach. Through it every score becomes a normal deviate: how far out a stranger's
score would be. Deviates of several pairs are joined by Stouffer's weighted sum with their correlation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]
Embeddings = NDArray[np.float32]

MODALITIES = ("camera", "lidar")
PAIRS = tuple((probe, gallery) for probe in MODALITIES for gallery in MODALITIES)
TOP_SHARE = 0.1  # of the cohort: its members most like the probe, or the template, are the ones that count


@dataclass(frozen=True)
class PairCalibration:
    """One (probe, gallery) pair of modalities.

    scores: normalised scores, float64 (K,), rising; fmr: share of strangers that score higher, (K,), falling
    slope, offset: log-likelihood ratio of same person against stranger = slope * deviate + offset
    strength: mean deviate of the same person, the pair's weight when evidence is joined
    """

    scores: Array
    fmr: Array
    slope: float
    offset: float
    strength: float

    def __post_init__(self) -> None:
        if self.scores.ndim != 1 or self.scores.shape != self.fmr.shape or len(self.scores) < 2:
            raise ValueError(
                f"scores and fmr must be (K,), K >= 2; got {self.scores.shape}, {self.fmr.shape}"
            )
        if np.any(np.diff(self.scores) <= 0) or np.any(np.diff(self.fmr) >= 0):
            raise ValueError("scores must rise and fmr must fall")
        if not (self.fmr[-1] > 0 and self.fmr[0] < 1 and self.slope > 0 and self.strength > 0):
            raise ValueError(f"need 0 < fmr < 1, slope and strength > 0; got {self}")

    def deviate(self, scores: Array) -> Array:
        """Normal deviates of normalised scores, same shape; beyond the table the outermost slope goes on."""
        table = -ndtri(self.fmr)
        inside = np.interp(scores, self.scores, table)
        slopes = np.diff(table) / np.diff(self.scores)
        over = np.maximum(scores - self.scores[-1], 0) * slopes[-1]
        under = np.minimum(scores - self.scores[0], 0) * slopes[0]
        joined: Array = inside + over + under
        return joined


@dataclass(frozen=True)
class Calibration:
    """How the scores of all four pairs are read.

    correlation: of the pairs' deviates of strangers, float64 (4, 4) in the order of PAIRS
    cohort: modality -> float32 (M, D) templates of people who are not in any gallery.
    """

    pairs: Mapping[tuple[str, str], PairCalibration]
    correlation: Array
    cohort: Mapping[str, Embeddings]

    def __post_init__(self) -> None:
        if set(self.pairs) != set(PAIRS):
            raise ValueError(f"calibration must hold the pairs {PAIRS}; got {sorted(self.pairs)}")
        if self.correlation.shape != (len(PAIRS), len(PAIRS)):
            raise ValueError(f"correlation must be {len(PAIRS)} x {len(PAIRS)}; got {self.correlation.shape}")

    def normalise(self, pair: tuple[str, str], probes: Embeddings, templates: Embeddings) -> Array:
        """Normalised scores, float64 (N, M), of probes (N, D) against templates (M, D).

        Without a cohort they are plain cosines.
        """
        cosine: Array = (probes @ templates.T).astype(np.float64)
        if not self.cohort:
            return cosine
        by_probe = [s[:, None] for s in _spread(probes @ self.cohort[pair[1]].T)]
        by_template = [s[None] for s in _spread(templates @ self.cohort[pair[0]].T)]
        return ((cosine - by_probe[0]) / by_probe[1] + (cosine - by_template[0]) / by_template[1]) / 2

    def deviates(self, pair: tuple[str, str], probes: Embeddings, templates: Embeddings) -> Array:
        """Normal deviates, float64 (N, M), of probes (N, D) against templates (M, D)."""
        return self.pairs[pair].deviate(self.normalise(pair, probes, templates))

    def join(self, deviates: Array) -> Array:
        """One deviate, shape (...), of those of the four pairs, (..., 4), NaN where a pair has none."""
        weights = self._weights(deviates)
        spread = np.sqrt(np.einsum("...i,ij,...j->...", weights, self.correlation, weights))
        with np.errstate(invalid="ignore"):
            joined: Array = np.nansum(weights * np.nan_to_num(deviates), axis=-1) / spread
        return joined

    def log_ratio(self, deviates: Array) -> Array:
        """Log-likelihood ratio, shape (...), from the deviates of the four pairs, (..., 4): a weighted mean.

        A mean, not a sum: the pairs see the same walk, so a sum would count the same evidence twice.
        """
        weights = self._weights(deviates)
        lines = [self.pairs[p] for p in PAIRS]
        each = np.nan_to_num(deviates) * [p.slope for p in lines] + [p.offset for p in lines]
        with np.errstate(invalid="ignore"):
            ratio: Array = (weights * each).sum(axis=-1) / weights.sum(axis=-1)
        return ratio

    def carried(self, deviates: Array) -> Array:
        """What each pair adds to `join`, (4,), up to a common factor; NaN where a pair has no deviate."""
        return np.where(np.isnan(deviates), np.nan, deviates * self._weights(deviates))

    def leading(self, deviates: Array) -> tuple[str, str]:
        """The pair that carries the evidence most, of deviates (4,); the first of PAIRS on a tie."""
        return PAIRS[int(np.argmax(np.nan_to_num(self.carried(deviates), nan=-np.inf)))]

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers; the cohort is not in it."""
        pairs = {
            "-".join(key): {name: np.asarray(value).tolist() for name, value in vars(pair).items()}
            for key, pair in self.pairs.items()
        }
        return {"pairs": pairs, "correlation": self.correlation.tolist()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any], cohort: Mapping[str, Embeddings]) -> Calibration:
        """The reverse of `to_json`; ValueError for anything else."""
        try:
            pairs = {_pair(name): _pair_calibration(p) for name, p in content["pairs"].items()}
            return cls(pairs, np.array(content["correlation"], np.float64), cohort)
        except (KeyError, TypeError) as missing:
            raise ValueError(f"calibration is not complete: {missing!r}") from missing

    @classmethod
    def standard(cls, cohort: Mapping[str, Embeddings] | None = None) -> Calibration:
        """Takes strangers' normalised scores for standard normal: a stand-in without validation data."""
        fmr = np.array([0.9, 0.5, 0.1, 0.01, 0.001, 0.0001])
        pair = PairCalibration(-ndtri(fmr), fmr, slope=2.0, offset=-4.0, strength=3.0)
        return cls(dict.fromkeys(PAIRS, pair), 0.5 + 0.5 * np.eye(len(PAIRS)), cohort or {})

    def _weights(self, deviates: Array) -> Array:
        return np.where(np.isnan(deviates), 0.0, [self.pairs[p].strength for p in PAIRS])


def threshold(fmr: float) -> float:
    """The deviate that a share fmr of strangers exceeds."""
    return float(-ndtri(fmr))


def false_match_rate(deviate: float) -> float:
    """The share of strangers that exceeds a deviate."""
    return float(ndtr(-deviate))


def _spread(cosines: Embeddings) -> tuple[Array, Array]:
    """Mean and standard deviation, (N,) each, of the highest TOP_SHARE of each row of (N, M)."""
    top = max(2, round(TOP_SHARE * cosines.shape[1]))
    highest = np.sort(cosines.astype(np.float64), axis=1)[:, -top:]
    return highest.mean(axis=1), highest.std(axis=1) + 1e-3


def _pair(name: str) -> tuple[str, str]:
    probe, gallery = name.split("-")
    return probe, gallery


def _pair_calibration(content: Mapping[str, Any]) -> PairCalibration:
    scores, fmr = (np.array(content[key], np.float64) for key in ("scores", "fmr"))
    return PairCalibration(scores, fmr, *(float(content[key]) for key in ("slope", "offset", "strength")))
