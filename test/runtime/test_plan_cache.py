from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from sgcross_core.runtime.plan_cache import PlanCache, PlanKey, default_folder

KEY = PlanKey(onnx="ab" * 32, tensorrt="10.9.0", gpu="NVIDIA H100 9.0", precision="fp16", batches=(1, 8, 32))
OTHERS = (
    replace(KEY, onnx="cd" * 32),
    replace(KEY, tensorrt="11.4.0"),
    replace(KEY, gpu="NVIDIA RTX 5090 12.0"),
    replace(KEY, precision="fp32"),
    replace(KEY, batches=(1, 8, 64)),
)


@pytest.fixture
def cache(tmp_path: Path) -> PlanCache:
    cache = PlanCache(tmp_path / "plans")
    cache.store(KEY, b"a plan\n\0 of bytes")
    return cache


def test_a_plan_comes_back(cache: PlanCache) -> None:
    assert cache.load(KEY) == b"a plan\n\0 of bytes"
    cache.store(KEY, b"a newer one")
    assert cache.load(KEY) == b"a newer one"
    assert [path.name for path in cache.folder.iterdir()] == [KEY.file]


@pytest.mark.parametrize("other", OTHERS)
def test_each_part_of_the_key_counts(cache: PlanCache, other: PlanKey) -> None:
    assert other.file != KEY.file and cache.load(other) is None
    (cache.folder / KEY.file).rename(cache.folder / other.file)  # somebody copies a plan to another machine
    assert cache.load(other) is None


@pytest.mark.parametrize("keep", [0, 5, 100, -10, -1])
def test_a_plan_cut_short_is_none(cache: PlanCache, keep: int) -> None:
    path = cache.folder / KEY.file
    path.write_bytes(path.read_bytes()[:keep])
    assert cache.load(KEY) is None


def test_a_changed_or_longer_plan_is_none(cache: PlanCache) -> None:
    path = cache.folder / KEY.file
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"x")
    assert cache.load(KEY) is None
    path.write_bytes(whole + b"x")
    assert cache.load(KEY) is None


def test_dropping(cache: PlanCache) -> None:
    cache.drop(KEY)
    cache.drop(KEY)
    assert cache.load(KEY) is None and list(cache.folder.iterdir()) == []


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "plans").mkdir()
    os.chmod(tmp_path / "plans", mode)
    with pytest.raises(ValueError, match="plans must belong to this user and be writable by nobody else"):
        PlanCache(tmp_path / "plans")


def test_the_folder_follows_the_desktop_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "sgcross" / "tensorrt"
    assert PlanCache().folder.stat().st_mode & 0o777 == 0o700
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_folder() == Path.home() / ".cache" / "sgcross" / "tensorrt"
