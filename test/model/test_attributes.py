from __future__ import annotations

import math

import pytest
import torch

from sgcross_core.model.attributes import AttributeHeads, Attributes, attribute_losses
from sgcross_core.model.factors import FACTORS, from_array

KNOWN = torch.tensor([[3, 1, *range(6), *range(6)]])


@pytest.fixture
def heads() -> AttributeHeads:
    torch.manual_seed(0)
    return AttributeHeads(8)


def test_the_columns_are_those_of_the_factors() -> None:
    assert [factor.kind for factor in FACTORS] == ["view", "binary", *12 * ["ordinal"]]
    assert {factor.levels for factor in FACTORS[2:]} == {6}


def test_a_higher_level_is_never_more_probable(heads: AttributeHeads) -> None:
    torch.nn.init.normal_(heads.gaps, std=5)
    found = heads(torch.randn(4, 8), torch.randn(4, 8))
    assert (found.view.shape, found.title.shape, found.ordinal.shape) == ((4, 8), (4,), (4, 12, 5))
    assert bool((found.ordinal.diff(dim=-1) < 0).all())


def test_values_are_factors(heads: AttributeHeads) -> None:
    values = heads(torch.randn(5, 8), torch.randn(5, 8)).values()
    assert values.shape == (5, 14)
    assert len(from_array(values.numpy())) == 5
    certain = Attributes(
        torch.eye(8)[[3]], torch.tensor([2.0]), torch.tensor([[[9.0, 9, 9, -9, -9]] * 11 + [[-9.0] * 5]])
    )
    assert certain.values().tolist() == [[3, 1, *11 * [3], 0]]


@pytest.mark.parametrize(("label", "reached"), [(0, 0), (2, 2), (5, 5)])
def test_the_ordinal_loss_by_hand(label: int, reached: int) -> None:
    logits = torch.tensor([1.5, 0.5, -0.5, -1.0, -2.0])
    found = Attributes(torch.zeros(1, 8), torch.zeros(1), logits.repeat(1, 12, 1))
    labels = torch.full((1, 14), -1)
    labels[0, 4] = label
    probability = [1 / (1 + math.exp(-x)) for x in logits.tolist()]
    expected = -sum(math.log(p if k < reached else 1 - p) for k, p in enumerate(probability))
    losses = attribute_losses(found, labels)
    assert losses["ordinal"].item() == pytest.approx(expected, rel=1e-5)
    assert losses["view"].item() == losses["title"].item() == 0


def test_view_and_title_by_hand() -> None:
    found = Attributes(torch.arange(8.0).repeat(2, 1), torch.tensor([0.3, -2.0]), torch.zeros(2, 12, 5))
    labels = torch.full((2, 14), -1)
    labels[0, :2] = torch.tensor([6, 1])
    losses = attribute_losses(found, labels)
    assert losses["view"].item() == pytest.approx(math.log(sum(math.exp(k) for k in range(8))) - 6, rel=1e-5)
    assert losses["title"].item() == pytest.approx(math.log(1 + math.exp(-0.3)), rel=1e-5)
    assert losses["ordinal"].item() == 0


def test_a_missing_label_teaches_nothing(heads: AttributeHeads) -> None:
    walk = torch.randn(2, 8, requires_grad=True)
    labels = torch.cat([KNOWN, torch.full((1, 14), -1)])
    sum(attribute_losses(heads(walk, walk), labels).values()).backward()
    assert walk.grad[0].abs().sum() > 0 and walk.grad[1].abs().sum() == 0


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (KNOWN.float(), "int64 .1, 14.; got torch.float32"),
        (KNOWN[:, :13], "got torch.int64 .1, 13."),
        (KNOWN.repeat(2, 1), "got torch.int64 .2, 14."),
        (torch.where(KNOWN == 3, 8, KNOWN), "viewpoint must lie in -1..7; got 8 in row 0"),
        (torch.where(KNOWN == 5, -2, KNOWN), "without_toe_out_or_in|toe_in must lie in -1..5; got -2"),
    ],
)
def test_labels_that_do_not_fit_are_named(heads: AttributeHeads, labels: torch.Tensor, words: str) -> None:
    found = heads(torch.randn(1, 8), torch.randn(1, 8))
    with pytest.raises(ValueError, match=words):
        attribute_losses(found, labels)
