from __future__ import annotations

import numpy as np
import pytest

from sgcross_core.model.factors import FACTORS
from sgcross_core.settings import flatten, with_values
from training.annotation import AnnotatorNoise, OrdinalNoise, confusion
from training.annotation.noise import ViewNoise

BY_NAME = {factor.name: factor for factor in FACTORS}


@pytest.mark.parametrize("factor", FACTORS, ids=list(BY_NAME))
def test_a_row_is_a_distribution_and_the_truth_is_the_likeliest(factor):
    matrix = confusion(factor, AnnotatorNoise())
    assert matrix.shape == (factor.levels, factor.levels)
    assert (matrix >= 0).all()
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    assert (matrix.argmax(axis=1) == np.arange(factor.levels)).all()


def test_ordinals_are_mostly_off_by_one():
    matrix = OrdinalNoise(0.3, 0.06).matrix()
    np.testing.assert_allclose(np.diag(matrix), 0.64)
    np.testing.assert_allclose(matrix[0], [0.64, 0.3, 0.015, 0.015, 0.015, 0.015])
    np.testing.assert_allclose(matrix[3], [0.02, 0.02, 0.15, 0.64, 0.15, 0.02])


def test_views_are_confused_with_neighbours_mirror_and_opposite():
    matrix = ViewNoise(neighbour=0.2, mirrored=0.1, opposite=0.05).matrix()
    expected = {
        0: {0: 0.75, 1: 0.1, 7: 0.1, 4: 0.05},  # the front has no mirrored view
        1: {1: 0.65, 0: 0.1, 2: 0.1, 7: 0.1, 5: 0.05},
        2: {2: 0.65, 1: 0.1, 3: 0.1, 6: 0.15},  # mirrored and opposite are the same
        4: {4: 0.75, 3: 0.1, 5: 0.1, 0: 0.05},
    }
    for true, shares in expected.items():
        np.testing.assert_allclose(matrix[true], [shares.get(said, 0.0) for said in range(8)], atol=1e-12)


def test_each_kind_of_factor_has_its_own_noise():
    scales = (OrdinalNoise(share, 0) for share in (0.1, 0.2, 0.3, 0.4))
    noise = AnnotatorNoise(**dict(zip(("posture", "feet", "mood", "summary"), scales, strict=True)))
    wrong = {name: round(1 - confusion(factor, noise)[1, 1], 9) for name, factor in BY_NAME.items()}
    assert {name for name in wrong if wrong[name] == 0.1} == {"humpback", "catwalk", "high_knee"}
    assert sum(share == 0.2 for share in wrong.values()) == 5
    assert {name for name in wrong if wrong[name] == 0.3} == {"happy", "sad", "angry"}
    assert wrong["summary"] == 0.4


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: OrdinalNoise(0.8, 0.3), r"one_off \+ far_off must be at most 1; got 1.1"),
        (lambda: ViewNoise(0.5, 0.4, 0.2), r"neighbour \+ mirrored \+ opposite must be at most 1"),
        (lambda: OrdinalNoise(-0.1), "one_off must lie in"),
        (lambda: AnnotatorNoise(votes=0), "votes must lie in"),
        (lambda: AnnotatorNoise(missing=1.5), "missing must lie in"),
        (lambda: with_values(AnnotatorNoise(), {"mood.far_off": 0.9}), "must be at most 1"),
    ],
)
def test_impossible_settings_are_refused(make, error):
    with pytest.raises(ValueError, match=error):
        make()


def test_settings_can_be_flattened_for_a_command_line():
    names = [name for name, _, _ in flatten(AnnotatorNoise())]
    assert "feet.one_off" in names and "view.mirrored" in names and "votes" in names
