from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from training.dataset import LABELS, Clips


@pytest.fixture
def folder(tmp_path: Path, clips_of: Callable[..., Clips]) -> Path:
    clips = clips_of(2, 2, 3, 5)
    for name in ("tiles", *LABELS):
        np.save(tmp_path / f"{name}.npy", getattr(clips, name))
    return tmp_path


def test_clips_come_back_from_disk(folder: Path, clips_of: Callable[..., Clips]) -> None:
    there, here = Clips.open(folder), clips_of(2, 2, 3, 5)
    assert len(there) == 12 and isinstance(there.tiles, np.memmap)
    np.testing.assert_array_equal(there.tiles, here.tiles)
    np.testing.assert_array_equal(there.people(), [0, 1])


def test_values_a_frame_become_those_of_the_middle(folder: Path) -> None:
    np.save(folder / "view.npy", np.tile(np.arange(5, dtype=np.float32), (12, 1)))
    np.testing.assert_array_equal(Clips.open(folder).view, np.full(12, 2.0))


@pytest.mark.parametrize("name", ["tiles", *LABELS])
def test_what_is_missing_is_named(folder: Path, name: str) -> None:
    (folder / f"{name}.npy").unlink()
    with pytest.raises(FileNotFoundError, match=f"{name}.npy: make clips with sgcross world clips"):
        Clips.open(folder)


@pytest.mark.parametrize(
    ("name", "array", "words"),
    [
        ("tiles", np.zeros((12, 5, 64, 64), np.uint8), "tiles must be uint8"),
        ("tiles", np.zeros((12, 5, 64, 64, 3), np.float32), "got float32"),
        ("person", np.zeros(11, int), r"person must have one value a clip, \(12,\); got \(11,\)"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(folder: Path, name: str, array: np.ndarray, words: str) -> None:
    np.save(folder / f"{name}.npy", array)
    with pytest.raises(ValueError, match=words):
        Clips.open(folder)


def test_pickles_are_not_opened(folder: Path) -> None:
    np.save(folder / "person.npy", np.array([{}] * 12, dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        Clips.open(folder)


@pytest.mark.parametrize("wanted, kept", [(1, 1), (3, 3), (6, 6), (100, 6)])
def test_some_clips_of_each_person(wanted: int, kept: int, clips_of: Callable[..., Clips]) -> None:
    some = clips_of(2, 2, 3, 5).some(wanted)
    assert [int((some.person == who).sum()) for who in some.people()] == [kept, kept]
    np.testing.assert_array_equal(some.tiles, clips_of(2, 2, 3, 5).some(wanted).tiles)
