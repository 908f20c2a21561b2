"""When the operator enrols whom, and how the player's clock is read."""

from __future__ import annotations

import pytest

from sgcross_ros.demo.clock import PlayedClock
from sgcross_ros.demo.operator import ENOUGH_FRAMES, Operator
from sgcross_ros.demo.records import Answer, Moment, Seen
from sgcross_ros.demo.truth import Box, Person, Truth

STEP = 100_000_000


def operator(stranger: bool = False) -> Operator:
    """Ada stands 5 m ahead for 200 sweeps."""
    boxes = (Box(1, 5.0, 0.0, 100, 100),)
    people = {1: Person(1, "Ada", stranger)}
    return Operator(Truth(people, tuple(i * STEP for i in range(200)), (boxes,) * 200), "lidar")


def watched(
    frames: int, state: str = "unknown", places: tuple[float, ...] = (5.0,), **more: bool
) -> Operator:
    """Track 3 was seen at the places in turn and has so many frames at the end."""
    made = operator(**more)
    for i in range(frames):
        made.watch(Moment(i * STEP, (Seen(3, places[i % len(places)], 0.0),)))
    made.hear(Answer((frames - 1) * STEP, 3, state, frames=frames))
    return made


LAST = (ENOUGH_FRAMES - 1) * STEP
CHOICES = [
    ("enough frames", watched(ENOUGH_FRAMES), LAST, (3, "Ada")),
    ("not enough yet", watched(40), 39 * STEP, None),
    ("not enough but gone", watched(40), 44 * STEP, (3, "Ada")),
    ("gone too soon", watched(10, "pending"), 20 * STEP, None),
    ("nobody there", operator(), 0, None),
    ("a stranger", watched(ENOUGH_FRAMES, stranger=True), LAST, None),
    ("a wall", watched(ENOUGH_FRAMES, places=(9.0,)), LAST, None),
    ("not sure who it is", watched(ENOUGH_FRAMES, places=(5.0, 5.0, 9.0)), LAST, None),
]


@pytest.mark.parametrize("who, now, expected", [c[1:] for c in CHOICES], ids=[c[0] for c in CHOICES])
def test_the_operator_enrols_when_there_is_enough(who: Operator, now: int, expected: tuple | None) -> None:
    assert who.choose(now) == expected


def test_everybody_is_enrolled_once() -> None:
    one = watched(ENOUGH_FRAMES)
    assert one.missing() == ["Ada"]
    one.accepted(*(one.choose(LAST) or ()), "enrolled Ada")
    assert one.choose(LAST + 20 * STEP) is None and one.missing() == []
    assert (one.done[0].name, one.done[0].track, one.done[0].frames) == ("Ada", 3, ENOUGH_FRAMES)


def test_a_refusal_is_kept_and_asked_again_a_second_later() -> None:
    one = watched(ENOUGH_FRAMES)
    assert one.choose(LAST) and one.choose(LAST + 9 * STEP) is None
    one.rejected("Ada", "too few frames")
    assert one.refused == {"Ada": "too few frames"} and one.choose(LAST + 10 * STEP) == (3, "Ada")
    one.accepted(3, "Ada", "enrolled Ada")
    assert one.refused == {}


AGES = [
    (1.0, [(0, 10.0), (STEP, 10.1)], 0, 10.15, 150.0),
    (1.0, [(0, 10.0), (STEP, 10.13)], STEP, 10.2, 100.0),
    (2.0, [(0, 10.0), (STEP, 10.05)], STEP, 10.1, 50.0),
    (1.0, [(9 * STEP, 3.0), (0, 10.0)], 0, 10.01, 10.0),
    (1.0, [], 0, 10.0, None),
]


@pytest.mark.parametrize("rate, ticks, stamp, wall, age", AGES)
def test_the_age_of_a_stamp(rate: float, ticks: list, stamp: int, wall: float, age: float | None) -> None:
    clock = PlayedClock(rate)
    for tick in ticks:
        clock.tick(*tick)
    assert clock.age_ms(stamp, wall) == (None if age is None else pytest.approx(age))


def test_old_ticks_are_forgotten_so_that_a_pause_heals() -> None:
    clock = PlayedClock(1.0)
    clock.tick(0, 10.0)
    clock.tick(25 * STEP, 13.0)
    assert clock.age_ms(25 * STEP, 13.0) == pytest.approx(0.0)


@pytest.mark.parametrize("rate", [0.0, -1.0])
def test_a_bag_played_without_a_rate_has_no_latency(rate: float) -> None:
    with pytest.raises(ValueError, match="rate must be above 0"):
        PlayedClock(rate)
