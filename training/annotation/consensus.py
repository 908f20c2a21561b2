"""What several answers about one sequence agree on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sgcross_core.model.factors import FACTORS, Factors


@dataclass(frozen=True)
class Consensus:
    """factors: what was agreed on; agreement: (14,) shares of votes that say just that, 0 where unknown."""

    factors: Factors
    agreement: tuple[float, ...]

    @property
    def score(self) -> float:
        """Mean agreement over the known factors; 0 when none is known."""
        pairs = zip(self.factors.row, self.agreement, strict=True)
        known = [share for value, share in pairs if value is not None]
        return sum(known) / len(known) if known else 0.0


def consensus(votes: Sequence[Factors]) -> Consensus:
    """The median of the ordinals (of an even number: the lower one), the majority of viewpoint and title.

    A tie for the majority goes to the answer that came first. A factor is unknown when fewer than half of the
    votes answer it. ValueError without a vote.
    """
    if not votes:
        raise ValueError("a consensus needs at least one vote; got none")
    agreed: list[int | None] = []
    shares: list[float] = []
    for factor, answers in zip(FACTORS, zip(*(vote.row for vote in votes), strict=True), strict=True):
        given = [answer for answer in answers if answer is not None]
        if not given or 2 * len(given) < len(votes):
            agreed.append(None)
            shares.append(0.0)
            continue
        agreed.append(_median(given) if factor.kind == "ordinal" else _majority(given))
        shares.append(given.count(agreed[-1]) / len(votes))
    return Consensus(Factors.of_row(agreed), tuple(shares))


def _median(answers: list[int]) -> int:
    return sorted(answers)[(len(answers) - 1) // 2]


def _majority(answers: list[int]) -> int:
    return Counter(answers).most_common(1)[0][0]
