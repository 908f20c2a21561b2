from __future__ import annotations

import dataclasses
import hashlib
import json
import resource
import subprocess
import sys

import numpy as np
import pytest

from sgcross_core.gait import depth_view
from sgcross_core.model.factor_files import load_factors
from training.data import faults, open_data, scan
from training.data.layout import DEPTH_VIEWS
from training.data.range_view import range_views
from training.world.dataset import estimated, write_dataset
from training.world.dataset_cast import Walk, cast_of
from training.world.dataset_sequences import walk_sequences
from training.world.dataset_settings import PRESETS
from training.world.dataset_store import DatasetStore

TINY = PRESETS["tiny"]
FEW = dataclasses.replace(TINY, train_last=1, test_last=10_001, probes=1, views="090", shortest=3, longest=3)
FIRST = (cast_of(FEW).train[0], cast_of(FEW).train[0].walks[0])
SILHOUETTES, POINTS, JET = "sync-Camera-Sils_aligned", "sync-LiDAR-PCDs", "sync-LiDAR-PCDs_depths"
ALL = (SILHOUETTES, POINTS, JET, DEPTH_VIEWS)


def digest(folder):
    """Of every file's name and bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    out = tmp_path_factory.mktemp("data") / "tiny"
    write_dataset(out, TINY)
    return out


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    out = tmp_path_factory.mktemp("data") / "few"
    write_dataset(out, FEW)
    return out


def test_the_reader_finds_everything(tiny):
    data = open_data(tiny / "pkl", tiny / "partition.json", ALL)
    assert data.report.lines() == []
    assert len(data.train) + len(data.test) == 24
    assert {s.identity for s in data.train} == {"0000", "0001"}
    assert {s.identity for s in data.test} == {"0002", "0003"}
    assert faults([*data.train, *data.test], ALL) == []


def test_what_is_read_is_what_was_rendered(tiny):
    identity = cast_of(TINY).test[1]
    for walk in identity.walks:
        for made in walk_sequences(identity, walk, TINY):
            (found,) = (s for s in scan(tiny / "pkl") if s.key == f"{identity.name}/{walk.type}/{made.view}")
            frames = found.read(*ALL)
            assert made.frames.keys() == frames.keys() == {*ALL}
            for name in ALL:
                for a, b in zip(made.frames[name], frames[name], strict=True):
                    np.testing.assert_array_equal(a, b)


def test_shapes_of_the_real_data_set(tiny):
    for sequence in scan(tiny / "pkl"):
        frames = sequence.read(*ALL)
        T = len(frames[POINTS])
        assert TINY.shortest <= T <= TINY.longest
        shapes = {SILHOUETTES: (T, 64, 64), JET: (T, 3, 64, 64), DEPTH_VIEWS: (T, 2, 64, 64)}
        for name, shape in shapes.items():
            assert frames[name].shape == shape and frames[name].dtype == np.uint8
        assert all(p.ndim == 2 and p.shape[1] == 3 and p.dtype == np.float32 for p in frames[POINTS])


def test_depth_views_are_the_robots_of_the_points(tiny):
    facts = json.loads((tiny / "facts" / "0000.json").read_text())["sequences"]
    for sequence in (s for s in scan(tiny / "pkl") if s.identity == "0000"):
        frames = sequence.read(POINTS, DEPTH_VIEWS, JET)
        ground = facts[f"{sequence.type}/{sequence.view}"]["ground"]
        for points, view in zip(frames[POINTS], frames[DEPTH_VIEWS], strict=True):
            np.testing.assert_array_equal(np.stack(depth_view(points, ground)), view)
        np.testing.assert_array_equal(range_views(frames[POINTS]), frames[JET])


def test_side_files_cover_every_sequence(tiny):
    keys = {s.key for s in scan(tiny / "pkl")}
    table = load_factors(tiny / "factors.json")
    assert {"/".join(key[:3]) for key in table} == keys == {*json.loads((tiny / "texts.json").read_text())}
    assert load_factors(tiny / "factors.csv") == table
    assert all(None not in factors.row for factors in table.values())
    for key, factors in table.items():
        assert factors.viewpoint == int(key.view[:3]) // 45


def test_facts_are_true(tiny):
    for identity in cast_of(TINY).everyone:
        facts = json.loads((tiny / "facts" / f"{identity.name}.json").read_text())
        assert facts["person"] == identity.person and len(facts["sequences"]) == 6
        for name, about in facts["sequences"].items():
            away = (np.array(about["view"]) - float(name[6:9]) + 180) % 360 - 180
            assert np.abs(away).max() < 25 and 4 <= min(about["distance"]) <= max(about["distance"]) <= 20
            assert (about["night"] > 0) == (name[3:5] == "nt") == (about["condition"] == "night")


def rendered(condition, settings=FEW):
    """The person's sequence of view 090 in a condition, all else equal."""
    (sequence,) = walk_sequences(cast_of(settings).train[0], Walk(f"01-{condition}", 1), settings)
    return sequence


