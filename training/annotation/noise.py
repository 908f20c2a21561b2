"""How often an annotator says what about a true value: one confusion matrix for each factor.

The shares are assumptions, no measurements: posture is seen best, feet worst (language models that look at
pictures are known to be weak on fine detail of silhouettes), moods are guessed.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgcross_core.model.factors import LEVELS, SECTORS, Factor
from sgcross_core.settings import check, nested, setting

Floats = NDArray[np.float64]

FEET = ("toe_out", "without_toe_out_or_in", "toe_in", "tiptoe", "without_tiptoe_or_shuffle")
MOODS = ("happy", "sad", "angry")


def _share(default: float, doc: str) -> float:
    value: float = setting(default, doc, low=0.0, high=1.0)
    return value


@dataclass(frozen=True)
class OrdinalNoise:
    """Errors on a scale of six levels, as shares of the answers."""

    one_off: float = _share(0.25, "a level beside the true one")
    far_off: float = _share(0.04, "any level further away")

    def __post_init__(self) -> None:
        check(self)
        _check_sum(self)

    def matrix(self) -> Floats:
        """float64 (6, 6), rows are the true level; the ends have one neighbour, which gets all of one_off."""
        distance = np.abs(np.subtract.outer(np.arange(LEVELS), np.arange(LEVELS)))
        near, far = distance == 1, distance > 1
        shares = self.one_off * _spread(near) + self.far_off * _spread(far)
        return np.asarray(shares + (1 - self.one_off - self.far_off) * np.eye(LEVELS))


@dataclass(frozen=True)
class ViewNoise:
    """Errors of the viewpoint, as shares of the answers; where two meet in one sector they add up."""

    neighbour: float = _share(0.12, "a sector beside the true one")
    mirrored: float = _share(0.05, "left for right; no error for the front and the back")
    opposite: float = _share(0.04, "front for back: half a turn off")

    def __post_init__(self) -> None:
        check(self)
        _check_sum(self)

    def matrix(self) -> Floats:
        """float64 (8, 8), rows are the true sector."""
        still = np.eye(SECTORS)
        beside = (np.roll(still, 1, axis=1) + np.roll(still, -1, axis=1)) / 2
        mirror, opposite = still[-np.arange(SECTORS)], np.roll(still, SECTORS // 2, axis=1)
        right = 1 - self.neighbour - self.mirrored - self.opposite
        return np.asarray(
            right * still + self.neighbour * beside + self.mirrored * mirror + self.opposite * opposite
        )


@dataclass(frozen=True)
class AnnotatorNoise:
    """An annotator that is asked several times about each sequence."""

    view: ViewNoise = nested(ViewNoise)  # noqa: RUF009
    title_wrong: float = _share(0.05, "man for woman or woman for man")
    posture: OrdinalNoise = nested(OrdinalNoise)  # noqa: RUF009
    feet: OrdinalNoise = dataclasses.field(default_factory=lambda: OrdinalNoise(0.35, 0.10))
    mood: OrdinalNoise = dataclasses.field(default_factory=lambda: OrdinalNoise(0.30, 0.10))
    summary: OrdinalNoise = dataclasses.field(default_factory=lambda: OrdinalNoise(0.35, 0.05))
    missing: float = _share(0.04, "no answer for a factor")
    repeated: float = _share(0.4, "later answers that only repeat the first: errors that votes cannot remove")
    votes: int = setting(3, "times that each sequence is annotated", low=1, high=99)
    seed: int = setting(0, "of the annotator's errors", low=0)

    def __post_init__(self) -> None:
        check(self)


def confusion(factor: Factor, noise: AnnotatorNoise) -> Floats:
    """float64 (levels, levels): what share of the given answers is what, by true value; rows sum to 1."""
    if factor.kind == "view":
        return noise.view.matrix()
    if factor.kind == "binary":
        wrong = noise.title_wrong
        return np.array([[1 - wrong, wrong], [wrong, 1 - wrong]])
    return _ordinal(factor.name, noise).matrix()


def _ordinal(name: str, noise: AnnotatorNoise) -> OrdinalNoise:
    if name in FEET:
        return noise.feet
    if name in MOODS:
        return noise.mood
    return noise.summary if name == "summary" else noise.posture


def _spread(allowed: NDArray[np.bool_]) -> Floats:
    return np.asarray(allowed / allowed.sum(axis=1, keepdims=True))


def _check_sum(noise: OrdinalNoise | ViewNoise) -> None:
    if (total := sum(vars(noise).values())) > 1:
        names = " + ".join(vars(noise))
        raise ValueError(f"{type(noise).__name__}: {names} must be at most 1; got {total:.3g}")
