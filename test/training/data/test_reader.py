from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from gaitfiles import write_freegait

from training.data import Partition, faults, open_data, read_partition, scan
from training.data.layout import RECORDED, file_name, modality_of
from training.data.reader import report

SILHOUETTES, DEPTHS = "sync-Camera-Sils_aligned", "sync-LiDAR-PCDs_depths"
RELEASED = {name: n for n, name in enumerate([*RECORDED, *(f"sync-{name}" for name in RECORDED)])}
TEXT = {"sync-Text": 16, "sync-Factors": 17}


def write(root, identity, kind="00-nm", view="000", frames=3, layout=16, leave_out=(), **content):
    """One sequence in the released layout; every file is filled with its own number."""
    folder = root / identity / kind / view
    folder.mkdir(parents=True)
    numbers = RELEASED | (TEXT if layout == 18 else {})
    for name, number in numbers.items():
        if name in leave_out:
            continue
        length = frames if name.startswith("sync-") or "LiDAR" in name else 3 * frames
        value = np.full((length, 4), number, np.uint8)
        value = list(value) if "PCDs" in name else value
        sync = "sync-" if name.startswith("sync-") else ""
        path = folder / f"{number:02d}-{sync}{view}-{name.removeprefix('sync-')}.pkl"
        path.write_bytes(pickle.dumps(content.get(name, value)))


def partition(tmp_path, train=("0000",), test=("0001",)):
    path = tmp_path / "partition.json"
    path.write_text(json.dumps({"TRAIN_SET": list(train), "TEST_SET": list(test)}))
    return path


@pytest.fixture
def root(tmp_path):
    for identity in ("0000", "0001"):
        write(tmp_path / "pkl", identity)
    return tmp_path / "pkl"


@pytest.mark.parametrize("layout", [16, 18])
@pytest.mark.parametrize("view", ["090", "270-far"])
def test_files_are_chosen_by_name(tmp_path, layout, view):
    write(tmp_path, "0000", view=view, layout=layout)
    (sequence,) = scan(tmp_path)
    assert len(sequence.files) == layout
    for name, number in (RELEASED | (TEXT if layout == 18 else {})).items():
        if name in sequence.files:
            assert int(np.asarray(sequence.read(name)[name])[0, 0]) == number
    assert ("sync-Text" in sequence.files) == (layout == 18)


def test_numbers_do_not_matter(tmp_path):
    folder = tmp_path / "0000" / "00-nm" / "000"
    folder.mkdir(parents=True)
    (folder / "03-sync-000-LiDAR-PCDs.pkl").write_bytes(pickle.dumps([np.zeros((2, 3))]))
    (folder / "notes.txt").write_text("not data")
    assert [*scan(tmp_path)[0].files] == ["sync-LiDAR-PCDs"]


@pytest.mark.parametrize(
    "name, view, want",
    [
        ("08-sync-000-far-LiDAR-PCDs.pkl", "000-far", "sync-LiDAR-PCDs"),
        ("06-090-Camera-Sils_aligned.pkl", "090", "Camera-Sils_aligned"),
        ("16-text.pkl", "090", "text"),
        ("image.pkl", "seq_00_new", "image"),
        ("lidar.pkl", "seq_00_new", "lidar"),
        ("range_pkl.pkl", "seq_00_new", None),
        ("LiDAR-PCDs.pkl", "000", None),
        ("08-sync-000-LiDAR-PCDs.pkl.part", "000", None),
        ("", "000", None),
    ],
)
def test_modalities_of_file_names(name, view, want):
    assert modality_of(name, view) == want


def test_file_names_are_the_released_ones():
    for name, number in RELEASED.items():
        made = file_name(name, "270-far")
        assert modality_of(made, "270-far") == name and made.startswith(f"{number:02d}-")
    assert file_name("sync-LiDAR-PCDs_depths", "000-far") == "09-sync-000-far-LiDAR-PCDs_depths.pkl"


def test_both_sets(root, tmp_path):
    data = open_data(root, partition(tmp_path), [SILHOUETTES, DEPTHS])
    assert [s.key for s in data.train] == ["0000/00-nm/000"]
    assert [s.key for s in data.test] == ["0001/00-nm/000"]
    assert data.report.lines() == []
    frames = data.train[0].read(*data.modalities)
    assert {name: len(found) for name, found in frames.items()} == {SILHOUETTES: 3, DEPTHS: 3}


