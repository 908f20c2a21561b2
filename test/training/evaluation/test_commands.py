"""A researcher's three commands, on files in the layout of the real data sets."""

from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.command import evaluate, train
from training.data.command import main as data
from training.data.store import Store
from training.evaluation.embed import Embedded, embed_store
from training.networks import load_any
from training.world.dataset import write_dataset
from training.world.dataset_settings import PRESETS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("researcher")
    write_dataset(folder / "tiny", PRESETS["tiny"])
    (folder / "recipe.yaml").write_text("iterations: 2\npeople: 2\nframes: 2\n")
    store, out = str(folder / "tiny.store"), str(folder / "out")
    assert data(["pack", str(folder / "tiny"), store, "--jobs", "1"]) == 0
    assert train([str(folder / "recipe.yaml"), "--data", store, "--out", out]) == 0
    return folder


def run(folder: Path, *words: str) -> int:
    weights, store = folder / "out" / "recipe.safetensors", folder / "tiny.store"
    return evaluate([str(weights), "--store", str(store), *words])


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_sustech1k(folder: Path, metric: str) -> None:
    report = folder / metric / "report.md"
    assert run(folder, "--metric", metric, "--report", str(report)) == 0
    text, found = report.read_text(), json.loads(report.with_suffix(".json").read_text())
    assert "| camera -> lidar | LiDAR-to-Camera |" in text and "sgcross train" in text
    assert cv2.imread(str(report.with_suffix(".png"))) is not None
    assert found["about"]["identities"] == 2 and len(found["pairings"]) == 4
    overall = found["pairings"][1]["conditions"]["overall"]
    assert (overall["probes"], overall["lost"], overall["views"]) == (8, 0, ["000", "090"])
    matrix = overall["matrices"]["rank1"]
    assert math.isclose(overall["mean"]["rank1"], (matrix[0][1] + matrix[1][0]) / 2)
    assert overall["mean"]["rank5"] == 1.0  # of two people
    assert found["pairings"][1]["conditions"]["umbrella"]["mean"]["rank1"] is None  # tiny has none


def test_freegait(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    partition = folder / "freegait.json"
    partition.write_text(json.dumps({"PROBE_SET": ["0002-01-nm-000", "0003-00-nm-090", "0000-00-nm-000"]}))
    report = folder / "freegait.md"
    assert run(folder, "--protocol", "freegait", "--probes", str(partition), "--report", str(report)) == 0
    found = json.loads(report.with_suffix(".json").read_text())["pairings"][0]["conditions"]["overall"]
    assert found["probes"] == 2  # 0000 trains
    assert set(found["mean"]) == {"rank1", "rank5", "rank10", "mAP", "mINP"}


def test_sensors_are_centred_on_the_people_of_the_training(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(Embedded, "centred", lambda self, means: asked.append((self, means)) or self)
    assert run(folder, "--centred") == 0
    assert "each sensor's counted from their mean" in capsys.readouterr().out
    ((embedded, means),) = asked
    net = load_any(folder / "out" / "recipe.safetensors").net
    store = Store.open(folder / "tiny.store")
    assert set(embedded.identity) == set(store.only("test").identity)
    for modality, mean in embed_store(net, store.only("train"), quiet=True).means().items():
        np.testing.assert_allclose(means[modality], mean, atol=1e-5)  # of all: they have fewer than eight


def test_the_tables_are_printed_without_a_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder) == 0
    assert "Rank-1 %, by condition (probes)." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--protocol", "freegait"], "--probes FILE.json goes with --protocol freegait"),
        (["--probes", "some.json"], "--probes FILE.json goes with --protocol freegait"),
        (["--calibrate"], "a calibration needs at least 10 people of the test with two sequences or more; "),
    ],
)
def test_options_that_do_not_go_together(
    folder: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, *words) == 2
    assert told in capsys.readouterr().err
