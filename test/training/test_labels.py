from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sgcross_core.model.factors import FACTORS, Factors, distinctiveness, to_array
from training.world.labels import TYPICAL, level, measures, one_of_three, viewpoint, walk_factors
from training.world.moods import Mood, sample_mood
from training.world.people import Body, sample_person
from training.world.walker import Walker

NAMES = [factor.name for factor in FACTORS]
WALKERS = 150


def walk(mood: Mood | None = None, body: Body | None = None, **style: float) -> Factors:
    """Labels of the average person, walking with nothing by chance, some values of the style changed."""
    person = (mood or Mood()).worn_by(sample_person(0, spread=0.0))
    person = dataclasses.replace(
        person, body=body or person.body, style=dataclasses.replace(person.style, **style)
    )
    walker = Walker(person, walk_seed=0)
    walker.person = person  # without the walk's own changes
    return walk_factors(walker, 0.0, mood)


@pytest.fixture(scope="module", params=TYPICAL)
def population(request) -> tuple[str, list[Walker]]:
    """A name of TYPICAL and people from there, each on one walk."""
    people = [sample_person(seed, population=request.param) for seed in range(1000, 1000 + WALKERS)]
    return request.param, [Walker(person, 0) for person in people]


@pytest.fixture
def labels(population) -> dict[str, np.ndarray]:
    """int8 (WALKERS,) by factor; the moods are only said to be there, so that all columns are filled."""
    rng = np.random.default_rng(1)
    moods, views = [sample_mood(rng, neutral=0.4) for _ in range(WALKERS)], rng.uniform(0, 360, WALKERS)
    walks = zip(population[1], views, moods, strict=True)
    found = to_array(walk_factors(walker, view, mood, population[0]) for walker, view, mood in walks)
    return dict(zip(NAMES, found.T, strict=True))


def test_the_typical_values_are_those_of_the_population(population):
    """Within what 150 people and rounding leave open."""
    name, walkers = population
    found = [measures(walker) for walker in walkers]
    for measure, (mean, sd) in TYPICAL[name].items():
        values = np.array([one[measure] for one in found])
        assert values.mean() == pytest.approx(mean, abs=0.25 * sd), measure
        assert values.std() == pytest.approx(sd, rel=0.2), measure


@pytest.mark.parametrize("name", NAMES)
def test_each_population_uses_every_level(labels, name):
    counts = np.bincount(labels[name], minlength=FACTORS[NAMES.index(name)].levels)
    rare = name == "summary"  # three traits at their strongest at once: fewer than one adult in 150
    assert (counts[:-1] if rare else counts).min() > 0
    assert counts.max() < 0.87 * WALKERS


def test_one_foot_angle_applies_and_one_ground_contact_or_a_shuffle(labels):
    angles = [labels[name] > 0 for name in ("toe_out", "without_toe_out_or_in", "toe_in")]
    assert (np.sum(angles, axis=0) == 1).all()
    contact = np.sum([labels[name] > 0 for name in ("tiptoe", "without_tiptoe_or_shuffle")], axis=0)
    assert set(contact) == {0, 1}  # 0: a shuffle, which has no column


def test_the_average_walk_has_nothing_to_note():
    plain = {"without_toe_out_or_in": 5, "without_tiptoe_or_shuffle": 5}
    assert vars(walk()) == dict.fromkeys(NAMES, 0) | plain | {"title": 1}


@pytest.mark.parametrize(
    ("name", "field", "values"),
    [
        ("humpback", "hunch", (-8, 22)),
        ("catwalk", "leg_adduction", (0, 8.5)),
        ("catwalk", "step_width", (0.1, -0.2)),
        ("catwalk", "pelvis_sway", (0, 3)),
        ("high_knee", "hip_swing", (0.6, 1.6)),
        ("high_knee", "knee_flexion", (0.6, 1.7)),
        ("high_knee", "knee_lift", (-6, 14)),
        ("toe_out", "toe_out", (0, 26)),
        ("toe_in", "toe_out", (16, -10)),
        ("tiptoe", "heel_lift", (-0.1, 0.2)),
    ],
)
def test_levels_rise_with_what_they_name(name, field, values):
    levels = [getattr(walk(**{field: v}), name) for v in np.linspace(*values, 25)]
    assert levels == sorted(levels)
    assert set(levels) == set(range(6))


def test_flat_feet_are_a_shuffle():
    shuffling = walk(heel_lift=-0.2)
    assert shuffling.tiptoe == shuffling.without_tiptoe_or_shuffle == 0


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", ["happy", "sad", "angry"])
def test_the_mood_is_labelled_and_its_posture_too(name, strength):
    factors = walk(Mood(name, strength))
    felt = {other: getattr(factors, other) for other in ("happy", "sad", "angry")}
    assert felt == dict.fromkeys(felt, 0) | {name: Mood(name, strength).level}
    assert (factors.humpback > 0) == (name == "sad" and strength > 0)
    assert factors.summary == distinctiveness(factors)


def test_an_unknown_population_is_refused(population):
    with pytest.raises(ValueError, match="population must be one of wide, adults; got 'children'"):
        walk_factors(population[1][0], 0.0, population="children")


@pytest.mark.parametrize(("gender", "title"), [(0.0, 0), (0.49, 0), (0.5, 1), (1.0, 1)])
def test_the_title_follows_the_body(gender, title):
    assert walk(body=Body(gender=gender)).title == title


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
    ("score", "levels"),
    [
        (0.0, (0, 5, 0)), (0.13, (0, 5, 0)), (0.15, (0, 4, 0)), (-0.69, (0, 1, 0)),
        (0.7, (0, 0, 1)), (-0.7, (1, 0, 0)), (0.89, (0, 0, 1)), (0.91, (0, 0, 2)),
        (-1.51, (5, 0, 0)), (99.0, (0, 0, 5)),
    ],
)  # fmt: skip
def test_exactly_one_of_three_applies(score, levels):
    assert one_of_three(score) == levels


@pytest.mark.parametrize(("score", "expected"), [(-9, 0), (0.29, 0), (0.3, 1), (1.49, 4), (1.5, 5), (9, 5)])
def test_a_level_counts_thresholds_reached(score, expected):
    assert level(score) == expected
