from __future__ import annotations

import json

import numpy as np
import pytest

from sgcross_core.identity.calibration import (
    PAIRS,
    Calibration,
    PairCalibration,
    false_match_rate,
    threshold,
)
from sgcross_core.identity.matching import normalised

NAN = float("nan")
STANDARD = Calibration.standard()


def unit(rows: int, seed: int, size: int = 32) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((rows, size))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def table(**changes: object) -> PairCalibration:
    values = {
        "scores": np.array([0.0, 1.0, 3.0]),
        "fmr": np.array([0.5, 0.1, 0.001]),
        "slope": 1.0,
        "offset": -1.0,
        "strength": 2.0,
    }
    return PairCalibration(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("score", "fmr"), [(0.0, 0.5), (1.0, 0.1), (3.0, 0.001)])
def test_a_score_of_the_table_has_its_rate(score: float, fmr: float) -> None:
    assert false_match_rate(float(table().deviate(np.array(score)))) == pytest.approx(fmr)


def test_deviates_rise_beyond_the_table_at_both_ends() -> None:
    found = table().deviate(np.linspace(-5, 9, 50))
    assert (np.diff(found) > 0).all() and np.isfinite(found).all()


@pytest.mark.parametrize("fmr", [0.5, 0.01, 1e-5])
def test_threshold_and_rate_are_inverse(fmr: float) -> None:
    assert false_match_rate(threshold(fmr)) == pytest.approx(fmr)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scores": np.array([0.0])}, "must be"),
        ({"scores": np.array([0.0, 0.0, 1.0])}, "scores must rise"),
        ({"fmr": np.array([0.1, 0.5, 0.01])}, "fmr must fall"),
        ({"fmr": np.array([0.5, 0.1, 0.0])}, "0 < fmr < 1"),
        ({"slope": 0.0}, "slope"),
        ({"strength": -1.0}, "strength"),
        ({"slope": NAN}, "slope"),
    ],
)
def test_tables_that_make_no_sense_are_refused(changes: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        table(**changes)


def test_a_probe_that_resembles_everybody_gains_nothing() -> None:
    everyone = np.full(32, 0.15, np.float32)
    cohort = {m: normalised(unit(200, i) + everyone) for i, m in enumerate(("camera", "lidar"))}
    probes, templates = normalised(unit(30, 2) + everyone), normalised(unit(300, 3) + everyone)
    probes[0] = normalised(probes[:1] + 4 * everyone)[0]
    plain = probes @ templates.T
    found = Calibration.standard(cohort).normalise(("camera", "lidar"), probes, templates)
    assert found.shape == (30, 300)
    alarms = [float((s[0] > np.quantile(s[1:], 0.98)).mean()) for s in (plain, found)]
    assert alarms[1] < alarms[0] / 3


def test_without_a_cohort_scores_are_cosines() -> None:
    probes, templates = unit(3, 0), unit(4, 1)
    found = STANDARD.normalise(PAIRS[0], probes, templates)
    np.testing.assert_allclose(found, probes @ templates.T, atol=1e-6)


@pytest.mark.parametrize(
    ("deviates", "joined"),
    [
        ([3, NAN, NAN, NAN], 3.0),
        ([NAN, NAN, NAN, -1], -1.0),
        ([2, 2, NAN, NAN], 2 * 2 / np.sqrt(3)),  # correlation 0.5
        ([2, -2, NAN, NAN], 0.0),
        ([NAN] * 4, NAN),
    ],
)
def test_joining_pairs(deviates: list[float], joined: float) -> None:
    assert float(STANDARD.join(np.array(deviates))) == pytest.approx(joined, nan_ok=True)


def test_joined_strangers_are_standard_normal_again() -> None:
    rng = np.random.default_rng(0)
    strangers = rng.multivariate_normal(np.zeros(4), STANDARD.correlation, 20_000)
    joined = STANDARD.join(strangers)
    assert joined.mean() == pytest.approx(0, abs=0.03) and joined.std() == pytest.approx(1, abs=0.03)


def test_the_log_ratio_is_a_mean_over_the_pairs_there_are() -> None:
    assert float(STANDARD.log_ratio(np.array([3, NAN, NAN, 5.0]))) == pytest.approx(2 * 4 - 4)
    assert np.isnan(STANDARD.log_ratio(np.full(4, NAN)))


@pytest.mark.parametrize(
    ("deviates", "pair"),
    [([1, 2, NAN, 0], PAIRS[1]), ([NAN, NAN, NAN, -3], PAIRS[3]), ([2, 2, 2, 2], PAIRS[0])],
)
def test_the_leading_pair(deviates: list[float], pair: tuple[str, str]) -> None:
    assert STANDARD.leading(np.array(deviates)) == pair


def test_json_keeps_everything() -> None:
    pairs = {pair: table(offset=-float(i)) for i, pair in enumerate(PAIRS)}
    there = Calibration(pairs, np.eye(4), {})
    back = Calibration.from_json(json.loads(json.dumps(there.to_json())), {})
    for pair in PAIRS:
        np.testing.assert_array_equal(back.pairs[pair].scores, pairs[pair].scores)
        assert back.pairs[pair].offset == pairs[pair].offset
    np.testing.assert_array_equal(back.correlation, np.eye(4))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.pop("pairs"),
        lambda content: content.pop("correlation"),
        lambda content: content["pairs"].pop("camera-lidar"),
        lambda content: content["pairs"]["camera-lidar"].pop("slope"),
        lambda content: content.update(correlation=[[1]]),
        lambda content: content["pairs"].update({"camera-lidar": None}),
        lambda content: content["pairs"].update({"camera": content["pairs"]["camera-lidar"]}),
    ],
)
def test_json_that_is_not_whole_is_refused(spoil: object) -> None:
    content = STANDARD.to_json()
    spoil(content)  # type: ignore[operator]
    with pytest.raises(ValueError):
        Calibration.from_json(content, {})
