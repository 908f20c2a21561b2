"""Comparing a walk with everyone in the gallery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgcross_core.identity.calibration import MODALITIES, PAIRS, Array, Calibration, Embeddings
from sgcross_core.identity.gallery import Templates


@dataclass(frozen=True)
class Match:
    """One walk against people (N of them).

    deviates: float64 (N,), how far out a stranger's score would be; log_ratios: (N,), of same person against
    stranger; pairs: the (probe, gallery) modalities that carried each comparison; by_pair: deviates (N, 4) in
    the order of PAIRS, NaN where there was nothing to compare.
    """

    people: tuple[str, ...]
    deviates: Array
    log_ratios: Array
    pairs: tuple[tuple[str, str], ...]
    by_pair: Array

    def probabilities(self) -> Array:
        """float64 (N,), of each person; before, a stranger is as likely as all the enrolled together."""
        if not self.people:
            return np.zeros(0)
        odds = np.exp(np.clip(self.log_ratios, -50, 50)) / len(self.people)
        likely: Array = odds / (1 + odds.sum())
        return likely


@dataclass(frozen=True)
class People:
    """The gallery ready for search: modality -> one template a person, float32 (N, D), NaN rows for none."""

    names: tuple[str, ...]
    templates: Mapping[str, Embeddings]

    @classmethod
    def of(cls, templates: Templates) -> People:
        """A person's templates of one modality become one: their mean, each weighted by its frames."""
        names = tuple(sorted(set(templates.people)))
        merged = {m: _merged(templates, names, m) for m in MODALITIES}
        return cls(names, merged)


def match(probes: Mapping[str, Embeddings], people: People, calibration: Calibration) -> Match:
    """Compare a walk, modality -> float32 (D,) for each sensor that saw it, with everyone."""
    deviates = np.full((len(people.names), len(PAIRS)), np.nan)
    for column, (probe, gallery) in enumerate(PAIRS):
        known = _known(people.templates[gallery])
        if probe in probes and known.any():
            templates = people.templates[gallery][known]
            found = calibration.deviates((probe, gallery), probes[probe][None], templates)  # (1, known)
            deviates[known, column] = found[0]
    leading = tuple(calibration.leading(row) for row in deviates)
    return Match(people.names, calibration.join(deviates), calibration.log_ratio(deviates), leading, deviates)


def normalised(vectors: Embeddings) -> Embeddings:
    """Rows, float32 (N, D), scaled to length 1; a zero row stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Embeddings = (vectors / np.maximum(length, 1e-12)).astype(np.float32)
    return scaled


def _known(rows: Embeddings) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(rows).all(axis=1))


def _merged(templates: Templates, names: tuple[str, ...], modality: str) -> Embeddings:
    merged = np.full((len(names), templates.embeddings.shape[1]), np.nan, np.float32)
    for row, name in enumerate(names):
        own = [i for i, p in enumerate(templates.people) if p == name and templates.modalities[i] == modality]
        if own:
            weights = np.array([templates.frames[i] for i in own], np.float32)
            merged[row] = normalised((weights @ templates.embeddings[own])[None])[0]
    return merged
