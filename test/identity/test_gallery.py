from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from sgcross_core.identity import Gallery, GalleryBusy, GalleryMismatch
from sgcross_core.identity import gallery as module

HASH = "0123456789abcdef"
RNG = np.random.default_rng(0)


def vector() -> np.ndarray:
    return RNG.standard_normal(512).astype(np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "gallery.db"


@pytest.fixture
def gallery(path: Path) -> Gallery:
    return Gallery(path)


def everything_on_disk(path: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(path.parent.iterdir()) if p.is_file())


def test_a_new_gallery_is_empty(gallery: Gallery, path: Path) -> None:
    assert gallery.people() == {}
    templates = gallery.templates(HASH)
    assert templates.people == () and templates.embeddings.shape[0] == 0 and templates.waiting == {}
    assert path.is_file()


def test_templates_come_back_as_they_went_in(gallery: Gallery, path: Path) -> None:
    a, b, c = vector(), vector(), vector()
    gallery.enrol("Bob", "camera", a, 62, HASH)
    gallery.enrol("  Ann ", "lidar", b, 40, HASH)
    gallery.enrol("Bob", "camera", c, 20, HASH)
    gallery.close()
    again = Gallery(path)
    assert again.people() == {"Ann": {"lidar": 1}, "Bob": {"camera": 2}}
    found = again.templates(HASH)
    assert found.people == ("Bob", "Ann", "Bob") and found.modalities == ("camera", "lidar", "camera")
    assert found.frames == (62, 40, 20)
    np.testing.assert_array_equal(found.embeddings, np.stack([a, b, c]))


def test_it_agrees_with_a_dictionary_over_many_random_steps(gallery: Gallery) -> None:
    rng, model = np.random.default_rng(1), {}
    for _ in range(150):
        name = str(rng.choice(["Ann", "Bob", "Cid"]))
        if rng.random() < 0.7:
            gallery.enrol(name, "camera", vector(), 30, HASH)
            model[name] = model.get(name, 0) + 1
        else:
            assert gallery.forget(name) == model.pop(name, 0)
        assert gallery.people() == {k: {"camera": n} for k, n in sorted(model.items())}


@pytest.mark.parametrize("bad", [np.zeros((2, 512), np.float32), np.full(512, np.nan, np.float32)])
def test_templates_that_are_none_are_refused(gallery: Gallery, bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="one finite vector"):
        gallery.enrol("Bob", "camera", bad, 30, HASH)
    assert gallery.people() == {}


def test_a_name_that_is_none_is_refused(gallery: Gallery) -> None:
    with pytest.raises(ValueError, match="path"):
        gallery.enrol("../Bob", "camera", vector(), 30, HASH)
    assert gallery.people() == {}


def test_forgetting_removes_the_bytes(gallery: Gallery, path: Path) -> None:
    secret = vector()
    gallery.enrol("Ann", "camera", vector(), 30, HASH)
    gallery.enrol("Bartholomew", "camera", secret, 30, HASH)
    assert secret.tobytes() in everything_on_disk(path)
    assert gallery.forget("Bartholomew") == 1
    left = everything_on_disk(path)
    assert secret.tobytes()[:64] not in left and b"Bartholomew" not in left
    assert gallery.people() == {"Ann": {"camera": 1}}
    assert gallery.forget("Bartholomew") == 0


def test_a_reader_that_hinders_the_removal_is_reported(
    gallery: Gallery, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FORGET_S", 0.05)
    secret = vector()
    gallery.enrol("Bob", "camera", secret, 30, HASH)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM template").fetchall()
    with pytest.raises(GalleryBusy, match="1 templates of 'Bob' are deleted, but a reader holds"):
        gallery.forget("Bob")
    assert gallery.people() == {}
    reader.execute("COMMIT")
    reader.close()
    assert gallery.forget("Bob") == 0
    assert secret.tobytes()[:64] not in everything_on_disk(path)


def test_another_model_waits_unharmed(gallery: Gallery) -> None:
    gallery.enrol("Bob", "camera", vector(), 30, HASH)
    with pytest.raises(GalleryMismatch, match=f"this is model fedcba, its templates are 1 by model {HASH}"):
        gallery.templates("fedcba")
    gallery.enrol("Ann", "camera", vector(), 30, "fedcba")
    assert gallery.templates("fedcba").people == ("Ann",)
    assert gallery.templates("fedcba").waiting == {HASH: 1}
    assert gallery.templates(HASH).people == ("Bob",)


def test_the_revision_changes_with_every_writer(gallery: Gallery, path: Path) -> None:
    seen = {gallery.revision()}
    gallery.enrol("Bob", "camera", vector(), 30, HASH)
    seen.add(gallery.revision())
    other = Gallery(path)
    other.enrol("Ann", "camera", vector(), 30, HASH)
    seen.add(gallery.revision())
    other.forget("Ann")
    seen.add(gallery.revision())
    assert len(seen) == 4
    gallery.people()
    assert gallery.revision() in seen


def damage(content: bytes, kind: str) -> bytes:
    return {
        "text": b"not a database, but long enough to have a header" * 4,
        "empty": b"",
        "header alone": content[:100],
        "cut": content[: len(content) // 2],
        "garbage inside": content[:4096] + bytes(range(256)) * ((len(content) - 4096) // 256),
    }[kind]


@pytest.mark.parametrize("kind", ["text", "empty", "header alone", "cut", "garbage inside"])
def test_a_broken_file_gives_one_error_and_is_left_alone(gallery: Gallery, path: Path, kind: str) -> None:
    gallery.enrol("Bob", "camera", vector(), 30, HASH)
    gallery.forget("Nobody")
    gallery.close()
    broken = damage(path.read_bytes(), kind)
    path.write_bytes(broken)
    with pytest.raises(ValueError, match="left as it is"):
        Gallery(path)
    assert path.read_bytes() == broken


def test_a_changed_template_is_noticed(gallery: Gallery, path: Path) -> None:
    target = vector()
    gallery.enrol("Bob", "camera", target, 30, HASH)
    gallery.close()
    content = path.read_bytes()
    place = content.index(target.tobytes()[100:200]) + 7
    path.write_bytes(content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :])
    with pytest.raises(ValueError, match="misfits its checksum"):
        Gallery(path).templates(HASH)


def test_other_applications_databases_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mail (text)")
    before = path.read_bytes()
    with pytest.raises(ValueError, match="database of application 0x0"):
        Gallery(path)
    assert path.read_bytes() == before


def test_a_later_format_is_refused(gallery: Gallery, path: Path) -> None:
    gallery.close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(ValueError, match="format 9, this package reads up to 1"):
        Gallery(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not a file"):
        Gallery(tmp_path)


def write_some(path: Path, writer: int, count: int) -> None:
    gallery = Gallery(path)
    for _ in range(count):
        gallery.enrol(f"writer {writer}", "camera", np.full(512, writer, np.float32), 30, HASH)
        gallery.templates(HASH)


def test_eight_writers_lose_nothing(path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write_some, args=(path, i, 12)) for i in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [w.exitcode for w in writers] == [0] * 8
    assert Gallery(path).people() == {f"writer {i}": {"camera": 12} for i in range(8)}


def write_forever(path: Path) -> None:
    gallery = Gallery(path)
    while True:
        gallery.enrol("Bob", "camera", vector(), 30, HASH)


@pytest.mark.parametrize("after", [0.02, 0.1, 0.2])
def test_a_killed_writer_leaves_a_whole_gallery(path: Path, after: float) -> None:
    process = multiprocessing.get_context("fork").Process(target=write_forever, args=(path,))
    Gallery(path).enrol("Ann", "camera", vector(), 30, HASH)
    process.start()
    process.join(after)
    process.kill()
    process.join()
    survivor = Gallery(path)
    assert survivor.people()["Ann"] == {"camera": 1}
    assert len(survivor.templates(HASH).people) == sum(survivor.people().get("Bob", {}).values()) + 1
