from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sgcross_core.model.factors import FACTORS, distinctiveness, to_array
from training.world.labels import level, one_of_three, viewpoint, walk_factors
from training.world.moods import Mood, sample_mood
from training.world.people import GaitStyle, Person, sample_person

AVERAGE = sample_person(0, spread=0.0)
PEOPLE = 3000


def walker(**style: float) -> Person:
    return dataclasses.replace(AVERAGE, style=GaitStyle(**style))


@pytest.fixture(scope="module")
def population() -> np.ndarray:
    """int8 (PEOPLE, 14): as many people, each on one walk in some mood."""
    rng = np.random.default_rng(0)
    moods = [sample_mood(rng) for _ in range(PEOPLE)]
    walks = [mood.worn_by(sample_person(seed)).on_walk(0) for seed, mood in enumerate(moods)]
    views = rng.uniform(0, 360, PEOPLE)
    return to_array(walk_factors(*walk) for walk in zip(walks, views, moods, strict=True))


def test_the_average_walk_has_nothing_to_note():
    plain = {"without_toe_out_or_in": 5, "without_tiptoe_or_shuffle": 5}
    expected = {factor.name: 0 for factor in FACTORS} | plain | {"title": 1}
    assert vars(walk_factors(AVERAGE, 0.0)) == expected


@pytest.mark.parametrize("column", range(14))
def test_the_population_uses_every_level(population, column):
    share = np.bincount(population[:, column], minlength=FACTORS[column].levels) / PEOPLE
    assert share.min() > 0.01
    assert share.max() < 0.87  # two thirds of the people in no mood, and a third in this one of three moods


def test_one_foot_angle_applies_and_one_ground_contact_or_a_shuffle(population):
    named = dict(zip((factor.name for factor in FACTORS), population.T, strict=True))
    angles = [named[name] > 0 for name in ("toe_out", "without_toe_out_or_in", "toe_in")]
    assert (np.sum(angles, axis=0) == 1).all()
    contact = np.sum([named[name] > 0 for name in ("tiptoe", "without_tiptoe_or_shuffle")], axis=0)
    assert set(contact) == {0, 1}  # 0: a shuffle, which has no column


@pytest.mark.parametrize(
    ("name", "field", "values"),
    [
        ("humpback", "hunch", (-8, 22)),
        ("catwalk", "leg_adduction", (0, 8)),
        ("catwalk", "pelvis_sway", (0, 3)),
        ("high_knee", "hip_swing", (0.5, 1.6)),
        ("high_knee", "knee_flexion", (0.5, 1.8)),
        ("toe_out", "toe_out", (-10, 30)),
        ("toe_in", "toe_out", (30, -10)),
        ("tiptoe", "ankle_motion", (0.5, 2.0)),
    ],
)
def test_levels_rise_with_what_they_name(name, field, values):
    walks = [walk_factors(walker(**{field: v}), 0.0) for v in np.linspace(*values, 100)]
    levels = [getattr(factors, name) for factors in walks]
    assert levels == sorted(levels)
    assert set(levels) == set(range(6))


def test_less_motion_is_a_shuffle():
    shuffling = walk_factors(walker(ankle_motion=0.7, knee_flexion=0.8), 0.0)
    assert shuffling.tiptoe == shuffling.without_tiptoe_or_shuffle == 0


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", ["happy", "sad", "angry"])
def test_the_mood_is_labelled_and_its_posture_too(name, strength):
    mood = Mood(name, strength)
    factors = walk_factors(mood.worn_by(AVERAGE), 0.0, mood)
    felt = {other: getattr(factors, other) for other in ("happy", "sad", "angry")}
    assert felt == dict.fromkeys(felt, 0) | {name: mood.level}
    assert (factors.humpback > 0) == (name == "sad" and strength > 0)
    assert factors.summary == distinctiveness(factors)


@pytest.mark.parametrize(("gender", "title"), [(0.0, 0), (0.49, 0), (0.5, 1), (1.0, 1)])
def test_the_title_follows_the_body(gender, title):
    person = dataclasses.replace(AVERAGE, body=dataclasses.replace(AVERAGE.body, gender=gender))
    assert walk_factors(person, 0.0).title == title


@pytest.mark.parametrize(
    ("view", "sector"),
    [
        *((45.0 * k, k) for k in range(8)),
        (360.0, 0), (-45.0, 7), (22.4, 0), (22.6, 1), (337.4, 7), (337.6, 0), (720 + 200.0, 4),
        ([350.0, 355.0, 20.0], 0),  # the mean of what lies on both sides of 0 is no 242
        (np.linspace(70, 110, 16, dtype=np.float32), 2),
    ],
)  # fmt: skip
def test_views_fall_into_eight_sectors(view, sector):
    assert viewpoint(view) == sector


@pytest.mark.parametrize("view", [[], [0.0, 180.0], float("nan"), [10.0, np.inf]])
def test_views_without_a_direction_are_refused(view):
    with pytest.raises(ValueError, match="views must be finite"):
        viewpoint(view)


@pytest.mark.parametrize(
    ("measure", "levels"),
    [
        (0.0, (0, 5, 0)), (0.79, (0, 5, 0)), (0.81, (0, 4, 0)), (-3.9, (0, 1, 0)),
        (4.0, (0, 0, 1)), (-4.0, (1, 0, 0)), (5.4, (0, 0, 1)), (5.5, (0, 0, 2)),
        (-11.0, (5, 0, 0)), (99.0, (0, 0, 5)),
    ],
)  # fmt: skip
def test_exactly_one_of_three_applies(measure, levels):
    assert one_of_three(measure, band=4.0, step=1.5) == levels


@pytest.mark.parametrize(("measure", "expected"), [(-1.0, 0), (0.0, 1), (0.5, 1), (3.9, 4), (4.0, 5), (9, 5)])
def test_a_level_counts_thresholds_reached(measure, expected):
    assert level(measure, (0.0, 1.0, 2.0, 3.0, 4.0)) == expected
