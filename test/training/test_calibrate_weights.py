from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sgcross_core.model import load, save
from sgcross_core.runtime import TorchEngine
from training.calibrate_weights import calibrate_by_store, halves
from training.data.store import Store
from training.dataset import Clips
from training.evaluation.embed import Embedded, embed_store

Write = Callable[[Path, Clips], Path]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, clips_of: Callable[..., Clips], store_of: Write) -> Store:
    return Store.open(store_of(tmp_path_factory.mktemp("many") / "many.store", clips_of(16, 2, 2, 3)))


def split(store: Store, train: int) -> Store:
    """The first so many people train, the others test."""
    parts = np.where(np.isin(store.person, store.people()[:train]), "train", "test")
    changed = store.select(np.ones(len(store), np.bool_))
    changed.split[:] = parts
    return changed


@pytest.mark.parametrize(
    ("person", "walk", "expected"),
    [
        ([0, 0, 0], [0, 1, 2], [0, 1, 1]),  # the first type is the template, all others are probes
        ([0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1]),  # one type alone: halves
        ([0, 0, 0], [0, 0, 0], [0, 0, 1]),
        ([0], [0], [0]),
        ([0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 1, 1]),
        ([], [], []),
    ],
)
def test_which_sequences_are_templates_and_which_probes(
    store: Store, person: list[int], walk: list[int], expected: list[int]
) -> None:
    some = store.select(np.arange(len(person)))
    some.person[:], some.walk[:] = person, walk
    assert halves(some).tolist() == expected


def test_templates_are_those_of_the_network(store: Store) -> None:
    model = load()
    few = store.select(np.arange(3))
    of = embed_store(model.net, few, quiet=True).templates()
    engine = TorchEngine()
    for modality, rows in of.items():
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
        pooled = engine.features(modality, np.asarray(few.tiles[1])).max(axis=0)
        np.testing.assert_allclose(rows[1], engine.embed(modality, pooled[None])[0], atol=1e-4)


def test_a_strip_of_zeros_stays_zero() -> None:
    words = np.array(["a"])
    parts = np.array([[[3.0, 4.0], [0.0, 0.0]]], np.float32)
    found = Embedded({"camera": parts}, words, words, words).templates()["camera"]
    np.testing.assert_allclose(found, [[0.6 / 2**0.5, 0.8 / 2**0.5, 0, 0]], atol=1e-6)


def test_a_store_calibrates_a_weight_file_for_the_robot(store: Store, tmp_path: Path) -> None:
    net, path = load().net, tmp_path / "bare.safetensors"
    model_hash = save(path, net, command="sgcross train x")
    with pytest.raises(ValueError, match=r"has no calibration; add it with: sgcross evaluate .* --calibrate"):
        TorchEngine(path)
    calibrate_by_store(path, split(store, 5))
    engine = TorchEngine(path)
    assert engine.model_hash == model_hash and engine.command == "sgcross train x"
    assert engine.calibration.cohort["lidar"].shape == (5, net.embedding_size)


@pytest.mark.parametrize("train", [7, 15])
def test_too_few_to_calibrate_with(store: Store, tmp_path: Path, train: int) -> None:
    path = tmp_path / "bare.safetensors"
    save(path, load().net)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rf"at least 10 people .* the store has {16 - train}"):
        calibrate_by_store(path, split(store, train))
    assert path.read_bytes() == before
