"""Two topics put together by stamp."""

from __future__ import annotations

import pytest

from sgcross_ros.stamp_match import MOST_WAITING, StampMatch

SECOND = 10**9


@pytest.mark.parametrize(
    "events, pairs, unmatched",
    [
        ("", [], 0),
        ("L1 R1", [1], 0),
        ("R1 L1", [1], 0),
        ("L1 L2 R1 R2", [1, 2], 0),
        ("L1 L2 R2 R1", [2], 1),  # what is older than a pair is given up; R1 waits in vain
        ("L1 R2 L2", [2], 1),
        ("L5 L1 R1 R5", [1, 5], 0),
    ],
)
def test_pairs(events: str, pairs: list[int], unmatched: int) -> None:
    match: StampMatch[str, str] = StampMatch()
    found = []
    for event in events.split():
        take = match.left if event[0] == "L" else match.right
        if (pair := take(int(event[1:]), event)) is not None:
            assert pair[0][0] == "L" and pair[1][0] == "R"
            found.append(int(pair[0][1:]))
    assert found == pairs and match.unmatched == unmatched


def test_a_partner_that_never_comes_fills_no_memory() -> None:
    match: StampMatch[int, int] = StampMatch()
    for stamp in range(1000):
        match.left(stamp, stamp)
    assert match.unmatched == 1000 - MOST_WAITING and match.right(999, 0) == (999, 0)


def test_a_jump_back_forgets_the_future() -> None:
    match: StampMatch[str, str] = StampMatch()
    match.left(100 * SECOND, "old")
    assert match.left(5 * SECOND, "new") is None and match.unmatched == 1
    assert match.right(5 * SECOND, "crop") == ("new", "crop")
