"""When a message may go: by the clock, and by the answers."""

from __future__ import annotations

import pytest

from sgcross_ros.pace import AnswerPace, WallPace

MS = 1_000_000


@pytest.mark.parametrize(
    "rate, bag_ms, due_s", [(1.0, 0, 10.0), (1.0, 500, 10.5), (2.0, 500, 10.25), (0.5, 500, 11.0)]
)
def test_the_wall_clock(rate: float, bag_ms: int, due_s: float) -> None:
    pace = WallPace(rate, 7_000 * MS, 10.0)
    assert pace.due_s((7_000 + bag_ms) * MS) == pytest.approx(due_s)
    assert pace.bag_time(due_s) == pytest.approx((7_000 + bag_ms) * MS, abs=10)


def sent(pace: AnswerPace, events: str) -> list[str]:
    """Tries to send at stamps (S, ms) and takes answers (A by one consumer, B by another); what may go."""
    may = []
    for event in events.split():
        stamp = int(event[1:]) * MS
        if event[0] == "S":
            may += [event] if pace.may_send(stamp) else []
        else:
            pace.answered(event[0], stamp)
    return may


@pytest.mark.parametrize(
    "events, may",
    [
        ("S0 S100 S200 S300", "S0 S100 S200"),
        ("S0 S100 S200 A0 S300", "S0 S100 S200"),
        ("S0 S100 S200 A100 S300", "S0 S100 S200 S300"),
        ("S0 A100 B0 S300", "S0"),  # the slowest consumer counts
        ("S0 A100 B100 S300", "S0 S300"),
        ("S5000 S5100 S5300", "S5000 S5100"),  # from wherever the stamps begin
        ("S5000 A5200 S5400", "S5000 S5400"),
    ],
)
def test_answers_set_the_pace(events: str, may: str) -> None:
    assert sent(AnswerPace(220 * MS), events) == may.split()


def test_a_stuck_consumer_is_given_up_once() -> None:
    pace = AnswerPace(220 * MS)
    assert sent(pace, "S0 A0 S300") == ["S0"]
    pace.give_up(300 * MS)
    assert sent(pace, "S300 S500 S600") == ["S300", "S500"]


def test_a_loop_starts_anew() -> None:
    pace = AnswerPace(220 * MS)
    sent(pace, "S9000 A9000")
    pace.restart()
    assert sent(pace, "S0 S100 S300") == ["S0", "S100"] and pace.reached() == 0
