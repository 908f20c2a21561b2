from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from sgcross_core.model import TwoStream, load, save
from sgcross_core.model.prototypes import PrototypeBank, spread
from sgcross_core.model.text import HashingEncoder

PEOPLE = {"b": ["a man walks hunched", "a hunched man"], "a": ["a woman walks on tiptoe"]}
FACTORS = {"tiptoe": [["heels down"], ["heels up", "on tiptoe"]], "title": [["a man"], ["a woman"]]}
VIEWS = {
    "camera": [["a silhouette from the front"], ["a silhouette from the left"]],
    "lidar": [["a depth view from the front"], ["a depth view from the left"]],
}
ENCODER = HashingEncoder(32)


@pytest.fixture
def bank() -> PrototypeBank:
    return PrototypeBank.build(ENCODER, PEOPLE, FACTORS, VIEWS)


def test_a_prototype_is_the_mean_made_a_unit_vector(bank: PrototypeBank) -> None:
    mean = np.mean([ENCODER.encode([sentence])[0] for sentence in PEOPLE["b"]], axis=0)
    np.testing.assert_allclose(bank.people[0], mean / np.linalg.norm(mean), atol=1e-6)
    np.testing.assert_allclose(bank.people[1], ENCODER.encode(PEOPLE["a"])[0], atol=1e-6)
    np.testing.assert_allclose(bank.factors["title"][1], ENCODER.encode(["a woman"])[0], atol=1e-6)


def test_shapes_and_order(bank: PrototypeBank) -> None:
    assert bank.names == ("b", "a") and bank.encoder == "hashing" and bank.dim == 32
    shapes = {column: rows.shape for column, rows in bank.factors.items()}
    assert shapes == {"tiptoe": (2, 32), "title": (2, 32)}
    assert bank.directions.shape == (4, 32)
    np.testing.assert_allclose(bank.directions[2], ENCODER.encode(VIEWS["lidar"][0])[0], atol=1e-6)


def test_it_comes_back_from_a_file(bank: PrototypeBank, tmp_path: Path) -> None:
    save_file({**bank.to_tensors(), "net.weight": torch.ones(1)}, tmp_path / "w.safetensors")
    header = json.loads(json.dumps(bank.header()))
    again = PrototypeBank.from_tensors(header, load_file(tmp_path / "w.safetensors"))
    assert again.header() == bank.header()
    assert torch.equal(again.people, bank.people) and torch.equal(again.directions, bank.directions)
    assert list(again.factors) == ["tiptoe", "title"]
    assert all(torch.equal(rows, bank.factors[column]) for column, rows in again.factors.items())


def test_a_weight_file_keeps_it(bank: PrototypeBank, tmp_path: Path) -> None:
    net = TwoStream()
    digest = save(tmp_path / "w.safetensors", net, prototypes=bank)
    model = load(tmp_path / "w.safetensors")
    assert model.prototypes is not None and torch.equal(model.prototypes.people, bank.people)
    assert digest == save(tmp_path / "bare.safetensors", net) == model.hash
    assert load(tmp_path / "bare.safetensors").prototypes is None


def test_a_weight_file_of_another_schema_is_refused(bank: PrototypeBank, tmp_path: Path) -> None:
    save(tmp_path / "w.safetensors", TwoStream(), prototypes=replace(bank, schema="gdf-0"))
    with pytest.raises(ValueError, match=r"w\.safetensors: prototypes: schema is 'gdf-0'"):
        load(tmp_path / "w.safetensors")


def test_nobody_is_allowed() -> None:
    bank = PrototypeBank.build(ENCODER, {}, {}, VIEWS)
    assert bank.people.shape == (0, 32) and bank.factors == {}


def test_what_no_sentence_was_written_about_is_named() -> None:
    with pytest.raises(ValueError, match="people: no sentence was given for 'c'"):
        PrototypeBank.build(ENCODER, {**PEOPLE, "c": []}, FACTORS, VIEWS)
    with pytest.raises(ValueError, match=r"factors\.tiptoe: no sentence was given for '1'"):
        PrototypeBank.build(ENCODER, PEOPLE, {"tiptoe": [["down"], []]}, VIEWS)


class Opposites:
    """Says the opposite of every second sentence."""

    name, dim = "opposites", 3

    def encode(self, sentences: list[str]) -> np.ndarray:
        return np.array([[1.0, 0, 0] if i % 2 else [-1.0, 0, 0] for i in range(len(sentences))], np.float32)


def test_sentences_that_cancel_each_other_out_are_refused() -> None:
    with pytest.raises(ValueError, match="people: the sentences for 'x' cancel each other out"):
        PrototypeBank.build(Opposites(), {"x": ["yes", "no"]}, {}, {})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "version is 2, this package has 1: build them anew"),
        ({"schema": "gdf-0"}, "schema is 'gdf-0', this package has 'gdf-1'"),
        ({"factors": ["catwalk"]}, r"'prototypes\.factors\.catwalk' is missing"),
        ({"names": ["a"]}, r"a row for each of 1 names; got \(2, 32\)"),
        ({"names": ["a", "a"]}, "may occur once"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(bank: PrototypeBank, change: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PrototypeBank.from_tensors({**bank.header(), **change}, bank.to_tensors())


def test_a_header_without_an_encoder_is_refused(bank: PrototypeBank) -> None:
    header = bank.header()
    del header["encoder"]
    with pytest.raises(ValueError, match="prototypes are not complete: 'encoder' is missing"):
        PrototypeBank.from_tensors(header, bank.to_tensors())


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda rows: rows[:, :5], r"must be float32 \(N, 32\); got torch.float32 \(2, 5\)"),
        (lambda rows: rows.half(), "got torch.float16"),
        (lambda rows: rows[0], r"got torch.float32 \(32,\)"),
        (lambda rows: 2 * rows, "vectors of length 1"),
        (lambda rows: rows * torch.nan, "vectors of length 1"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(
    bank: PrototypeBank, spoil: Callable[[torch.Tensor], torch.Tensor], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        replace(bank, views={**bank.views, "lidar": spoil(bank.views["lidar"])})


def test_spread_prototypes_are_told_apart_however_alike_they_were():
    torch.manual_seed(0)
    own = torch.randn(30, 64)
    own[:, 0] *= 20  # most of what they differ in
    rows = torch.nn.functional.normalize(10 * torch.randn(64) + own, dim=1)
    alike, apart = rows @ rows.T, spread(rows) @ spread(rows).T
    others = ~torch.eye(30, dtype=torch.bool)
    assert alike[others].mean() > 0.5 and apart[others].mean().abs() < 0.05
    torch.testing.assert_close(spread(rows).norm(dim=1), torch.ones(30))
    axes = torch.linalg.svd(spread(rows, axes=3) - spread(rows, axes=3).mean(0)).S
    assert (axes[:3] > 0.5).all() and (axes[3:] < 1e-3).all()


@pytest.mark.parametrize("rows", [torch.ones(1, 4), torch.ones(5, 4)], ids=["one", "all the same"])
def test_prototypes_that_do_not_differ_are_refused(rows: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="do not differ"):
        spread(torch.nn.functional.normalize(rows, dim=1))


def test_two_prototypes_point_away_from_each_other(bank: PrototypeBank) -> None:
    a, b = spread(bank.people)
    torch.testing.assert_close(a, -b)
