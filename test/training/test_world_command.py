from __future__ import annotations

import cv2
import numpy as np
import pytest

from training.world.clipset import NAMES
from training.world.command import main, people_range


def test_people_lists_one_line_each(capsys):
    assert main(["people", "--people", "4:7"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["4", "5", "6"]
    assert all("m/s" in line for line in lines)


def test_clips_writes_a_folder_and_its_cost(tmp_path, capsys):
    out = tmp_path / "clips"
    assert main(["clips", str(out), "--people", "0:1", "--walks", "1", "--views", "2", "--frames", "3"]) == 0
    assert all((out / f"{name}.npy").is_file() for name in (*NAMES,)) and (out / "DONE").is_file()
    assert "6 frames in" in capsys.readouterr().err


def test_show_writes_a_picture(tmp_path):
    out = tmp_path / "sheet.png"
    assert main(["show", str(out), "--people", "0:2"]) == 0
    picture = cv2.imread(str(out))
    assert picture.ndim == 3 and (picture > 200).any() and np.ptp(picture.shape[:2]) > 0


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
    assert all(name in text for name in ("people", "clips", "show", "demo", "bag"))


@pytest.mark.parametrize("text, want", [("0:400", range(400)), ("7:8", range(7, 8))])
def test_ranges(text, want):
    assert people_range(text) == want
