from __future__ import annotations

import numpy as np
import pytest
import stickwalk

from training.mocap import contact_sheet, describe, read_folder, walkers
from training.mocap.overview import HEAD, MARGIN


@pytest.fixture
def folder(tmp_path):
    """Subject 2 walks twice and stands once, subject 11 walks once."""
    stickwalk.write(tmp_path / "02_01.bvh", seconds=3.0)
    stickwalk.write(tmp_path / "02_03.bvh", seconds=3.0, speed=0.9, cadence=0.8)
    stickwalk.write(tmp_path / "02_04.bvh", seconds=2.0, speed=0.0)
    stickwalk.write(tmp_path / "11_01.bvh", seconds=2.6)
    (tmp_path / "notes.txt").write_text("not a recording")
    return tmp_path


def test_subjects_and_their_walks(folder):
    two, eleven = walkers(folder)
    assert (two.number, sorted(two.walks)) == (2, [1, 3])
    assert (eleven.number, sorted(eleven.walks)) == (11, [1])


def test_a_subject_keeps_body_and_skin_on_every_walk(folder):
    two, eleven = walkers(folder)
    first, second, other = two.walker(1).person, two.walker(3).person, eleven.walker(1).person
    assert first.body.height == second.body.height != other.body.height
    assert first.colours.skin == second.colours.skin != other.colours.skin
    assert first.colours.upper != second.colours.upper
    assert first.seed == two.seed == 40002


def test_an_unknown_trial_is_refused(folder):
    with pytest.raises(ValueError, match=r"subject 2: found no trial 4; expected one of 1, 3"):
        walkers(folder)[0].walker(4)


def test_the_table_has_a_row_for_each_trial(folder):
    rows = describe(folder)
    assert [(row.subject, row.trial, row.frames) for row in rows] == [
        (2, 1, 150),
        (2, 3, 150),
        (2, 4, 100),
        (11, 1, 130),
    ]
    assert rows[1].speed == pytest.approx(0.9, rel=0.01)
    assert rows[1].cadence == pytest.approx(0.8, rel=0.01)
    assert rows[1].stride_length == pytest.approx(0.9 / 0.8, rel=0.01)
    assert rows[1].seconds == pytest.approx(2.98)
    assert (rows[2].speed, rows[2].seconds) == (0, 0)
    assert "nobody walks" in rows[2].refused
    assert len(str(rows[0])) == len(HEAD)


def test_a_broken_file_stops_walkers_and_fills_its_row(folder):
    path = folder / "02_03.bvh"
    path.write_text(path.read_text()[:-200])
    with pytest.raises(ValueError, match=r"02_03.bvh, line \d+: found .*; expected"):
        walkers(folder)
    row = describe(folder)[1]
    assert (row.file, row.frames) == ("02_03.bvh", 0)
    assert "02_03.bvh, line" in row.refused


def test_an_unknown_skeleton_stops_walkers(folder):
    path = folder / "02_03.bvh"
    path.write_text(path.read_text().replace("LeftUpLeg", "LeftThigh"))
    with pytest.raises(ValueError, match=r"02_03.bvh: found no joint 'LeftUpLeg'"):
        walkers(folder)


def test_a_trial_that_is_there_twice_is_used_once(folder):
    stickwalk.write(folder / "2_1.bvh", seconds=3.0, fps=100)
    rows = [one for one in read_folder(folder) if (one.subject, one.trial) == (2, 1)]
    assert [bool(one.walk) for one in rows] == [True, False]
    assert rows[1].refused == "02_01.bvh: found trial 1 in 2_1.bvh too"


def test_a_motion_without_its_skeleton_is_broken(tmp_path):
    (tmp_path / "05_01.amc").write_text(":DEGREES\n")
    with pytest.raises(ValueError, match=r"05_01.amc: found no 05.asf beside it"):
        walkers(tmp_path)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"found nothing; expected SUBJECT_TRIAL.bvh"):
        describe(tmp_path)


def test_the_sheet_shows_a_body_in_every_tile(folder):
    two = walkers(folder)[0]
    sheet = contact_sheet([("one", two.walker(1)), ("three", two.walker(3))], columns=4, rows=60)
    assert sheet.dtype == np.uint8
    strip, width = MARGIN + 2 * 60, sheet.shape[1] // 4
    assert sheet.shape == (2 * strip, 4 * width, 3)
    for top in (MARGIN, MARGIN + 60, strip + MARGIN, strip + MARGIN + 60):
        for left in range(0, 4 * width, width):
            assert (sheet[top : top + 60, left : left + width] > 80).mean() > 0.08


def test_a_sheet_of_nobody_is_refused():
    with pytest.raises(ValueError, match="at least one walker"):
        contact_sheet([])
