from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest

from sgcross_core.runtime import timing


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


def test_the_command(weights: Path, capsys: pytest.CaptureFixture) -> None:
    assert timing.main([str(weights), "--device", "cpu", "--people", "2"]) == 0
    assert re.fullmatch(r"2 people: frame \d+\.\d\d ms, head \d+\.\d\d ms\n", capsys.readouterr().out)
    for words, reason in (
        ([str(weights), "--people", "0"], "--people must be at least 1; got 0"),
        ([str(weights.with_name("none"))], "no weight file"),
        ([str(weights), "--runtime", "onnx"], "runtime onnx runs a folder"),
    ):
        assert timing.main(words) == 2
        assert reason in capsys.readouterr().err
