from __future__ import annotations

import collections
import io
import pickle
import subprocess

import numpy as np
import pytest

from training.data import read_pickle

RAGGED = np.empty(2, object)
RAGGED[0], RAGGED[1] = np.arange(3), {"keypoints": [1.5, 2.5]}


def written(tmp_path, content, protocol=4):
    path = tmp_path / "content.pkl"
    path.write_bytes(pickle.dumps(content, protocol))
    return path


def same(a, b):
    if isinstance(a, np.ndarray) and a.dtype != object:
        return type(b) is np.ndarray and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, (list, tuple, np.ndarray)):
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return type(a) is type(b) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "content",
    [
        np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(6, dtype=">f4"),
        np.zeros((0, 3), np.float32),
        np.array(["000", "090-near"]),
        np.array([True, False]),
        [np.ones((2, 3)), np.ones((4, 3), np.float32)],
        RAGGED,
        {"a": (1, 2.5, None, True, "text", b"bytes", 3 + 2j), "b": {1, 2}},
        collections.OrderedDict(x=[]),
        np.float32(2.5),
        [],
    ],
    ids=str,
)
def test_data_comes_back(tmp_path, content, protocol):
    assert same(content, read_pickle(written(tmp_path, content, protocol)))


@pytest.mark.parametrize("ours, other", [("numpy._core.", "numpy.core."), ("numpy.core.", "numpy._core.")])
def test_names_of_both_numpy_releases(tmp_path, ours, other):
    array = np.arange(6.0).reshape(2, 3)
    path = tmp_path / "content.pkl"
    text = pickle.dumps(array, 0)  # protocol 0 has no lengths
    path.write_bytes(text.replace(ours.encode(), other.encode()))
    np.testing.assert_array_equal(read_pickle(path), array)


def test_arrays_can_be_written_to(tmp_path):
    array = read_pickle(written(tmp_path, np.zeros(3)))
    array[0] = 1


class Runs:
    """Pickles as a call."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


class Instance:
    """Of a class that no reader knows."""


@pytest.mark.parametrize(
    "content, words",
    [
        (Runs(subprocess.check_call, (["touch", "FILE"],)), "names subprocess.check_call"),
        (Runs(eval, ("open('FILE', 'w')",)), "names builtins.eval"),
        (Runs(getattr, (1, "real")), "names builtins.getattr"),
        (Runs(bytearray, (10**12,)), "names builtins.bytearray"),
        (Instance(), "Instance"),
        (np.datetime64("2026-01-01"), "not data of a gait sequence"),
        (np.zeros(2, [("x", "f4")]), "not data of a gait sequence|must be named by a string|has fields"),
        ([1, len], "names builtins.len"),
        ([np.ndarray], "holds a function"),
        ([np.dtype("f4")], "holds a function"),
    ],
)
def test_anything_else_is_refused_and_not_run(tmp_path, monkeypatch, content, words):
    path, trap = tmp_path / "content.pkl", tmp_path / "FILE"
    path.write_bytes(pickle.dumps(content))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=f"content.pkl is refused: .*({words})"):
        read_pickle(path)
    assert not trap.exists()


def array_with(shape=(2,), kind="f4", state=(3, "<", None, None, None, -1, -1, 0), content=b"\0" * 8):
    """A pickle of an array whose parts were tampered with."""
    kind_call = Runs(np.dtype, (kind, False, True), state)
    buffer = io.BytesIO()
    reconstruct = np.zeros(1).__reduce__()[0]
    pickle.dump(Runs(reconstruct, (np.ndarray, (0,), b"b"), (1, shape, kind_call, False, content)), buffer)
    return buffer.getvalue()


def test_the_tampering_is_sound(tmp_path):
    path = tmp_path / "content.pkl"
    path.write_bytes(array_with())
    np.testing.assert_array_equal(read_pickle(path), [0, 0])


@pytest.mark.parametrize(
    "parts",
    [
        {"shape": (10**9, 10**9)},
        {"shape": "ab"},
        {"kind": "O"},
        {"kind": "O", "state": (3, "|", None, None, None, 8, 8, 0)},
        {"kind": "f4,f4"},
        {"kind": "nonsense"},
        {"state": (3, "<", None, ("x",), {"x": 1}, 8, 8, 63)},
        {"state": (3, "x", None, None, None, -1, -1, 0)},
        {"state": ()},
        {"content": [1, 2]},
        {"content": b"\0" * 7},
    ],
    ids=str,
)
def test_tampered_arrays(tmp_path, parts):
    path = tmp_path / "content.pkl"
    path.write_bytes(array_with(**parts))
    with pytest.raises(ValueError, match=r"content\.pkl is refused"):
        read_pickle(path)


@pytest.mark.parametrize("content", [b"", b"\x80", b"not a pickle", pickle.dumps([1, 2])[:-1], b"\x80\x04}"])
def test_broken_files(tmp_path, content):
    path = tmp_path / "content.pkl"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"content\.pkl is refused"):
        read_pickle(path)


def test_what_is_held_many_times_is_visited_once(tmp_path):
    shared: list = [1]
    for _ in range(20):
        shared = [shared, shared]
    found = read_pickle(written(tmp_path, shared))
    assert found[0] is found[1]


def test_a_file_that_unfolds_without_end(tmp_path):
    bomb: list = [1]
    for _ in range(60):
        bomb = [bomb, bomb]
    with pytest.raises(ValueError, match="unfolds to more than 10000000 parts"):
        read_pickle(written(tmp_path, bomb))


def test_objects_keep_their_places(tmp_path):
    array = np.asfortranarray(np.array([[1, "b", 3], [4, "e", 6]], object))
    assert read_pickle(written(tmp_path, array)).tolist() == [[1, "b", 3], [4, "e", 6]]


def test_a_list_that_holds_itself(tmp_path):
    endless: list = []
    endless.append(endless)
    with pytest.raises(ValueError, match="holds itself"):
        read_pickle(written(tmp_path, endless))


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_pickle(tmp_path / "none.pkl")
