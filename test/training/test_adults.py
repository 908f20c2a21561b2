from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np
import pytest

from training.world import body
from training.world.adults import STATURE_M, WEAR, adult, anny_height, anny_weight, everyday
from training.world.people import Body, sample_person
from training.world.statistics import PUBLISHED, statistics, table
from training.world.traits import BARE


def people(count, **spreads):
    return [sample_person(seed, population="adults", **spreads) for seed in range(count)]


@pytest.mark.parametrize(
    "gender, age, stature", [(0, 2 / 3, 1.60), (0, 0.9, 1.90), (1, 0.7, 1.45), (0.5, 0.8, 1.70)]
)
def test_anny_height_gives_the_stature(gender, age, stature):
    shape = Body(gender=gender, age=age, height=anny_height(stature, gender, age))
    assert body.stature(shape) == pytest.approx(stature, abs=0.015)


def test_anny_height_is_right_for_the_population():
    """Its error, turned into metres, over a hundred people."""
    bodies = [one.body for one in people(100)]
    wanted = [anny_height(body.stature(b), b.gender, b.age, b.legs) - b.height for b in bodies]
    assert abs(np.mean(wanted)) * 1.08 < 0.005 and np.std(wanted) * 1.08 < 0.014


def test_anny_weight_is_right_for_the_population():
    bodies = [one.body for one in people(60)]
    off = [anny_weight(body.mass_index(b), b.gender, b.muscle) - b.weight for b in bodies]
    assert abs(np.mean(off)) < 0.02 and np.std(off) < 0.07


@pytest.mark.parametrize("mass_index, weight", [(10.0, 0.0), (22.0, 0.5), (60.0, 1.0)])
def test_anny_weight_ends_where_anny_does(mass_index, weight):
    assert anny_weight(mass_index, 0.5, 0.1) == pytest.approx(weight, abs=0.1)


def test_everyday_clothes():
    drawn = [one.wear for one in people(200)]
    for name, (least, most) in WEAR.items():
        values = np.array([getattr(wear, name) for wear in drawn])
        assert least <= values.min() and values.max() <= most and np.ptp(values) > 0.9 * (most - least)
    assert {one.wear for one in people(5, body_spread=0.0)} == {everyday(np.random.default_rng(0), 0.0)}
    assert sample_person(3).wear == BARE
    assert sample_person(3, population="adults").on_walk(7).wear == drawn[3]


def test_stature_is_that_of_the_mesh():
    """A mesh whose legs stand straight down is as tall, but for the bend that anny's knees have at rest."""
    vertices = body.posed(Body(), {"root": np.eye(3)[None]})[0]
    assert 0 < body.stature(Body()) - np.ptp(vertices[:, 2]) < 0.02


@lru_cache
def five_hundred():
    return {(row.measure, row.group): row for row in statistics(range(500))}


@pytest.mark.parametrize("key", PUBLISHED, ids=" of ".join)
def test_five_hundred_adults_are_like_the_published_ones(key):
    row = five_hundred()[key]
    most = 0.03 if row.measure == "step width" else 0.035 * row.published_mean
    assert row.mean == pytest.approx(row.published_mean, abs=most)
    # anny's heaviest women have a body mass index of 29
    near = 0.2 if row.measure == "body mass index" else 0.15
    assert row.published_sd is None or row.sd == pytest.approx(row.published_sd, rel=near)


def test_statistics_of_nobody():
    with pytest.raises(ValueError, match="statistics need at least one seed"):
        statistics([])


def test_a_group_without_members_has_no_row():
    groups = {row.group for row in statistics([0])}
    assert len(groups) == 2 and "all" in groups


def test_table():
    lines = table(statistics([0, 1, 2])).splitlines()
    assert lines[0].startswith("| measure") and all(line.count("|") == 6 for line in lines)
    assert table([]).count("\n") == 2


def test_frozen_gait_and_average_body():
    free, frozen, average = (people(5, **kw) for kw in ({}, {"gait_spread": 0.0}, {"body_spread": 0.0}))
    assert len({one.style for one in frozen}) == 1 and [p.body for p in frozen] == [p.body for p in free]
    assert len({one.body for one in average}) == 1 and [p.style for p in average] == [p.style for p in free]
    assert body.stature(average[0].body) == pytest.approx(sum(STATURE_M) / 2, abs=0.015)


def test_spread_is_linear():
    full, half, none = (adult(np.random.default_rng(5), s, s)[1] for s in (1.0, 0.5, 0.0))
    for field in dataclasses.fields(full):
        values = [getattr(style, field.name) for style in (full, half, none)]
        assert values[1] == pytest.approx((values[0] + values[2]) / 2)


def test_tall_people_make_long_slow_strides():
    everybody = people(300)
    height = [body.stature(one.body) for one in everybody]
    assert np.corrcoef(height, [one.style.stride_hz for one in everybody])[0, 1] < -0.3
