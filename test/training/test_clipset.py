from __future__ import annotations

import json

import numpy as np
import pytest

from sgcross_core.settings import with_values
from training.world.clips import walk_clips
from training.world.clipset import NAMES, ClipsetSettings, view_angles, write_clipset
from training.world.people import sample_person

FEW = with_values(ClipsetSettings(), {"first": 3, "last": 5, "walks": 2, "views": 2, "clip.frames": 2})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("clips") / "few"
    write_clipset(out, FEW)
    return out


def arrays(folder):
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in NAMES}


def test_shapes_and_kinds(folder):
    kinds = {name: (a.dtype.name, a.shape) for name, a in arrays(folder).items()}
    assert kinds == {
        "tiles": ("uint8", (8, 2, 64, 64, 3)),
        "person": ("int32", (8,)),
        "walk": ("int32", (8,)),
        "view": ("float32", (8, 2)),
        "distance": ("float32", (8, 2)),
    }


def test_order(folder):
    found = arrays(folder)
    assert found["person"].tolist() == [3] * 4 + [4] * 4
    assert found["walk"].tolist() == [0, 0, 1, 1] * 2


def test_rows_are_the_clips_of_their_labels(folder):
    found = arrays(folder)
    expected = walk_clips(sample_person(4), 1, view_angles(FEW, 4, 1), FEW.clip, FEW.seed)
    for row, one in zip((6, 7), expected, strict=True):
        for name in ("tiles", "view", "distance"):
            np.testing.assert_array_equal(found[name][row], getattr(one, name))


def test_done_tells_the_settings(folder):
    done = json.loads((folder / "DONE").read_text())
    assert done["settings"]["first"] == 3 and done["settings"]["clip"]["frames"] == 2
    assert done["gait_version"]


def test_same_bytes_with_two_processes(folder, tmp_path):
    write_clipset(tmp_path / "two", FEW, jobs=2)
    for name in NAMES:
        assert (tmp_path / "two" / f"{name}.npy").read_bytes() == (folder / f"{name}.npy").read_bytes()


def test_a_full_folder_is_left_alone(folder):
    before = (folder / "tiles.npy").stat().st_mtime_ns
    with pytest.raises(ValueError, match="already holds clips"):
        write_clipset(folder, FEW)
    assert (folder / "tiles.npy").stat().st_mtime_ns == before


def test_an_interrupted_folder_is_written_anew(folder, tmp_path):
    (tmp_path / "tiles.npy").write_bytes(b"half")
    write_clipset(tmp_path, FEW)
    assert (tmp_path / "tiles.npy").read_bytes() == (folder / "tiles.npy").read_bytes()


def test_no_jobs(tmp_path):
    with pytest.raises(ValueError, match="jobs must be 1 or more; got 0"):
        write_clipset(tmp_path / "none", FEW, jobs=0)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "values, words",
    [
        ({"first": 5, "last": 5}, "FIRST below LAST; got 5:5"),
        ({"walks": 0}, "walks must lie in"),
        ({"views": 0}, "views"),
        ({"spread": 1.5}, "spread"),
        ({"clip.frames": 0}, "frames"),
        ({"people": 3}, "unknown setting 'people'"),
    ],
)
def test_broken_settings(values, words):
    with pytest.raises(ValueError, match=words):
        with_values(ClipsetSettings(), values)


@pytest.mark.parametrize("views", [1, 4, 6])
def test_views_go_round_the_circle(views):
    settings = with_values(ClipsetSettings(), {"views": views})
    angles = view_angles(settings, 7, 1)
    assert [int(angle // (360 / views)) for angle in angles] == list(range(views))
    assert angles == view_angles(settings, 7, 1) != view_angles(settings, 7, 2)