def test_what_is_amiss_is_reported_and_left_out(root, tmp_path):
    write(root, "0002", "01-bg", "045", leave_out=[DEPTHS])
    write(root, "0002", "01-bg", "000")
    write(root, "0003")
    where = partition(tmp_path, ["0000", "0001", "1057"], ["0001", "0002"])
    data = open_data(root, where, [SILHOUETTES, DEPTHS])
    assert {s.identity for s in data.train} == {"0000"}
    assert [s.key for s in data.test] == ["0001/00-nm/000", "0002/01-bg/000"]
    report = data.report
    assert report.overlap == ("0001",) and report.absent == ("1057",) and report.unlisted == ("0003",)
    assert report.incomplete == ("0002/01-bg/045",)
    assert report.views == ("0000/00-nm", "0001/00-nm", "0003/00-nm")  # the others lack 045
    assert "1 listed but not on disk: 1057" in report.lines() and len(report.lines()) == 5


def test_lengths_that_differ(tmp_path):
    write(tmp_path, "0000", **{SILHOUETTES: np.zeros((2, 64, 64))})
    (sequence,) = scan(tmp_path)
    words = f"0000/00-nm/000: .* equally many frames; got {SILHOUETTES} 2, {DEPTHS} 3"
    with pytest.raises(ValueError, match=words):
        sequence.read(SILHOUETTES, DEPTHS)
    assert len(sequence.read("Camera-Sils_aligned")["Camera-Sils_aligned"]) == 9


@pytest.mark.parametrize(
    "content, words",
    [
        (5, "must hold frames; got int"),
        ({}, "got dict"),
        ("abc", "got str"),
        (np.array(1.5), "got ndarray"),
        (len, "refused"),
    ],
)
def test_faults_name_each_sequence_once(tmp_path, content, words):
    write(tmp_path, "0000", **{SILHOUETTES: content})
    write(tmp_path, "0001")
    (sentence,) = faults(scan(tmp_path), [SILHOUETTES, DEPTHS])
    assert words in sentence and "0000" in sentence


@pytest.mark.parametrize(
    "train, test, modalities, words",
    [
        (["0000"], ["0001"], ["LiDAR-Nothing"], "has LiDAR-Nothing; there are: Camera-Pose"),
        (["0000"], ["0001"], [], "name at least one modality"),
        ([], [], [DEPTHS], "lists nobody"),
        (["0009"], ["0001"], [DEPTHS], "belongs to TRAIN_SET"),
        (["0000"], ["0009"], [DEPTHS], "belongs to TEST_SET"),
        (["0000"], ["0000"], [DEPTHS], "belongs to TRAIN_SET"),
    ],
)
def test_nothing_to_work_with(root, tmp_path, train, test, modalities, words):
    with pytest.raises(ValueError, match=words):
        open_data(root, partition(tmp_path, train, test), modalities)


def test_a_set_may_be_left_empty(root, tmp_path):
    data = open_data(root, partition(tmp_path, [], ["0001"]), [DEPTHS])
    assert data.train == () and len(data.test) == 1


@pytest.mark.parametrize("folder", ["none", "empty", "file/0000"])
def test_no_sequences(tmp_path, folder):
    (tmp_path / "empty" / "0000" / "00-nm" / "000").mkdir(parents=True)
    with pytest.raises(ValueError, match="IDENTITY/TYPE/VIEW"):
        scan(tmp_path / folder)


def test_conditions_are_letters_in_the_type(tmp_path):
    write(tmp_path, "0000", "02-cl-bg")
    assert scan(tmp_path)[0].conditions == ("bag", "clothing")


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "is no JSON"),
        ("[]", "must hold TRAIN_SET and TEST_SET; got list"),
        ('{"TRAIN_SET": ["0001", 2]}', "TRAIN_SET must be a list of identities like '0001'; got 2 in it"),
        ('{"TRAIN_SET": []}', "TEST_SET must be a list of identities like '0001'; got nothing"),
        ('{"TRAIN_SET": [1], "TEST_SET": []}', "TRAIN_SET must be a list"),
    ],
)
def test_broken_partitions(tmp_path, text, words):
    path = tmp_path / "partition.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        read_partition(path)


def test_partitions_are_sorted_and_unique(tmp_path):
    found = read_partition(partition(tmp_path, ["0002", "0000", "0002"], ["0000"]))
    assert found == Partition(("0000", "0002"), ("0000",)) and found.overlap == ("0000",)


@pytest.mark.parametrize("nested", [False, True])
def test_freegait(tmp_path, nested):
    sequences = scan(write_freegait(tmp_path, nested))
    assert len(sequences) == 12 and all([*s.files] == ["image", "lidar"] for s in sequences)
    assert sequences[1].key == "0000/devid_0/seq_02_new"
    assert len(sequences[1].read("image", "lidar")["lidar"]) == 4
    assert sequences[1].factors_key == ("0000", "", "devid_0", "seq_02_new")
    assert report(sequences, read_partition(tmp_path / "partition.json"), ["image"]).lines() == []
