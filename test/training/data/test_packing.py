from __future__ import annotations

import hashlib
import json
import resource
import shutil

import numpy as np
import pytest
from gaitfiles import COLOURS, POINTS, SILHOUETTES, write_data, write_freegait, write_sequence

from sgcross_core.model import save
from sgcross_core.model.factor_files import SequenceKey, save_factors
from sgcross_core.model.factors import Factors
from training.command import evaluate, train
from training.data.command import main
from training.data.folder import DataFolder
from training.data.journal import JOURNAL, Journal
from training.data.layout import DEPTH_VIEWS
from training.data.packing import pack, plan
from training.data.store import LABELS, TILES, Store
from training.data.tiles import CAMERA, LIDAR, tiles_of
from training.recipe import Recipe
from training.trainer import Trainer


@pytest.fixture
def root(tmp_path):
    return write_data(tmp_path / "data")


def planned(root):
    data = DataFolder.find(root)
    return plan(data, data.partition)


def digest(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_a_store_gives_back_what_was_packed(root, tmp_path):
    out = tmp_path / "out.store"
    assert main(["pack", str(root), str(out), "--jobs", "1"]) == 0
    store, sequences = Store.open(out), DataFolder.find(root).sequences
    assert len(store) == len(sequences) == 16
    for k, sequence in enumerate(sequences):
        np.testing.assert_array_equal(store.tiles[k], tiles_of(sequence, CAMERA[0], LIDAR[0], None))
        assert sequence.key == f"{store.identity[k]}/{store.type[k]}/{store.view_name[k]}"
    assert [len(store.tiles[k]) for k in range(16)] == [3 + k % 4 for k in range(16)]
    assert store.person.tolist() == sorted([0, 1, 2, 3] * 4)
    assert store.walk.tolist() == [0, 0, 1, 1] * 4 and store.view.tolist() == [0, 90] * 8
    assert (store.factors == -1).all()
    assert sorted(p.name for p in out.iterdir()) == [LABELS, TILES]


def test_the_splits_share_nobody_and_keep_their_labels(root, tmp_path):
    pack(planned(root), tmp_path / "s")
    store = Store.open(tmp_path / "s")
    train, test = store.only("train"), store.only("test")
    assert set(train.identity) == {"0000", "0001"} and set(test.identity) == {"0002", "0003"}
    np.testing.assert_array_equal(test.tiles[5], store.tiles[13])
    some = train.some(3)
    assert len(some) == 6 and some.people().tolist() == [0, 1] and len(train.some(99)) == 8
    with pytest.raises(ValueError, match="no sequence for 'val'; it has some for: test, train"):
        store.only("val")


def test_the_trainer_trains_on_it(root, tmp_path):
    pack(planned(root), tmp_path / "s")
    trainer = Trainer(Recipe(people=2, clips=2, frames=2), Store.open(tmp_path / "s").only("train"))
    totals = [trainer.step().total for _ in range(2)]
    assert np.isfinite(totals).all() and totals[0] != totals[1]


@pytest.mark.parametrize("nested", [False, True])
def test_freegait_is_packed_trained_on_and_evaluated(tmp_path, nested, capsys):
    root, store = write_freegait(tmp_path / "data", nested), str(tmp_path / "s")
    assert main(["pack", str(root), store, "--jobs", "1"]) == 0
    said = capsys.readouterr().err
    assert "FreeGait's silhouettes" in said and "FreeGait's point clouds" in said
    run = Trainer(Recipe(iterations=1, people=2, clips=2, frames=2), Store.open(tmp_path / "s").only("train"))
    run.step()
    weights, report = tmp_path / "net.safetensors", tmp_path / "report.md"
    save(weights, run.net.eval())
    protocol = ["--protocol", "freegait", "--probes", str(root / "partition.json")]
    words = [str(weights), "--store", store, *protocol, "--report", str(report)]
    assert evaluate(words) == 0
    figures = json.loads(report.with_suffix(".json").read_text())
    assert all(pairing["conditions"]["overall"]["probes"] == 2 for pairing in figures["pairings"])


def test_factors_and_grounds_come_from_side_files(root, tmp_path):
    key = SequenceKey("0001", "00-nm", "000")
    save_factors(root / "factors.json", {key: Factors(title=1)})
    facts = {"sequences": {"00-nm/000": {"ground": -1.2}}}
    (root / "facts").mkdir()
    (root / "facts" / "0001.json").write_text(json.dumps(facts))
    pack(planned(root), tmp_path / "s")
    store = Store.open(tmp_path / "s")
    assert store.factors[4].tolist() == [-1, 1, *[-1] * 12] and (store.factors[5] == -1).all()
    sequence = DataFolder.find(root).sequences[4]
    np.testing.assert_array_equal(store.tiles[4], tiles_of(sequence, CAMERA[0], LIDAR[0], -1.2))
    assert (store.tiles[4] != tiles_of(sequence, CAMERA[0], LIDAR[0], None)).any()


@pytest.mark.parametrize("after", [0, 1, 7, 15])
@pytest.mark.parametrize("torn", ["", '{"iden'])
def test_a_run_that_was_broken_off_goes_on(root, tmp_path, after, torn):
    pack(planned(root), tmp_path / "straight")

    def stopped(done, missing):
        for k, found in enumerate(done):
            if k == after:
                raise KeyboardInterrupt
            yield found

    with pytest.raises(KeyboardInterrupt):
        pack(planned(root), tmp_path / "broken", progress=stopped)
    assert not (tmp_path / "broken").exists()
    with (tmp_path / "broken.part" / JOURNAL).open("a") as journal:
        journal.write(torn)
    with (tmp_path / "broken.part" / TILES).open("ab") as tiles:
        tiles.write(b"torn")
    told = []
    pack(planned(root), tmp_path / "broken", announce=told.append)
    assert told[0].sequences == 16 - after and told[0].size > 0
    assert digest(tmp_path / "broken") == digest(tmp_path / "straight")


def test_tiles_that_a_power_cut_lost_are_made_again(root, tmp_path):
    pack(planned(root), tmp_path / "straight")
    part = shutil.copytree(tmp_path / "straight", tmp_path / "lost.part")
    content = json.loads((part / LABELS).read_text())
    about = planned(root).about
    lines = [json.dumps(line) for line in (about, *content["sequences"])]
    (part / JOURNAL).write_text("\n".join(lines) + "\n")
    with (part / TILES).open("r+b") as tiles:
        tiles.truncate(5 * 64 * 64 * 3)
    pack(planned(root), tmp_path / "lost")
    assert digest(tmp_path / "lost") == digest(tmp_path / "straight")


def test_processes_change_nothing(root, tmp_path):
    for jobs in ("1", "2"):
        assert main(["pack", str(root), str(tmp_path / jobs), "--jobs", jobs]) == 0
    assert digest(tmp_path / "1") == digest(tmp_path / "2")


def test_what_cannot_be_read_is_left_out_and_said(root, tmp_path, capsys):
    key = "0000/00-nm/000"
    next((root / "pkl" / key).glob("*PCDs.pkl")).write_bytes(b"no pickle")
    write_sequence(root / "pkl", "0003/02-cl/000", 2, (POINTS,))
    assert main(["pack", str(root), str(tmp_path / "s"), "--jobs", "1"]) == 0
    told = capsys.readouterr().err
    assert "left out:" in told and key in told and "0003/02-cl/000" in told
    assert "train: 2 people, 8 sequences; test: 2 people, 8 sequences\n" in told
    store = Store.open(tmp_path / "s")
    assert len(store) == 15 and len(store.about["problems"]) == 1
    assert main(["inspect", str(tmp_path / "s")]) == 0
    assert key in capsys.readouterr().out


@pytest.mark.parametrize(
    ("modalities", "words"),
    [
        ((POINTS, COLOURS, DEPTH_VIEWS, SILHOUETTES), "depth views of the point clouds"),
        ((COLOURS, DEPTH_VIEWS, SILHOUETTES), "as stored: there are no point clouds"),
        ((COLOURS, SILHOUETTES), "from coloured pictures: there are no point clouds"),
    ],
)
def test_depth_comes_from_the_best_there_is(tmp_path, modalities, words, capsys):
    root = write_data(tmp_path / "data", modalities)
    assert main(["pack", str(root), str(tmp_path / "s"), "--jobs", "1"]) == 0
    assert words in capsys.readouterr().err
    assert words in Store.open(tmp_path / "s").about["lidar"]


def test_a_data_set_may_be_there_to_test_alone(root, tmp_path, capsys):
    (root / "partition.json").write_text(json.dumps({"TRAIN_SET": [], "TEST_SET": ["0002", "0003"]}))
    out, recipe = tmp_path / "s", tmp_path / "r.yaml"
    assert main(["pack", str(root), str(out), "--jobs", "1"]) == 0
    assert set(Store.open(out).only("test").identity) == {"0002", "0003"}
    recipe.write_text("network: gaitbase\n")
    assert train([str(recipe), "--data", str(out), "--out", str(tmp_path / "t")]) == 2
    assert "train" in capsys.readouterr().err.splitlines()[-1]


def test_nothing_to_pack(root, tmp_path, capsys):
    def told(*words):
        assert main(["pack", *map(str, words)]) == 2
        return capsys.readouterr().err

    out = tmp_path / "s"
    assert "no folder" in told(tmp_path / "nowhere", out)
    assert "name the data set's with --partition" in told(root / "pkl", out)
    (root / "partition.json").write_text(json.dumps({"TRAIN_SET": [], "TEST_SET": []}))
    assert "the partition lists nobody" in told(root, out)
    (root / "partition.json").write_text(json.dumps({"TRAIN_SET": ["0"], "TEST_SET": ["1"]}))
    assert "2 identities ('0', …) is in the data, which have '0000', …" in told(root, out)
    (root / "partition.json").write_text(json.dumps({"TRAIN_SET": ["0000"], "TEST_SET": ["7777"]}))
    assert "is in the test set" in told(root, out)
    (tmp_path / "there").mkdir()
    (root / "partition.json").write_text(json.dumps({"TRAIN_SET": ["0000"], "TEST_SET": ["0001"]}))
    assert "is there already" in told(root, tmp_path / "there")
    (tmp_path / "s.part").mkdir()
    (tmp_path / "s.part" / "letter.txt").touch()
    assert "no unfinished store" in told(root, out)
    (tmp_path / "s.part" / JOURNAL).write_text('{"format": 0}\n')
    assert "delete it to pack anew" in told(root, out)
    one = write_data(tmp_path / "one", (POINTS,))
    assert "no sequence has sync-Camera-Sils_aligned or sync-Camera-Sils_raw" in told(one, tmp_path / "t")


def test_nothing_can_be_read(root, tmp_path, capsys):
    for path in (root / "pkl").rglob("*PCDs.pkl"):
        path.write_bytes(b"")
    assert main(["pack", str(root), str(tmp_path / "s"), "--jobs", "1"]) == 2
    assert "no sequence could be read; the first: " in capsys.readouterr().err
    assert not (tmp_path / "s").exists() and not (tmp_path / "s.part").exists()


def test_a_full_disk(root, tmp_path, monkeypatch, capsys):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "append", full)
    assert main(["pack", str(root), str(tmp_path / "s"), "--jobs", "1"]) == 2
    assert "No space left on device; what is packed is safe" in capsys.readouterr().err


