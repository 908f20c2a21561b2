from __future__ import annotations

import pytest

from sgcross_core.model.factors import FACTORS, Factors
from training.annotation import consensus

COLUMN = {factor.name: column for column, factor in enumerate(FACTORS)}


@pytest.mark.parametrize(
    ("name", "votes", "agreed", "agreement"),
    [
        ("humpback", [3], 3, 1.0),
        ("humpback", [0, 5, 4], 4, 1 / 3),
        ("humpback", [2, 2, 5], 2, 2 / 3),
        ("humpback", [1, 3], 1, 1 / 2),  # the lower of two
        ("humpback", [0, 1, 4, 5], 1, 1 / 4),
        ("humpback", [None, 2, 2], 2, 2 / 3),
        ("humpback", [None, None, 2], None, 0.0),
        ("humpback", [None, 4], 4, 1 / 2),  # half of the votes are enough
        ("humpback", [None, None], None, 0.0),
        ("viewpoint", [7, 0, 0], 0, 2 / 3),
        ("viewpoint", [7, 1, 0], 7, 1 / 3),  # a tie goes to the first
        ("viewpoint", [None, 6, 2, 2, 6], 6, 2 / 5),
        ("title", [1, 0, 1], 1, 2 / 3),
    ],
)
def test_median_majority_and_agreement(name, votes, agreed, agreement):
    result = consensus([Factors(**{name: vote}) for vote in votes])
    assert result.factors == Factors(**{name: agreed})
    assert result.agreement[COLUMN[name]] == pytest.approx(agreement)
    assert result.score == pytest.approx(agreement)


def test_the_score_is_the_mean_over_known_factors():
    votes = [Factors(viewpoint=1, sad=2, title=1), Factors(viewpoint=1, sad=4), Factors(viewpoint=1, sad=5)]
    result = consensus(votes)
    assert result.factors == Factors(viewpoint=1, sad=4)
    assert result.score == pytest.approx((1 + 1 / 3) / 2)


def test_without_votes_there_is_no_consensus():
    with pytest.raises(ValueError, match="at least one vote"):
        consensus([])
