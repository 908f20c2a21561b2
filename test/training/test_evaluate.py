from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sgcross_core.identity.calibration import MODALITIES, PAIRS, Calibration
from sgcross_core.model import load, save
from sgcross_core.model.factors import FACTORS, UNKNOWN
from sgcross_core.runtime import TorchEngine
from training.calibrate import cohort_of
from training.command import evaluate as command
from training.command import train
from training.dataset import LABELS, Clips
from training.embed import ClipEmbeddings, embed_clips
from training.evaluate import evaluate, rank1, split
from training.open_set import SENSORS, Design, _judged, _Outcomes, open_set


def perfect(people: int = 30, views: int = 3, noise: float = 0.0) -> ClipEmbeddings:
    """Every person has an axis of its own, both sensors see it, with some noise."""
    person, walk, view = (
        a.ravel() for a in np.meshgrid(range(people), range(2), range(views), indexing="ij")
    )
    rng = np.random.default_rng(0)
    of = {}
    for modality in MODALITIES:
        rows = np.eye(people)[person] + noise * rng.standard_normal((len(person), people))
        of[modality] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return ClipEmbeddings(of, person, walk, 60.0 * view + 20)


@pytest.mark.parametrize(("probe", "gallery"), PAIRS)
def test_rank1_of_a_perfect_network(probe: str, gallery: str) -> None:
    found = rank1(perfect(), probe, gallery)
    assert found.same_view == found.other_view == 1.0


def test_rank1_of_chance() -> None:
    found = rank1(perfect(60, noise=1e6), "camera", "lidar")
    assert found.same_view < 0.1 and found.other_view < 0.1


def test_rank1_tells_views_apart() -> None:
    clips = perfect(10, views=2)
    turned = clips.of["camera"].copy()
    turned[clips.view > 60] = np.roll(
        turned[clips.view > 60], 1, axis=1
    )  # that view shows everyone as the next
    found = rank1(
        ClipEmbeddings({"camera": turned}, clips.person, clips.walk, clips.view), "camera", "camera"
    )
    assert (found.same_view, found.other_view) == (1.0, 0.0)


def test_rank1_with_one_view_has_no_other(clips_of: Callable[..., Clips]) -> None:
    found = rank1(perfect(views=1), "camera", "camera")
    assert found.same_view == 1.0 and np.isnan(found.other_view)


def test_groups_share_nobody() -> None:
    parts = split(perfect(11))
    people = [set(part.people()) for part in parts]
    assert set.union(*people) == set(range(11)) and sum(map(len, people)) == 11 and all(people)


def brute(best: np.ndarray, right: np.ndarray, enrolled: np.ndarray, limit: float) -> tuple[float, float]:
    missed = [not (r and b > limit) for b, r, e in zip(best, right, enrolled, strict=True) if e]
    alarmed = [b > limit for b, e in zip(best, enrolled, strict=True) if not e]
    return sum(missed) / len(missed), sum(alarmed) / len(alarmed)


@pytest.mark.parametrize("seed", range(20))
def test_rates_equal_counting(seed: int) -> None:
    rng = np.random.default_rng(seed)
    best, enrolled = np.round(rng.normal(1, 1, 60), 1), rng.random(60) < 0.5
    right = enrolled & (rng.random(60) < 0.8)
    found = _judged(_Outcomes(best, right, enrolled, np.full(60, 1.5)), 0.1)
    assert (found.fnir, found.fpir) == pytest.approx(brute(best, right, enrolled, 1.5))
    exact = np.quantile((best - 1.5)[~enrolled], 0.9) + 1.5
    assert found.at_limit == pytest.approx(brute(best, right, enrolled, exact)[0])


def test_open_set_of_a_perfect_network_and_of_noise() -> None:
    cohort = cohort_of(perfect(noise=1e6))  # others, in random directions
    clean = open_set(perfect(noise=0.05), Calibration.standard(cohort), Design(trials=20))
    assert set(clean) == set(SENSORS)
    assert all(rates.fnir == rates.wrong == rates.at_limit == 0 for rates in clean.values())
    noise = open_set(perfect(noise=1e6), Calibration.standard(cohort), Design(trials=20))
    assert all(rates.at_limit > 0.8 for rates in noise.values())


def test_all_figures_are_plain_numbers() -> None:
    others = cohort_of(perfect(36, noise=1e6))
    clips = perfect(36, noise=0.3)
    unknown = np.full((len(clips.person), len(FACTORS)), UNKNOWN)
    found = json.loads(json.dumps(evaluate(clips, others, unknown)))
    assert found["wording"] == {}  # without attribute heads
    assert found["people"] == 36 and found["test_people"] == 18
    assert set(found["open_set"]) == set(SENSORS) and len(found["rank1"]) == 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, clips_of: Callable[..., Clips]) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name, people in (("train", 5), ("val", 33)):
        (folder / name).mkdir()
        clips = clips_of(people, 2, 2, 2)
        for label in ("tiles", *LABELS):
            np.save(folder / name / f"{label}.npy", getattr(clips, label))
    (folder / "recipe.yaml").write_text("iterations: 3\npeople: 4\nframes: 2\n")
    return folder


def test_from_clips_to_a_weight_file_to_a_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "out"
    words = [str(folder / "recipe.yaml"), "--data", str(folder), "--out", str(out)]
    assert train(words) == 0
    engine = TorchEngine(out / "recipe.safetensors")
    assert engine.calibration.cohort["camera"].shape == (5, 512) and "sgcross train" in engine.command
    assert train(words) == 2  # nothing is overwritten
    assert "add --resume" in capsys.readouterr().err
    assert train([*words, "--resume"]) == 0
    assert TorchEngine(out / "recipe.safetensors").model_hash == engine.model_hash
    capsys.readouterr()
    report = folder / "deep" / "tiny.md"
    assert command([str(out / "recipe.safetensors"), "--data", str(folder), "--report", str(report)]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"clean", "disturbed"}
    assert "| lidar -> camera |" in report.read_text() and engine.model_hash in report.read_text()


def test_calibrating_anew_keeps_the_network(folder: Path, tmp_path: Path) -> None:
    net, path = load().net, tmp_path / "bare.safetensors"
    model_hash = save(path, net)
    assert command([str(path), "--data", str(folder), "--calibrate"]) == 0
    assert TorchEngine(path).model_hash == model_hash


def test_what_is_missing_is_said(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command([str(tmp_path / "none.safetensors"), "--data", str(folder)]) == 2
    assert "no weight file" in capsys.readouterr().err
    assert train([str(folder / "recipe.yaml"), "--data", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "sgcross world clips" in capsys.readouterr().err


def test_clips_are_embedded_as_the_engine_does(clips_of: Callable[..., Clips]) -> None:
    clips, model, engine = clips_of(2, 1, 1, 4), load(), TorchEngine()
    found = embed_clips(model.net, clips, None)
    for modality in MODALITIES:
        pooled = engine.features(modality, np.asarray(clips.tiles[1])).max(axis=0)
        np.testing.assert_allclose(found.of[modality][1], engine.embed(modality, pooled[None])[0], atol=1e-4)
