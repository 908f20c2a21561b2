from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sgcross_core.runtime import make_engine, timing
from sgcross_core.runtime.parity import windows


class Sleeper:
    """An engine of known pace."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, int]] = []

    def features(self, modality: str, tiles: np.ndarray) -> np.ndarray:
        self.batches.append((modality, len(tiles)))
        time.sleep(0.004)
        return np.zeros((len(tiles), 5), np.float32)

    def embed(self, modality: str, pooled: np.ndarray) -> np.ndarray:
        time.sleep(0.002)
        return pooled


@pytest.mark.parametrize("people", [1, 11])
def test_the_medians(people: int) -> None:
    engine = Sleeper()
    found = timing.timings(engine, people, repeats=5)
    assert 8 <= found["frame"] < 200 and 2 <= found["head"] < 100  # sleeping is never short, but may be long
    assert set(engine.batches) == {("camera", people), ("lidar", people)}


def test_the_share_of_a_push() -> None:
    engine = Sleeper()
    found = timing.streaming(engine, 2, repeats=3, clock=time.perf_counter)
    assert found["share"] == found["push"] / found["window"]
    assert 3 <= found["push"] < found["window"]  # 6 ms for two people, 6 ms and 30 frames
    assert set(engine.batches) == {("camera", 2), ("camera", 30)}


@pytest.mark.parametrize("kind", ["torch", "onnx"])
def test_a_push_gives_what_the_batch_gives(kind: str, weights: Path, export_once: Callable) -> None:
    engine = make_engine(weights if kind == "torch" else export_once("fp32"))
    stored = windows()  # (8, 4, 64, 64, 3)
    for modality in ("camera", "lidar"):
        walkers = timing.Walkers(engine, modality, people=8, frames=3)
        for moment in range(4):
            found = walkers.push(stored[:, moment])
        for person in range(8):
            expected = timing.in_one(engine, modality, stored[person, 1:])
            np.testing.assert_allclose(found[person], expected[0], atol=1e-5)


def test_the_command(weights: Path, capsys: pytest.CaptureFixture) -> None:
    assert timing.main([str(weights), "--device", "cpu", "--people", "2"]) == 0
    first, *pushes = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"2 people: frame \d+\.\d\d ms, head \d+\.\d\d ms", first)
    number = r"\d+\.\d\d ms"
    for count, line in zip((1, 2), pushes, strict=True):
        words = f"streaming, {count} at once: push {number} a person, window of 30 frames {number}: "
        assert re.fullmatch(words + r"\d+\.\d%", line)
    for words, reason in (
        ([str(weights), "--people", "0"], "--people must be at least 1; got 0"),
        ([str(weights.with_name("none"))], "no weight file"),
        ([str(weights), "--runtime", "onnx"], "runtime onnx runs a folder"),
    ):
        assert timing.main(words) == 2
        assert reason in capsys.readouterr().err