def test_night_spoils_silhouettes_alone():
    day, night = rendered("nm"), rendered("nt")
    assert (day.frames[SILHOUETTES] != night.frames[SILHOUETTES]).mean() > 0.02
    assert [len(p) for p in day.frames[POINTS]] == [len(p) for p in night.frames[POINTS]]


def test_something_in_the_way_hides_a_part_from_both_sensors():
    longer = dataclasses.replace(FEW, train_last=3, shortest=30, longest=30)
    runs = [dataclasses.replace(longer, train_first=k) for k in range(3)]
    free, hidden = ([rendered(condition, run).frames for run in runs] for condition in ("nm", "oc"))
    points, pixels = (
        [sum(weigh(f) for f in frames) for frames in (free, hidden)]
        for weigh in (lambda f: sum(map(len, f[POINTS])), lambda f: int((f[SILHOUETTES] > 127).sum()))
    )
    assert points[1] < 0.995 * points[0] and pixels[1] < 0.995 * pixels[0]


def test_some_people_walk_by_and_some_things_stand_there():
    """Nothing but somebody who walks by hides more than half of a person and is gone again."""
    longer = dataclasses.replace(FEW, train_last=8, shortest=30, longest=30)
    crossed = 0
    for identity in cast_of(longer).train:
        (hidden,) = walk_sequences(identity, Walk("01-oc", 1), longer)
        left = np.array([len(p) for p in hidden.frames[POINTS]])
        crossed += left.min() < 0.35 * left.max() and min(left[0], left[-1]) > 0.7 * left.max()
    assert 1 <= crossed <= 7


@pytest.mark.parametrize("condition", ["bg", "cl", "cr", "ub", "uf"])
def test_clothes_and_loads_show_to_both_sensors(condition):
    plain, changed = rendered("nm"), rendered(condition)
    for name in (SILHOUETTES, DEPTH_VIEWS):
        assert (plain.frames[name] != changed.frames[name]).mean() > 0.002


def test_most_masks_leave_the_umbrella_out_and_no_sweep_does():
    """An open canopy, every second, is wider than the person: the highest rows of a picture tell of it."""
    people = dataclasses.replace(FEW, train_last=24)
    wide = {name: 0 for name in (SILHOUETTES, DEPTH_VIEWS)}
    for identity in cast_of(people).train:
        (sequence,) = walk_sequences(identity, Walk("01-ub", 1), people)
        for name, frame in ((SILHOUETTES, 0), (DEPTH_VIEWS, (0, 0))):
            wide[name] += (sequence.frames[name][frame][:16] > 0).any(axis=0).sum() > 28
    assert 1 <= wide[SILHOUETTES] < 0.5 * wide[DEPTH_VIEWS] and wide[DEPTH_VIEWS] >= 6


def test_unsynchronised_copies():
    settings = dataclasses.replace(FEW, recorded=True)
    (sequence,) = walk_sequences(*FIRST, settings)
    assert {*sequence.frames} == {*ALL, "Camera-Sils_aligned", "LiDAR-PCDs", "LiDAR-PCDs_depths"}
    recorded = sequence.frames["Camera-Sils_aligned"]
    assert len(recorded) == 9 and len(sequence.frames[POINTS]) == 3
    np.testing.assert_array_equal(recorded[::3], sequence.frames[SILHOUETTES])
    assert (recorded[0] != recorded[1]).any()


def test_no_jet(tmp_path):
    (sequence,) = walk_sequences(*FIRST, dataclasses.replace(FEW, jet=False))
    assert {*sequence.frames} == {*ALL} - {JET}


def test_annotated_labels_err(tmp_path):
    write_dataset(tmp_path / "out", dataclasses.replace(FEW, annotated=True))
    true, noisy = (load_factors(tmp_path / "out" / f"{name}.json") for name in ("factors", "annotated"))
    assert true.keys() == noisy.keys() and true != noisy


