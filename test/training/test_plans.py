from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from training.world.people import sample_person
from training.world.plans import (
    APART_M,
    EMPTY_S,
    MOST_IN_VIEW,
    Role,
    cast,
    crowd,
    enrol_plan,
    general_plan,
    probe_plan,
)
from training.world.walker import Walker


def roles(count, strangers=0):
    speeds = np.random.default_rng(count).uniform(1.0, 1.8, count + strangers)
    return [Role(i, 1, float(v), f"p{i}", i >= count) for i, v in enumerate(speeds)]


def nearest(plan):
    """The least distance between two people over the whole plan."""
    least = float("inf")
    for time in np.arange(0, plan.seconds, 0.1):
        there = [c for c in plan.crossings if c.start <= time < c.finish]
        places = np.array([c.path.at([(time - c.start) * c.role.speed])[0] for c in there])
        for i in range(len(places)):
            least = min([least, *np.hypot(*(places[:i] - places[i]).T)])
    return least


def durations(plan):
    return [end - begin for begin, end in (c.in_view for c in plan.crossings)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_enrolment_is_one_after_the_other(seed):
    plan = enrol_plan(roles(6), seed)
    spans = [c.in_view for c in plan.crossings]
    assert all(a[1] + 1 < b[0] for a, b in pairwise(spans))
    assert crowd(plan.crossings) == 1
    assert all(6.5 < d < 8 for d in durations(plan)) and 50 < plan.seconds <= 62
    assert min(c.start for c in plan.crossings) >= EMPTY_S
    assert [r.person for r in plan.roles] == list(range(6))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_recognition_mixes_people_who_keep_apart(seed):
    plan = probe_plan(roles(6, 2), seed)
    assert 2 <= crowd(plan.crossings) <= MOST_IN_VIEW
    assert nearest(plan) > APART_M - 0.1
    assert all(6 < d < 9.5 for d in durations(plan)) and 30 <= plan.seconds <= 42
    assert min(c.start for c in plan.crossings) >= EMPTY_S
    assert [r.person for r in plan.roles] == list(range(8))
    assert len({c.path.points[0, 1] > 0 for c in plan.crossings}) == 2  # from both sides


@pytest.mark.parametrize("people, seconds", [(1, 40), (4, 20), (7, 30)])
def test_a_general_plan_fills_its_time(people, seconds):
    plan = general_plan(roles(people), 5, seconds)
    assert plan.seconds == seconds
    assert crowd(plan.crossings) <= MOST_IN_VIEW and nearest(plan) > APART_M - 0.1
    assert max(c.finish for c in plan.crossings) > seconds - 12
    for role in plan.roles:
        mine = sorted((c.start, c.finish) for c in plan.crossings if c.role == role)
        assert all(a[1] <= b[0] for a, b in pairwise(mine))


@pytest.mark.parametrize("plan", [enrol_plan, probe_plan, lambda r, s: general_plan(r, s, 5)])
def test_nobody_comes(plan):
    empty = plan([], 1)
    assert empty.crossings == () and empty.roles == [] and 3 < empty.seconds <= 5


@pytest.mark.parametrize("plan", [enrol_plan, probe_plan, lambda r, s: general_plan(r, s, 20)])
def test_equal_seeds_are_equal_plans(plan):
    def starts(seed):
        return [(c.role.person, c.start, c.path.points.sum()) for c in plan(roles(4), seed).crossings]

    assert starts(1) == starts(1) != starts(2)


def test_the_crowd_counts_those_in_view_together():
    plan = enrol_plan(roles(2), 1)
    together = [*plan.crossings, *plan.crossings]
    assert (crowd([]), crowd(plan.crossings), crowd(together)) == (0, 1, 2)


@pytest.mark.parametrize("seconds", [0, -1, 1e9])
def test_a_broken_length(seconds):
    with pytest.raises(ValueError, match="seconds"):
        general_plan(roles(1), 1, seconds)


def test_a_cast_has_names_and_its_strangers_last():
    found = cast(2, 1, 20000, 5)
    assert [(r.name, r.person, r.stranger) for r in found] == [
        ("Ada", 20000, False), ("Ben", 20001, False), ("stranger 1", 20002, True)
    ]  # fmt: skip
    assert found[1].speed == Walker(sample_person(20001), 5).speed
    assert cast(0, 0, 20000, 5) == []


@pytest.mark.parametrize("people, strangers", [(-1, 0), (0, -1), (99, 2)])
def test_a_broken_cast(people, strangers):
    with pytest.raises(ValueError, match="0 to 100"):
        cast(people, strangers, 20000, 1)
