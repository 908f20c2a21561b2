from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from sgcross_core.identity.calibration import PAIRS
from training.evaluation.command import open_sets
from training.evaluation.embed import Embedded
from training.evaluation.open_set import CURVE, Outcomes, fnir, nearest_each, open_set, outcomes
from training.evaluation.report import Evaluation
from training.evaluation.sustech1k import sustech1k

METRICS = ("cosine", "euclidean")


def brute_fnir(found: Outcomes, fpir: float) -> float:
    """Every limit tried, by loops: the lowest share of misses of those where few enough strangers pass."""
    best = 1.0
    for limit in [0.0, *found.distance.tolist(), np.inf]:
        passed = [
            d < limit for d, enrolled in zip(found.distance, found.enrolled, strict=True) if not enrolled
        ]
        if np.mean(passed) <= fpir + 1e-12:
            rows = zip(found.distance, found.right, found.enrolled, strict=True)
            missed = [not (right and d < limit) for d, right, enrolled in rows if enrolled]
            best = min(best, float(np.mean(missed)))
    return best


@pytest.mark.parametrize("seed", range(60))
def test_equals_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    identities, probes = int(rng.integers(4, 9)), int(rng.integers(4, 40))
    nearest = rng.integers(0, 8, (probes, identities)) / 4  # full of ties
    who = rng.integers(0, identities, probes)
    nearest[np.arange(probes), who] -= 0.5 * (rng.random(probes) < 0.7)
    found = outcomes(nearest, who, 3, seed)
    for fpir in (0.0, 0.01, 0.1, 0.34, 1.0):
        if found.enrolled.all() or not found.enrolled.any():
            assert np.isnan(fnir(found, fpir))
        else:
            assert fnir(found, fpir) == pytest.approx(brute_fnir(found, fpir), abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("other_views", [True, False])
def test_nearest_of_each_identity(metric: str, other_views: bool) -> None:
    rng = np.random.default_rng(0)
    probes, gallery = (rng.normal(size=(n, 2, 3)).astype(np.float32) for n in (5, 9))
    views = [np.array(["000", "090", "180"])[rng.integers(0, 3, n)] for n in (5, 9)]
    who = np.array([2, 0, 1, 2, 3, 0, 3, 3, 1])
    found = nearest_each(probes, views[0] if other_views else None, gallery, views[1], who, metric)
    for p in range(5):
        for identity in range(4):
            own = [
                distance(metric, probes[p], gallery[g])
                for g in np.flatnonzero(who == identity)
                if not other_views or views[0][p] != views[1][g]
            ]
            assert found[p, identity] == pytest.approx(min(own, default=np.inf), abs=1e-5)


def distance(metric: str, a: np.ndarray, b: np.ndarray) -> float:
    if metric == "euclidean":
        return float(np.mean(np.linalg.norm(a - b, axis=1)))
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(1 - np.mean((a * b).sum(axis=1) / lengths))


def test_a_perfect_network_misses_nobody_and_a_blind_one_everybody() -> None:
    who = np.repeat(np.arange(10), 3)
    perfect = np.where(np.arange(10) == who[:, None], 0.0, 1.0)
    for rate in open_set(perfect, who).rates:
        assert (rate.fnir, rate.low, rate.high) == (0, 0, 0)
    blind = open_set(np.ones((30, 10)), who)
    assert [rate.fnir for rate in blind.rates] == [1, 1] and blind.curve[-1] == 1
    assert blind.people == 10 and blind.least == 3 / 5  # none in five says little


def test_the_interval_goes_by_person_not_by_probe() -> None:
    """Ten probes of one person say as much as one: the interval does not shrink with copies."""
    rng = np.random.default_rng(1)
    nearest, who = rng.random((12, 12)), np.arange(12)
    nearest[who, who] -= 0.5
    one = open_set(nearest, who).rates[0]
    many = open_set(np.repeat(nearest, 10, 0), np.repeat(who, 10)).rates[0]
    assert many.high - many.low > 0.5 * (one.high - one.low) > 0
    assert one.low <= one.fnir <= one.high


def test_more_false_alarms_miss_fewer() -> None:
    rng = np.random.default_rng(2)
    nearest, who = rng.random((80, 20)), np.repeat(np.arange(20), 4)
    nearest[np.arange(80), who] -= 0.3
    curve = open_set(nearest, who).curve
    assert len(curve) == len(CURVE) and curve == sorted(curve, reverse=True)


def test_too_few_people() -> None:
    with pytest.raises(ValueError, match="at least four identities; got 3"):
        open_set(np.ones((3, 3)), np.arange(3))


def test_a_report_tells_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    who, kinds = np.arange(8).repeat(8), np.tile(np.repeat(["00-nm", "01-nm"], 4), 8)
    views = np.tile(["000", "045", "090", "135"], 16)
    parts = np.eye(8, dtype=np.float32)[who][:, None] + rng.normal(0, 0.3, (64, 2, 8)).astype(np.float32)
    names = np.array([f"{identity:04d}" for identity in who])
    embedded = Embedded({"camera": parts, "lidar": parts[::-1][::-1]}, names, kinds, views)
    evaluation = Evaluation({}, sustech1k(embedded, "cosine"), open_sets(embedded, None, "cosine"))
    evaluation.write(tmp_path / "report.md")
    text, found = (tmp_path / "report.md").read_text(), json.loads((tmp_path / "report.json").read_text())
    assert "at FPIR 1 %" in text and "No FPIR below 75 % can be told" in text
    assert [(o["probe"], o["gallery"]) for o in found["open_set"]] == list(PAIRS)
    overall = found["pairings"][0]["conditions"]["overall"]
    assert overall["cmc"][:5] == [overall["mean"][f"rank{k}"] for k in range(1, 6)]
    assert all(
        cv2.imread(str(tmp_path / f"report{end}")) is not None for end in (".png", ".cmc.png", ".det.png")
    )
    few = names < "0003"
    part = Embedded({m: p[few] for m, p in embedded.of.items()}, names[few], kinds[few], views[few])
    assert open_sets(part, None, "cosine") == []
