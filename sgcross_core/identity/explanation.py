"""Why a walk is taken for a person's: what strips, windows and sensors carried the score; the walk in words.

A score is a product of two embeddings, so it is a sum over strips, and over the windows of a walk. Of each
part what the training's people would get is taken away; a share is what is left, of all that speaks for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgcross_core.identity.calibration import PAIRS, Array, Calibration, Embeddings
from sgcross_core.model.factors import FACTORS, LEVELS, SECTORS, Factors
from sgcross_core.model.sentences import described_walk

# Down to which height, 0 the crown and 1 the ground; around the joints' heights of Drillis & Contini 1966.
BODY = (
    (0.13, "head"), (0.28, "shoulders"), (0.45, "trunk"), (0.55, "hips"), (0.68, "thighs"), (0.8, "knees"),
    (1.0, "feet"),
)  # fmt: skip
SURE = 0.7  # how probable must be what is told of a walk; docs/results/sg-tiny.md says how often it is true


@dataclass(frozen=True)
class Seen:
    """A window of a walk by one sensor: its frames, first to last, counted from 1, and its embedding (D,)."""

    first: int
    last: int
    embedding: Embeddings


@dataclass(frozen=True)
class Explanation:
    """Shares 0..1 of what spoke for a person; each kind sums to 1, or to 0 when nothing did.

    strips: (P,), from the head down; sensors: probe's modality -> share; windows: (first frame, last frame,
    share) of the sensor that carried most, in their order.
    """

    strips: tuple[float, ...]
    sensors: Mapping[str, float]
    windows: tuple[tuple[int, int, float], ...]

    def parts(self) -> dict[str, float]:
        """Part of the body -> the share of its strips, largest first."""
        found: dict[str, float] = {}
        for number, share in enumerate(self.strips):
            name = body_part((number + 0.5) / len(self.strips))
            found[name] = found.get(name, 0.0) + share
        return dict(sorted(found.items(), key=lambda item: -item[1]))


def explain(
    seen: Sequence[Seen],
    template: Embeddings,
    pair: tuple[str, str],
    deviates: Array,
    calibration: Calibration,
    strips: int,
) -> Explanation:
    """Why a walk is like a person's template.

    seen: the windows by the probe's sensor of the pair, which carried most, at least one; template: float32
    (D,), by the gallery's sensor; deviates: float64 (4,), see `Calibration.join`; strips: P, divides D.
    """
    windows = np.stack([window.embedding for window in seen]).astype(np.float64)  # (W, D)
    cohort = calibration.cohort.get(pair[1])
    usual = np.zeros_like(template) if cohort is None else cohort.mean(axis=0)
    parts = (windows * (template - usual)).reshape(len(seen), strips, -1).sum(axis=2)  # (W, P)
    carried = shares(calibration.carried(deviates))
    sensors = {probe: 0.0 for probe, _ in PAIRS}
    for (probe, _), share in zip(PAIRS, carried, strict=True):
        sensors[probe] += float(share)
    of_windows = shares(parts.sum(axis=1))
    return Explanation(
        strips=tuple(float(share) for share in shares(parts.sum(axis=0))),
        sensors=sensors,
        windows=tuple((w.first, w.last, float(s)) for w, s in zip(seen, of_windows, strict=True)),
    )


def shares(carried: NDArray[np.floating]) -> Array:
    """Of numbers (N,), the part of each in the sum of those above 0; NaN counts as 0."""
    speaking = np.maximum(np.nan_to_num(carried.astype(np.float64)), 0)
    total = speaking.sum()
    parts: Array = speaking / total if total > 0 else speaking
    return parts


def body_part(height: float) -> str:
    """What is at a height, 0 the crown, 1 the ground."""
    return next(name for below, name in BODY if height <= below)


def factors_of(windows: NDArray[np.floating], sure: float = SURE) -> Factors | None:
    """The factors of a walk from its windows' probabilities, (W, 69), the newest last; None of none.

    Traits are read from their mean; the view from the newest, as it changes while somebody walks. Whether a
    trait is there, and the view, stay unknown where they are less probable than `sure`. So does the title: a
    robot has no need to say it.
    """
    if windows.size == 0:
        return None
    view = windows[-1, :SECTORS]
    reached = windows[:, SECTORS + 1 :].mean(axis=0).reshape(len(FACTORS) - 2, LEVELS - 1)
    there, levels = reached[:, 0], (reached > 0.5).sum(axis=1)
    known = np.maximum(there, 1 - there) >= sure
    told = (int(level) if sure_of else None for level, sure_of in zip(levels, known, strict=True))
    return Factors(int(view.argmax()) if view.max() >= sure else None, None, *told)


def walk_in_words(windows: NDArray[np.floating]) -> str:
    """ "walks with toes out, slightly hunched, seen from the left"; "" without attribute heads.

    windows: (W, 69), see `factors_of`.
    """
    factors = factors_of(windows)
    return "" if factors is None else described_walk(factors)
