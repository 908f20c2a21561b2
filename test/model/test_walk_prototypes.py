from __future__ import annotations

import numpy as np
import pytest
import torch

from sgcross_core.model import MODALITIES, SGCrossGait
from sgcross_core.model.config import preset
from sgcross_core.model.factors import FACTORS, Factors
from sgcross_core.model.prototypes import PrototypeBank
from sgcross_core.model.sentences import VIEWS, descriptions
from sgcross_core.model.text import HashingEncoder
from sgcross_core.model.walk_prototypes import SEEN, walk_prototypes

ENCODER = HashingEncoder(512)
PEOPLE = {
    "0007": [Factors(0, 1, humpback=3, toe_out=4), Factors(4, 1, humpback=3, toe_out=5)],
    "0001": [Factors(2, 0, catwalk=5)],
}


@pytest.fixture(scope="module")
def bank() -> PrototypeBank:
    return walk_prototypes(ENCODER, PEOPLE)


def test_there_is_one_of_each(bank: PrototypeBank) -> None:
    assert bank.names == ("0007", "0001") and bank.people.shape == (2, 512)
    shapes = {column: len(rows) for column, rows in bank.factors.items()}
    assert shapes == {factor.name: factor.levels for factor in FACTORS if factor.name != "viewpoint"}
    assert tuple(bank.views) == MODALITIES == tuple(SEEN)
    assert bank.directions.shape == (len(MODALITIES) * len(VIEWS), 512)


def test_a_person_is_the_mean_over_walks_and_templates(bank: PrototypeBank) -> None:
    sentences = [s for walk in PEOPLE["0007"] for s in descriptions(walk, view=False)]
    assert len(sentences) == 10 and not any("front" in s or "back," in s for s in sentences)
    mean = ENCODER.encode(sentences).mean(0)
    np.testing.assert_allclose(bank.people[0], mean / np.linalg.norm(mean), atol=1e-5)


@pytest.mark.parametrize("column", [factor.name for factor in FACTORS if factor.name != "viewpoint"])
def test_levels_differ(bank: PrototypeBank, column: str) -> None:
    rows = bank.factors[column]
    alike = rows @ rows.T - torch.eye(len(rows))
    assert alike.max() < 0.99


def test_all_directions_differ(bank: PrototypeBank) -> None:
    alike = bank.directions @ bank.directions.T - torch.eye(len(bank.directions))
    assert alike.max() < 0.99


@pytest.mark.parametrize("name", ["tiny", "edge", "paper"])
def test_the_directions_are_what_the_network_chooses_from(bank: PrototypeBank, name: str) -> None:
    config = preset(name)
    assert tuple(bank.directions.shape) == (config.prototypes, config.text_dim)
    if name == "tiny":
        net = SGCrossGait(config)
        net.set_prototypes(bank.directions)
        torch.testing.assert_close(net.prototypes, bank.directions)


def test_a_person_without_a_walk_is_named() -> None:
    with pytest.raises(ValueError, match="people: no sentence was given for '0009'"):
        walk_prototypes(ENCODER, {**PEOPLE, "0009": []})
