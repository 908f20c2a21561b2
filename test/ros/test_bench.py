"""The arithmetic of the benchmark; its figures themselves are not tested."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from sgcross_ros.bench import network, training_side
from sgcross_ros.bench.command import main
from sgcross_ros.bench.pairing import RHYTHMS, GreedyPairer, Rhythm, arrivals, compare, greedy, nearest
from sgcross_ros.bench.tables import ratio, tables
from sgcross_ros.bench.usage import Sampler, growth, memory_figures

MS = 1_000_000


@pytest.mark.parametrize("rhythm", RHYTHMS.values(), ids=RHYTHMS)
def test_nearest_pairs_are_never_worse_than_greedy_ones(rhythm: Rhythm) -> None:
    figures = compare(rhythm)
    assert figures["misfit_ratio"] <= 1 and figures["nearest"]["paired"] >= figures["greedy"]["paired"]


def test_nearest_finds_the_least_misfit_there_is() -> None:
    messages = arrivals(RHYTHMS["30 Hz, camera comes last"], seconds=5)
    frames = [stamp for sensor, stamp in messages if sensor == "camera"]
    for frame, sweep in nearest(messages):
        assert abs(frame - sweep) == min(abs(other - sweep) for other in frames)
    assert len(greedy(messages)) == len(nearest(messages))


GREEDY = [
    ([("camera", 0), ("lidar", 40)], [(0, 40)]),
    ([("lidar", 40), ("camera", 0), ("camera", 38)], [(0, 40)]),
    ([("camera", 0), ("camera", 30), ("lidar", 40)], [(30, 40)]),
    ([("camera", 0), ("lidar", 60)], []),
    ([], []),
]


@pytest.mark.parametrize("messages, pairs", GREEDY)
def test_the_greedy_rule_takes_what_is_there(messages: list, pairs: list) -> None:
    pairer = GreedyPairer(50)
    assert [pair for message in messages for pair in pairer.add(*message)] == pairs


def test_a_short_queue_forgets_the_oldest() -> None:
    pairer = GreedyPairer(50, queue=1)
    assert pairer.add("camera", 0) == pairer.add("camera", 200) == []
    assert pairer.add("lidar", 10) == []


GROWTHS = [([], None), ([1, 2, 3], None), ([900, 950, 960, 960, 960], 0.0), ([0, 0, 10, 20, 30], 10.0)]


@pytest.mark.parametrize("peaks, slope", GROWTHS)
def test_growth_is_the_slope_after_the_first_loops(peaks: list, slope: float | None) -> None:
    assert growth(peaks) == (None if slope is None else pytest.approx(slope))


def test_memory_is_looked_at_loop_by_loop() -> None:
    samples = [(100.0, 500.0), (104.0, 700.0), (111.0, 600.0), (121.0, 750.0)]
    figures = memory_figures(samples, 10.0)
    assert figures["peaks_mb"] == [700, 600, 750] and figures["limit_ratio"] == 0.5
    assert memory_figures([], 10.0)["max_mb"] is None


def test_a_process_is_watched() -> None:
    sampler = Sampler({"me": os.getpid()})
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    sampler.look(1.0)
    assert sampler.samples["me"][0][1] > 10 and sampler.cpu_s()["me"] > 0.03


def test_the_tables_show_values_beside_their_limits() -> None:
    memory = {"people_node": {"max_mb": 300.0, "limit_ratio": 0.2, "growth_mb_a_loop": 0.01}}
    latency = {"p50": 40.0, "p95": 80.0, "p99": 90.0, "limit_ratio": 0.8}
    counts = {"sweeps": 400, "loops": 2, "dropped": 0, "most_people": 4, "cpu_share": {"people_node": 0.25}}
    stage = {"p50": 1.0, "p95": 2.0, "p99": 3.0, "count": 9}
    counts["inside_ms"] = {"people_node": {"processing_p50": 20.04, "processing_p95": 31.0}}
    made = {"stages_ms": {"decode": stage}, "pairing": {"one": compare(Rhythm(30.0))}}
    push = {"push": 0.5, "window": 10.0, "share": 0.05}
    one = {"moment_ms": 3.0, "limit_ratio": 0.2, "alone": push, "together": push}
    made["network"] = {"tiny": {"onnx": one}}
    frames = {"per_s": 2000, "per_processor_s": 1000, "person_frames": 9, "peak_mb_a_process": 400}
    scene = {"walkers": 6, "picture_ms": 50.0, "sweep_ms": 25.0, "both_ms": 75.0, "both_processor_ms": 70.0}
    made["world"] = {"person_frames": {"2": frames}, "scene": scene}
    read = {"p50_ms": 7.5, "p95_ms": 9.0}
    made["data"] = {"read": read, "evaluate": {"cosine": {"seconds": 30.0, "peak_mb": 2000}}}
    text = tables(made | {"live": {**counts, "latency_ms": latency, "memory": memory}})
    assert "300 MB, +0.01 MB a loop  0.20" in text and "40.0, 80.0, 90.0 ms" in text
    assert "people_node processing  p50 20.0, p95 31.0 ms" in text
    flat = " ".join(text.split())
    assert "tiny onnx 3.0 0.20 0.50 ms, 5.0% 0.50 ms, 5.0%" in flat
    assert "2000 by the clock, 1000 by one processor 0.50" in flat and "70.0 of the processor 0.50" in flat
    assert "p50 7.5, p95 9.0 ms 0.50" in flat and "20,000 against 800, cosine 30.0 s 0.50" in flat
    assert "25% of a core" in text and "decode" in text and "live" not in tables(made)


@pytest.mark.parametrize("value, limit, part", [(50.0, 100, 0.5), (None, 100, None)])
def test_a_ratio_is_value_over_limit(value: float | None, limit: float, part: float | None) -> None:
    assert ratio(value, limit) == part


def test_sections_are_chosen_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["--only", "pairing", "--out", str(tmp_path)]) == 0
    made = json.loads((tmp_path / "bench.json").read_text())
    assert set(made) == {"pairing", "machine", "versions"}
    assert "misfit of pairs" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--only", "everything"])
    assert "invalid choice: 'everything'" in capsys.readouterr().err


def test_figures_of_the_training_side_come_from_its_own_commands() -> None:
    with pytest.raises(RuntimeError, match="model speed` ended with code 2"):
        training_side.figures("model")


def test_the_network_in_use_and_each_preset_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "PRESETS", ("tiny",))
    found = network.network_figures(repeats=1)
    assert {name: set(runtimes) for name, runtimes in found.items()} == {
        "in use": {"torch"}, "tiny": {"torch", "onnx"}
    }  # fmt: skip
    for one in (one for runtimes in found.values() for one in runtimes.values()):
        assert one["limit_ratio"] == pytest.approx(one["moment_ms"] / 15, abs=0.01)
        assert 0 < one["alone"]["push"] < one["alone"]["window"]
