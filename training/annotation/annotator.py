"""An annotator with errors: imitates the labels that a language model gives to a known sequence."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sgcross_core.model.factor_files import FactorTable, SequenceKey
from sgcross_core.model.factors import FACTORS, UNKNOWN, Factors, from_array, to_array
from training.annotation.consensus import Consensus, consensus
from training.annotation.noise import AnnotatorNoise, confusion


def annotate(key: SequenceKey, truth: Factors, noise: AnnotatorNoise | None = None) -> Consensus:
    """The agreed labels of one sequence; the same key, truth and noise give the same labels in any order.

    What the truth does not know stays unknown.
    """
    noise = noise or AnnotatorNoise()
    return consensus(answers(key, truth, noise))


def annotate_all(table: FactorTable, noise: AnnotatorNoise | None = None) -> dict[SequenceKey, Consensus]:
    """The agreed labels of every sequence."""
    return {key: annotate(key, truth, noise) for key, truth in table.items()}


def answers(key: SequenceKey, truth: Factors, noise: AnnotatorNoise) -> list[Factors]:
    """The annotator's votes about one sequence, each by itself as wrong as the settings say."""
    rng = np.random.default_rng([noise.seed, *hashlib.sha256("\0".join(key).encode()).digest()])
    true, columns = to_array([truth])[0], np.arange(len(FACTORS))
    bounds = _bounds(noise)[columns, true]  # (14, 8): of a true value, where each answer's share ends
    given = (rng.random((noise.votes, len(FACTORS), 1)) >= bounds).sum(axis=-1)
    given[rng.random(given.shape) < noise.missing] = UNKNOWN
    repeats = rng.random(given.shape) < noise.repeated
    given = np.where(repeats, given[0], given)
    given[:, true == UNKNOWN] = UNKNOWN
    return from_array(given)


@lru_cache(maxsize=8)
def _bounds(noise: AnnotatorNoise) -> NDArray[np.float64]:
    """float64 (14, 8, 8): the confusion matrices summed up along the answers, 1 in the unused places."""
    bounds = np.ones((len(FACTORS), 8, 8))
    for column, factor in zip(bounds, FACTORS, strict=True):
        column[: factor.levels, : factor.levels - 1] = np.cumsum(confusion(factor, noise), axis=1)[:, :-1]
    return bounds
