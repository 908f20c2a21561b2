from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sgcross_core.model.factors import FACTORS, Factors, distinctiveness, from_array, to_array

# As the README table of the paper's data names them.
PAPER = {
    "Viewpoint": 8, "title": 2, "humpback": 6, "catwalk": 6, "high-knee": 6, "toe-out": 6,
    "w/o toe-out or toe-in": 6, "toe-in": 6, "tiptoe": 6, "w/o tiptoe or shuffle": 6,
    "happy": 6, "sad": 6, "angry": 6, "summary": 6,
}  # fmt: skip
NAMES = [factor.name for factor in FACTORS]


def random_factors(count: int, seed: int = 0) -> list[Factors]:
    rng = np.random.default_rng(seed)
    rows = [[int(rng.integers(-1, f.levels)) for f in FACTORS] for _ in range(count)]
    return [Factors(*(None if value < 0 else value for value in row)) for row in rows]


def test_the_columns_are_the_papers():
    assert {factor.column: factor.levels for factor in FACTORS} == PAPER
    assert [factor.column for factor in FACTORS] == list(PAPER)
    assert [factor.kind for factor in FACTORS] == ["view", "binary"] + ["ordinal"] * 12
    assert [field.name for field in dataclasses.fields(Factors)] == NAMES


@pytest.mark.parametrize("factor", FACTORS, ids=NAMES)
def test_each_factor_takes_its_levels_and_no_others(factor):
    for value in (None, 0, factor.levels - 1, np.int8(1)):
        assert getattr(Factors(**{factor.name: value}), factor.name) == value
    for value in (-1, factor.levels, True, 1.0, "1", float("nan")):
        with pytest.raises(ValueError, match=rf"Factors\.{factor.name} must .*got {value!r}"):
            Factors(**{factor.name: value})


def test_nothing_is_known_by_default():
    assert Factors().row == (None,) * 14


def test_rows_and_arrays_come_back():
    walks = [Factors(), *random_factors(50)]
    assert [Factors.of_row(walk.row) for walk in walks] == walks
    array = to_array(walks)
    assert array.dtype == np.int8 and array.shape == (51, 14)
    assert (array[0] == -1).all()
    assert from_array(array) == walks
    assert to_array([]).shape == (0, 14) and from_array(to_array([])) == []


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(14, np.int8), np.zeros((2, 13), np.int8), np.zeros((2, 14)),
        np.full((1, 14), 6), np.full((1, 14), -2),
    ],
    ids=["one row", "13 columns", "floats", "too large", "too small"],
)  # fmt: skip
def test_wrong_arrays_are_refused(array):
    with pytest.raises(ValueError, match=r"factors must be|must lie in"):
        from_array(array)


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="14 values; got 3"):
        Factors.of_row([0, 0, 0])


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ({}, None),
        ({"humpback": 5, "sad": 5}, None),  # two are too few
        ({"humpback": 0, "sad": 0, "toe_out": 0}, 0),
        ({"humpback": 5, "sad": 0, "toe_out": 0}, 2),  # 5/3 to the nearest
        ({"humpback": 1, "sad": 0, "toe_out": 0}, 0),
        ({"humpback": 5, "sad": 4, "toe_out": 3, "happy": 0}, 4),
        ({"humpback": 5, "sad": 5, "toe_out": 5}, 5),
        ({"without_toe_out_or_in": 5, "without_tiptoe_or_shuffle": 5, "summary": 5, "title": 1}, None),
    ],
)
def test_the_summary_is_the_mean_of_the_three_strongest(levels, expected):
    assert distinctiveness(Factors(**levels)) == expected
