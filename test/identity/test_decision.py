from __future__ import annotations

import numpy as np
import pytest

from sgcross_core.identity.calibration import threshold
from sgcross_core.identity.decision import Rule, decide
from sgcross_core.identity.matching import Match

RULE = Rule(fpir=0.01, hold=0.5, least=0.5)
A, B = 0, 1


def matches(*tracks: list[float]) -> list[Match]:
    """Tracks with these deviates; the log ratios make the highest probable and a tie improbable."""
    found = []
    for deviates in tracks:
        values = np.array(deviates, float)
        found.append(
            Match(tuple("ABC"[: len(values)]), values, 3 * values - 3, (), np.zeros((len(values), 4)))
        )
    return found


def test_the_limit_shares_the_rate_among_the_enrolled() -> None:
    assert RULE.limit(1) == pytest.approx(threshold(0.01))
    assert RULE.limit(10) == pytest.approx(threshold(0.001))
    assert RULE.limit(0) == RULE.limit(1)


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        ([], []),
        ([[]], [None]),
        ([[], []], [None, None]),
        ([[4.0, 0.0]], [A]),
        ([[0.0, 4.0]], [B]),
        ([[2.0, 0.0]], [None]),  # below the limit for two people, 2.58
        ([[4.0, 4.0]], [None]),  # a tie: neither is more likely than not
        ([[4.0, 0.0], [0.0, 4.0]], [A, B]),
        ([[4.0, 0.0], [5.0, 0.0]], [None, A]),  # one person cannot be two tracks
        ([[5.0, 0.0], [5.0, 0.0]], [A, None]),
        ([[5.0, 3.2], [6.0, 0.0]], [None, A]),  # the runner-up is too improbable
    ],
)
def test_decisions(tracks: list[list[float]], expected: list[int | None]) -> None:
    assert decide(matches(*tracks), {}, RULE) == expected


@pytest.mark.parametrize(
    ("deviate", "held", "expected"),
    [
        (2.3, {}, None),
        (2.3, {0: "A"}, A),  # within the bonus
        (2.0, {0: "A"}, None),
        (2.3, {0: "B"}, None),
        (2.3, {1: "A"}, None),  # another track's name
        (2.3, {0: "gone"}, None),
    ],
)
def test_a_name_is_held_a_little_longer(deviate: float, held: dict[int, str], expected: int | None) -> None:
    assert decide(matches([deviate, -1.0]), held, RULE) == [expected]


def test_a_clearly_better_person_takes_over_a_held_name() -> None:
    assert decide(matches([3.0, 5.0]), {0: "A"}, RULE) == [B]
    assert decide(matches([3.0, 3.3]), {0: "A"}, RULE) == [A]
