from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from training.world.moods import MOODS, PLUS, TIMES, Mood, sample_mood
from training.world.people import GaitStyle, sample_person
from training.world.walker import Walker

USUAL = GaitStyle(hunch=2.0, arm_swing=0.8)
# What the sources in the module say, as signs of the change.
DIRECTIONS = {
    "happy": {"stride_hz": 1, "arm_swing": 1, "hip_swing": 1, "ankle_motion": 1, "hunch": -1},
    "sad": {"stride_hz": -1, "arm_swing": -1, "hip_swing": -1, "pelvis_sway": 1, "hunch": 1, "head_pitch": 1},
    "angry": {"stride_hz": 1, "hip_swing": 1, "elbow": 1, "trunk_lean": 1},
}


@pytest.mark.parametrize("name", DIRECTIONS)
def test_each_mood_changes_the_walk_in_the_direction_of_its_sources(name):
    changed = Mood(name, 1.0).style(USUAL)
    for field, sign in DIRECTIONS[name].items():
        assert np.sign(getattr(changed, field) - getattr(USUAL, field)) == sign, field


@pytest.mark.parametrize("name", MOODS)
def test_the_change_grows_evenly_with_the_strength(name):
    none, half, full = (dataclasses.astuple(Mood(name, s).style(USUAL)) for s in (0.0, 0.5, 1.0))
    assert none == dataclasses.astuple(USUAL)
    np.testing.assert_allclose(half, (np.array(none) + np.array(full)) / 2)
    assert (full != none) == (name != "neutral")


@pytest.mark.parametrize("name", MOODS)
def test_only_the_listed_values_change(name):
    full, listed = Mood(name, 1.0).style(USUAL), {*TIMES[name], *PLUS[name]}
    assert {k for k, v in vars(full).items() if v != getattr(USUAL, k)} == listed
    assert not set(TIMES[name]) & set(PLUS[name])


@pytest.mark.parametrize(
    ("strength", "level"), [(0.0, 0), (0.09, 0), (0.1, 1), (0.29, 1), (0.5, 3), (0.89, 4), (0.9, 5), (1.0, 5)]
)
def test_the_level_follows_the_strength(strength, level):
    assert Mood("sad", strength).level == level
    assert Mood("neutral", strength).level == 0


@pytest.mark.parametrize(
    ("values", "error"),
    [(("bored", 0.5), "name must be one of neutral, happy"), (("sad", 1.1), "strength must lie in"),
     (("sad", -0.1), "strength must lie in"), (("sad", float("nan")), "strength must be a float")],
)  # fmt: skip
def test_impossible_moods_are_refused(values, error):
    with pytest.raises(ValueError, match=error):
        Mood(*values)


def test_a_person_in_a_mood_keeps_body_and_colours():
    person = sample_person(4)
    sad = Mood("sad", 0.7).worn_by(person)
    assert sad == dataclasses.replace(person, style=Mood("sad", 0.7).style(person.style))
    assert Mood().worn_by(person) == person


def test_a_sad_walk_is_slow_and_a_happy_or_angry_one_fast():
    usual = sample_person(0, spread=0.0)
    speed = {name: Walker(Mood(name, 1.0).worn_by(usual), walk_seed=1).speed for name in MOODS}
    assert speed["sad"] < 0.85 * speed["neutral"]
    assert min(speed["happy"], speed["angry"]) > 1.05 * speed["neutral"]
    assert speed["sad"] > 0.5 and max(speed.values()) < 2.2


def test_drawn_moods_follow_the_stated_shares():
    rng = np.random.default_rng(2)
    drawn = [sample_mood(rng, neutral=0.4) for _ in range(3000)]
    share = {name: np.mean([mood.name == name for mood in drawn]) for name in MOODS}
    assert share == pytest.approx({"neutral": 0.4, "happy": 0.2, "sad": 0.2, "angry": 0.2}, abs=0.03)
    assert {mood.level for mood in drawn if mood.name != "neutral"} == {1, 2, 3, 4, 5}
    assert sample_mood(np.random.default_rng(9)) == sample_mood(np.random.default_rng(9))
