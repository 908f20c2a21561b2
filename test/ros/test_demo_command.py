"""The demo's command line up to the nodes, and what it says at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from sgcross_ros.demo import world
from sgcross_ros.demo.command import conclude, main, shortfall
from sgcross_ros.demo.table import people_table, table


def act(number: int, correct: int, wrong: int = 0, probe: str = "lidar") -> dict:
    people = [person(f"P{i}", i < correct) for i in range(6)]
    people.append({**person("stranger 1", False), "stranger": True, "outcome": "unknown_right"})
    counts = {"correct": correct, "wrong": wrong, "unknown_right": 1}
    return {"number": number, "gallery": "camera", "probe": probe, "people": people, **counts}


def person(name: str, right: bool) -> dict:
    called = {"name": name, "state": "name"} if right else {"name": None, "state": "unknown"}
    outcome = "right" if right else "unknown_wrong"
    return {"truth": name, "stranger": False, "score": 3.14, "frames": 60, "outcome": outcome, **called}


def made(*acts: dict) -> dict:
    counts = dict.fromkeys(("sweeps", "paired", "lone_sweeps", "lone_frames", "dropped"), 0)
    wrong = sum(a["wrong"] for a in acts)
    passed = not shortfall({"acts": acts, "wrong": wrong})
    latency = {"p50": 1, "p95": 2, "p99": 3}
    return {"acts": acts, "wrong": wrong, "passed": passed, "seconds": 9, "latency_ms": latency, **counts}


ENDS = [
    ((act(1, 6), act(2, 5)), 0, ""),
    ((act(1, 6), act(2, 4)), 1, "camera -> lidar named 4 people, at most one may be missed"),
    ((act(1, 6, wrong=1), act(2, 5)), 1, "1 wrong names (0 allowed)"),
    ((act(1, 6), act(2, 5), act(3, 2, probe="both")), 0, ""),
    ((act(1, 6), act(2, 5), act(3, 6, wrong=2, probe="both")), 1, "2 wrong names"),
]


@pytest.mark.parametrize("acts, code, words", ENDS)
def test_the_exit_code_and_the_sentence_tell_the_result(acts: tuple, code: int, words: str, capsys) -> None:
    assert conclude(made(*acts), Path("out")) == code
    assert conclude(made(*acts), Path("out"), report_only=True) == 0
    said = capsys.readouterr().out
    assert words in said and ("not good enough" in said) == bool(code)


def test_the_table_has_a_line_a_person_and_a_column_an_act() -> None:
    lines = people_table([act(1, 6), act(2, 5)]).splitlines()
    assert len(lines) == 2 + 7 and lines[0].split() == ["camera", "->", "lidar"] * 2
    assert lines[2].split() == ["P0", "P0,", "3.1:", "right", "P0,", "3.1:", "right"]
    assert "not recognised" in lines[7] and lines[8].startswith("stranger 1")


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table([["a", "bb"], ["ccc", "d"]]) == "a    bb\n---  --\nccc  d"


BAD = [
    (["--rate", "0"], "--rate must be above 0; got 0.0"),
    (["--world", "nowhere"], "nowhere has no enrol.mcap, enrol.truth.json, probe.mcap, probe.truth.json"),
]


@pytest.mark.parametrize("argv, words", BAD)
def test_wrong_arguments_are_told_in_a_sentence(argv: list[str], words: str, capsys) -> None:
    assert main(argv) == 1
    assert words in capsys.readouterr().err


def test_bags_that_are_there_are_found(tmp_path: Path) -> None:
    for name in ("enrol", "probe"):
        (tmp_path / f"{name}.mcap").touch()
        (tmp_path / f"{name}.truth.json").write_text('{"people": [], "frames": []}')
    found = world.find(tmp_path)
    assert found.bag("probe").name == "probe.mcap" and found.truth("enrol").stamps == ()


def test_a_world_that_cannot_be_made_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(RuntimeError, match=r"world demo .* --seed 1 --short` ended with code 1"):
        world.make(tmp_path, True, 1)