def test_same_bytes_with_two_processes(few, tmp_path):
    write_dataset(tmp_path / "two", FEW, jobs=2)
    assert digest(tmp_path / "two") == digest(few)


def test_another_seed_other_bytes(few, tmp_path):
    write_dataset(tmp_path / "other", dataclasses.replace(FEW, seed=1))
    names = [name for name in digest(few) if name.endswith("PCDs.pkl")]
    assert all(digest(few)[name] != digest(tmp_path / "other")[name] for name in names)


class Stop(Exception):
    """The run is broken off."""


def stopping(done, missing):
    """Let one identity pass, then break off."""
    for name in done:
        yield name
        raise Stop


def test_a_broken_off_run_goes_on_to_the_same_bytes(few, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(Stop):
        write_dataset(out, FEW, progress=stopping)
    assert [p.name for p in (out / "pkl").iterdir()] == ["0000"] and not (out / "factors.json").exists()
    (out / "unfinished" / "0001" / "00-nm").mkdir(parents=True)
    before = (out / "pkl" / "0000").stat().st_mtime_ns
    announced = []
    write_dataset(out, FEW, announce=announced.append)
    assert [e.identities for e in announced] == [1]
    assert digest(out) == digest(few) and (out / "pkl" / "0000").stat().st_mtime_ns == before


def test_a_complete_data_set_is_left_alone(few):
    before = {p: p.stat().st_mtime_ns for p in (few / "pkl").rglob("*.pkl")}
    write_dataset(few, FEW, announce=lambda estimate: pytest.fail("nothing is left to do"))
    assert {p: p.stat().st_mtime_ns for p in (few / "pkl").rglob("*.pkl")} == before


def test_the_estimate_knows_the_size(tiny):
    found = estimated(TINY, [*cast_of(TINY).everyone], jobs=1)
    size = sum(p.stat().st_size for p in (tiny / "pkl").rglob("*.pkl"))
    assert found.identities == 4 and 0.6 * size < found.size < 2 * size and found.seconds > 0


FULL_DISK = """
import resource, sys
from pathlib import Path
from training.world.command import main
resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))
sys.exit(main({words}))
"""


def test_a_full_disk_leaves_a_run_that_can_go_on(few, tmp_path):
    """A limit on the size of files stands in for a full disk."""
    out = tmp_path / "out"
    options = "--train 0:1 --test 10000:10001 --probes 1 --views 090 --shortest 3 --longest 3 --jobs 1"
    words = ["dataset", str(out), *options.split()]
    program = FULL_DISK.format(most=30_000, words=words)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 2 and "Traceback" not in ran.stderr
    assert "cannot write identity 0000" in ran.stderr and "File too large; " in ran.stderr
    assert "run the same command again" in ran.stderr
    assert [*(out / "pkl").iterdir()] == [] and not [*(out / "unfinished").glob("*")]
    write_dataset(out, FEW)
    assert digest(out) == digest(few)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 30_000


@pytest.mark.parametrize(
    "change, words",
    [({"seed": 5}, "with seed = 0, not 5"), ({"views": "000"}, "with views = '090', not '000'")],
)
def test_a_folder_of_other_settings(few, change, words):
    with pytest.raises(ValueError, match=words):
        write_dataset(few, dataclasses.replace(FEW, **change))


def test_a_folder_of_something_else(tmp_path):
    (tmp_path / "diary.txt").write_text("dear diary")
    with pytest.raises(ValueError, match="holds something that is no data set"):
        write_dataset(tmp_path, FEW)
    with pytest.raises(ValueError, match="holds something that is no data set"):
        write_dataset(tmp_path / "diary.txt", FEW)
    assert [p.name for p in tmp_path.iterdir()] == ["diary.txt"]


@pytest.mark.parametrize("jobs", [0, -1])
def test_no_jobs(tmp_path, jobs):
    with pytest.raises(ValueError, match=f"jobs must be 1 or more; got {jobs}"):
        write_dataset(tmp_path / "none", FEW, jobs=jobs)
    assert not (tmp_path / "none").exists()


def test_missing_identities_in_order(tmp_path):
    store = DatasetStore.of(tmp_path / "out", TINY)
    store.open()
    assert [i.name for i in store.missing()] == ["0000", "0001", "0002", "0003"] and not store.complete