def test_a_disk_that_is_full_from_the_start(root, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(OSError, match="File too large; what is packed is safe: make room"):
            pack(planned(root), tmp_path / "s")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    pack(planned(root), tmp_path / "s")
    assert len(Store.open(tmp_path / "s")) == 16


def test_files_that_went_away_are_left_out(root, tmp_path):
    made = planned(root)
    made.tasks[2].sequence.files[POINTS].unlink()
    (problem,) = pack(made, tmp_path / "s")
    assert "No such file" in problem and len(Store.open(tmp_path / "s")) == 15


def test_a_disk_that_cannot_be_read_stops_the_packing(root, tmp_path):
    made = planned(root)
    path = made.tasks[2].sequence.files[POINTS]
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match=r"Is a directory: .*PCDs.pkl.*mend it, and run the same"):
        pack(made, tmp_path / "s")


def test_room_is_looked_for_where_the_store_will_be(root, tmp_path, monkeypatch):
    asked = []

    def usage(folder):
        asked.append(folder)
        return own(folder)

    own = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert main(["pack", str(root), str(tmp_path / "new" / "s"), "--jobs", "1"]) == 0
    assert asked == [tmp_path / "new"]


@pytest.mark.parametrize("broken", ["missing", "short", "json", "version", "field"])
def test_broken_stores(root, tmp_path, broken):
    out = tmp_path / "s"
    pack(planned(root), out)
    content = json.loads((out / LABELS).read_text())
    if broken == "missing":
        (out / LABELS).unlink()
    elif broken == "short":
        (out / TILES).write_bytes((out / TILES).read_bytes()[:-1])
    elif broken == "json":
        (out / LABELS).write_text("{")
    elif broken == "version":
        content["about"]["gait_version"] = "0"
        (out / LABELS).write_text(json.dumps(content))
    else:
        del content["sequences"][3]["view"]
        (out / LABELS).write_text(json.dumps(content))
    with pytest.raises(FileNotFoundError if broken == "missing" else ValueError, match="pack"):
        Store.open(out)


@pytest.mark.parametrize("packed", [True, False])
def test_inspect(root, tmp_path, packed, capsys):
    folder = root
    if packed:
        pack(planned(root), folder := tmp_path / "s")
    sheet = tmp_path / "sheet.png"
    assert main(["inspect", str(folder), "--sheet", str(sheet)]) == 0
    told = capsys.readouterr().out
    assert "4 identities, 16 sequences" in told and "| 01-bg | 4 | 4 |" in told
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert main(["inspect", str(folder), "--sheet", str(tmp_path / "no" / "sheet.png")]) == 2


def test_inspect_without_a_partition(root, capsys):
    assert main(["inspect", str(root / "pkl")]) == 0
    assert "no partition" in capsys.readouterr().out
