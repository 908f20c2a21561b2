"""Names for the tracks of one moment: each at most once, and only where strangers hardly score as high."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from sgcross_core.identity.calibration import threshold
from sgcross_core.identity.matching import Match


@dataclass(frozen=True)
class Rule:
    """fpir: share of strangers that may be given any name; hold: bonus in deviates for the name a track has;
    least: a name less probable than this is not given."""

    fpir: float
    hold: float
    least: float

    def limit(self, people: int) -> float:
        """The deviate that a name needs with so many people enrolled: each may only use its share of fpir."""
        return threshold(self.fpir / max(people, 1))


def decide(matches: Sequence[Match], held: Mapping[int, str], rule: Rule) -> list[int | None]:
    """For each track's match (all against the same people) the row of its name, or None for unknown.

    held: index of a track -> the name it has. Two tracks in view at once are two people, so a name goes to
    one of
    them: the assignment that exceeds the limit by most in total.
    """
    if not matches or not matches[0].people:
        return [None] * len(matches)
    gain = np.stack([_gain(m, held.get(i), rule) for i, m in enumerate(matches)])  # (tracks, people)
    tracks, people = linear_sum_assignment(-gain)
    chosen = {int(t): int(p) for t, p in zip(tracks, people, strict=True) if gain[t, p] > 0}
    return [chosen.get(i) for i in range(len(matches))]


def _gain(match: Match, held: str | None, rule: Rule) -> NDArray[np.float64]:
    """float64 (N,): by how much each name exceeds what it needs, 0 where it may not be given."""
    has = np.array([name == held for name in match.people])
    over = match.deviates + rule.hold * has - rule.limit(len(match.people))
    allowed = (over > 0) & (has | (match.probabilities() >= rule.least))
    return np.where(allowed, over, 0.0)
