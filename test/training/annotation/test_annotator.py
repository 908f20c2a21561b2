from __future__ import annotations

import numpy as np
import pytest

from sgcross_core.model.factor_files import SequenceKey
from sgcross_core.model.factors import FACTORS, Factors, to_array
from training.annotation import AnnotatorNoise, OrdinalNoise, annotate, annotate_all, confusion
from training.annotation.annotator import answers
from training.annotation.noise import ViewNoise

SEQUENCES = 6000
SILENT = AnnotatorNoise(
    ViewNoise(0, 0, 0), 0.0, *[OrdinalNoise(0, 0)] * 4, missing=0.0, repeated=0.0, votes=1
)  # never wrong


def key(number: int) -> SequenceKey:
    return SequenceKey(f"{number:05d}", "00-nm", "090")


def truths(count: int) -> list[Factors]:
    rng = np.random.default_rng(5)
    return [Factors(*(int(rng.integers(f.levels)) for f in FACTORS)) for _ in range(count)]


def votes(noise: AnnotatorNoise, walks: list[Factors]) -> np.ndarray:
    """int8 (votes, N, 14)."""
    given = [to_array(answers(key(n), truth, noise)) for n, truth in enumerate(walks)]
    return np.stack(given, axis=1)


@pytest.fixture(scope="module")
def measured():
    walks = truths(SEQUENCES)
    return to_array(walks), votes(AnnotatorNoise(missing=0.1, repeated=0.5), walks)


@pytest.mark.parametrize("vote", [0, 2])
@pytest.mark.parametrize("column", range(14))
def test_measured_confusion_is_that_of_the_settings(measured, column, vote):
    """Within five standard errors for every cell, and never an answer whose share is 0."""
    true, given = measured[0][:, column], measured[1][vote, :, column]
    for value, row in enumerate(confusion(FACTORS[column], AnnotatorNoise())):
        said = given[(true == value) & (given >= 0)]
        found = np.bincount(said, minlength=len(row)) / len(said)
        assert (np.abs(found - row) <= 5 * np.sqrt(row * (1 - row) / len(said))).all()


def test_measured_missing_and_repeated_answers(measured):
    given = measured[1]
    assert (given == -1).mean() == pytest.approx(0.1, abs=0.005)
    wrong = (given != measured[0]) & (given >= 0)
    both, one = (wrong[0] & wrong[1]).mean(), wrong[0].mean()
    assert both == pytest.approx(0.5 * one + 0.5 * one**2, abs=0.02)  # errors of the factors differ a little


def test_votes_help_only_as_far_as_they_are_independent():
    walks = truths(1500)

    def right(**settings: float) -> float:
        noise = AnnotatorNoise(votes=5, missing=0.0, **settings)
        found = [annotate(key(n), walk, noise).factors for n, walk in enumerate(walks)]
        return float((to_array(found) == to_array(walks)).mean())

    alone = float((votes(AnnotatorNoise(missing=0.0), walks)[0] == to_array(walks)).mean())
    assert right(repeated=1.0) == pytest.approx(alone, abs=0.01)
    assert right(repeated=0.0) > right(repeated=0.5) > alone + 0.02


def test_an_annotator_without_errors_tells_the_truth():
    for n, walk in enumerate([Factors(), Factors(title=1, sad=5), *truths(20)]):
        found = annotate(key(n), walk, SILENT)
        assert found.factors == walk
        assert found.score == (walk != Factors())


def test_unknown_stays_unknown():
    found = [answers(key(n), Factors(sad=3), AnnotatorNoise()) for n in range(30)]
    said = {vote.sad for votes_of_one in found for vote in votes_of_one}
    assert all(vote == Factors(sad=vote.sad) for votes_of_one in found for vote in votes_of_one)
    assert len(said) > 3


def test_labels_depend_on_seed_and_key_alone():
    table = {key(n): walk for n, walk in enumerate(truths(40))}
    forward = annotate_all(table)
    assert forward == annotate_all(dict(reversed(table.items())))
    assert forward != annotate_all(table, AnnotatorNoise(seed=1))
    same = Factors(3, 0, *[2] * 12)
    assert len({annotate(key(n), same) for n in range(20)}) > 10
    assert annotate(SequenceKey("1", "2"), same) != annotate(SequenceKey("12", ""), same)


def test_everything_missing_gives_no_label_and_no_score():
    found = annotate(key(0), truths(1)[0], AnnotatorNoise(missing=1.0))
    assert found.factors == Factors() and found.score == 0.0
