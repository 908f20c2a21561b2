from __future__ import annotations

import pickle

import cv2
import numpy as np
import pytest

from training.world.clipset import NAMES
from training.world.command import main, people_range
from training.world.sheet import MARGIN


def test_people_lists_one_line_each(capsys):
    assert main(["people", "--people", "4:7", "--population", "adults"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert "speed, m/s" in head and [line.split()[0] for line in lines[:3]] == ["4", "5", "6"]
    assert all(len(line.split()) == 7 for line in lines[:3])
    assert any(line.startswith("| speed, m/s | all |") for line in lines[4:])


def test_populations_differ(capsys):
    wide, adults = (
        main(["people", "--people", "0:3", "--population", kind]) or capsys.readouterr().out
        for kind in ("wide", "adults")
    )
    assert wide != adults


def test_clips_writes_a_folder_and_its_cost(tmp_path, capsys):
    out = tmp_path / "clips"
    assert main(["clips", str(out), "--people", "0:1", "--walks", "1", "--views", "2", "--frames", "3"]) == 0
    assert all((out / f"{name}.npy").is_file() for name in (*NAMES,)) and (out / "DONE").is_file()
    assert "6 frames in" in capsys.readouterr().err


def test_show_writes_a_picture(tmp_path):
    out = tmp_path / "sheet.png"
    words = ["--people", "0:2", "--conditions", "nm ub", "--views", "090", "--columns", "3"]
    assert main(["show", str(out), *words]) == 0
    picture = cv2.imread(str(out))
    # For each of two people and two conditions: the body, silhouettes, depth views.
    assert picture.shape == (4 * (2 * MARGIN + 3 * 128), 3 * 128, 3) and (picture > 200).any()


SMALL = [
    *("--train", "0:1", "--test", "10000:10001", "--probes", "1", "--views", "090"),
    *("--shortest", "3", "--longest", "3", "--jobs", "1"),
]


def test_dataset_is_written_and_shown(tmp_path, capsys):
    out, sheet = tmp_path / "data", tmp_path / "sheet.png"
    assert main(["dataset", str(out), *SMALL, "--no-jet"]) == 0
    said = capsys.readouterr().err
    assert "2 people to write, about " in said and "MB" in said and "is complete: 4 sequences" in said
    assert main(["dataset", str(out), *SMALL, "--no-jet"]) == 0
    assert "to write" not in capsys.readouterr().err
    for folder in (out, out / "pkl"):
        assert main(["show", str(sheet), "--data", str(folder)]) == 0
        assert cv2.imread(str(sheet)).shape == (MARGIN + 2 * 128, 3 * 128, 3)  # nm 090 alone, once


def test_a_real_data_set_is_shown(tmp_path):
    folder = tmp_path / "0001" / "00-nm" / "000"
    folder.mkdir(parents=True)
    jet = np.zeros((2, 3, 64, 64), np.uint8)
    jet[:, 0, :32], jet[:, 2, 32:48] = 255, 255
    (folder / "09-sync-000-LiDAR-PCDs_depths.pkl").write_bytes(pickle.dumps(jet))
    assert main(["show", str(tmp_path / "sheet.png"), "--data", str(tmp_path)]) == 0
    column = cv2.imread(str(tmp_path / "sheet.png"))[MARGIN:, 5, 0]
    assert (column[:64] == 255).all() and (column[64:96] < 10).all() and (column[96:] == 0).all()


def test_ctrl_c_says_how_to_go_on(tmp_path, capsys, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("training.world.dataset_store.walk_sequences", stopped)
    assert main(["dataset", str(tmp_path / "data"), *SMALL]) == 130
    assert "the same command goes on where it stopped" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words, message",
    [
        (["clips", "{out}", "--people", "5:5"], "FIRST below LAST"),
        (["clips", "{out}", "--people", "five"], "FIRST:LAST"),
        (["clips", "{out}", "--walks", "0"], "walks must lie in"),
        (["clips", "{out}", "--people", "0:1", "--jobs", "0"], "jobs must be 1 or more"),
        (["clips", "{out}", "--people", "0:1", "--frames", "400"], "no straight path of 400 frames"),
        (["people", "--people", "0:1", "--spread", "3"], "spread must lie in 0..1"),
        (["show", "{out}/no/such/folder.png", "--people", "0:1"], "cannot write"),
        (["show", "{out}.nonsense", "--people", "0:1"], "cannot write"),
        (["show", "{out}.png", "--views", "400"], "views must be different words"),
        (["show", "{out}.png", "--columns", "0"], "must lie in 1..100; got 0"),
        (["show", "{out}.png", "--data", "{out}"], "no folder"),
        (["dataset", "{out}", "--conditions", "nm xx"], "conditions must be different words"),
        (["dataset", "{out}", "--train", "0:5", "--test", "4:9"], "must differ; got 0:5 and 4:9"),
        (["dataset", "{out}", "--jobs", "0"], "jobs must be 1 or more"),
        (["dataset", "{out}", "--lidar", "abacus"], "invalid choice: 'abacus'"),
        (["dataset", "{out}", "--recordings", "{out}"], "found nothing; expected SUBJECT_TRIAL.bvh"),
        (["dataset", "/proc/none"], "/proc/none"),
        (["dataset"], "OUT"),
        (["clips"], "OUT"),
        (["fly"], "fly"),
        ([], "COMMAND"),
    ],
)
def test_broken_arguments_give_one_clear_error(tmp_path, capsys, words, message):
    arguments = [word.replace("{out}", str(tmp_path / "out")) for word in words]
    try:
        code = main(arguments)
    except SystemExit as left:
        code = left.code
    error = capsys.readouterr().err
    assert code == 2 and message in error
    assert "Traceback" not in error


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ("people", "clips", "dataset", "show", "demo", "bag"))


@pytest.mark.parametrize("text, want", [("0:400", range(400)), ("7:8", range(7, 8))])
def test_ranges(text, want):
    assert people_range(text) == want
