from __future__ import annotations

import csv
from pathlib import Path

import pytest

from training.losslog import LossLog
from training.trainer import Step


def lines(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.open()))


def test_a_run_that_goes_on_drops_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "losses.csv"
    first = LossLog(path)
    for iteration in (20, 40, 60):
        first(iteration, Step(1.0, {"within": 0.5}), 0.1)
    again = LossLog(path, begin=45)
    again(60, Step(0.25, {"within": 0.125}), 0.01)
    assert [(row["iteration"], row["total"], row["rate"]) for row in lines(path)] == [
        ("20", "1", "0.1"), ("40", "1", "0.1"), ("60", "0.25", "0.01"),
    ]  # fmt: skip


def test_a_very_long_run_counts_on(tmp_path: Path) -> None:
    LossLog(tmp_path / "losses.csv")(1_234_567, Step(1.0, {}), 0.1)
    assert LossLog(tmp_path / "losses.csv", begin=2_000_000).rows[0]["iteration"] == "1234567"


def test_losses_of_another_phase_stay_empty(tmp_path: Path) -> None:
    log = LossLog(tmp_path / "losses.csv")
    log(20, Step(1.0, {"pairing": 1.0}), 0.1)
    log(40, Step(2.0, {"within": 2.0}), 0.1)
    assert [(row["pairing"], row["within"]) for row in lines(tmp_path / "losses.csv")] == [
        ("1", ""),
        ("", "2"),
    ]


def test_tensorboard(tmp_path: Path) -> None:
    """Its files where it is installed, else one sentence."""
    try:
        import tensorboard  # noqa: F401
    except ImportError:
        with pytest.raises(ImportError, match=r"pip install -e \.\[train\]"):
            LossLog(tmp_path / "losses.csv", board=tmp_path / "board")
        return
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = LossLog(tmp_path / "losses.csv", board=tmp_path / "board")
    log(20, Step(1.5, {"within": 0.5}), 0.1)
    log.figure("validation rank-1", 0.25, 20)
    log.close()
    found = EventAccumulator(str(tmp_path / "board")).Reload()
    assert {tag: found.Scalars(tag)[0].value for tag in found.Tags()["scalars"]} == pytest.approx(
        {"rate": 0.1, "total": 1.5, "within": 0.5, "validation rank-1": 0.25}
    )
