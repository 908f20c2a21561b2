from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from sgcross_core.model.centring import Centring


@pytest.fixture
def around() -> torch.Tensor:
    torch.manual_seed(0)
    return functional.normalize(torch.randn(3, 2, 4), dim=-1)


def sure(prototypes: torch.Tensor) -> torch.Tensor:
    """Logits of windows that are each of one prototype out of 3."""
    return functional.one_hot(prototypes, 3) * 100.0


def test_the_means_are_those_of_each_prototypes_windows(around: torch.Tensor) -> None:
    block, chosen = Centring(3, 2, 4).eval(), torch.arange(40) % 2  # nobody is ever of the third
    embeddings = 5 * functional.normalize(around[chosen] + 0.1 * torch.randn(40, 2, 4), dim=-1)
    block.measure((embeddings[rows], sure(chosen[rows])) for rows in torch.arange(40).split(7))
    expected = [functional.normalize(embeddings[k:40:2], dim=-1).mean(0) for k in range(2)]
    torch.testing.assert_close(block.means[:2], torch.stack(expected))
    assert block.means[2].abs().max() < 1e-30
    left = block(embeddings, sure(chosen))
    torch.testing.assert_close(left[::2].mean(0), torch.zeros(2, 4), atol=1e-6, rtol=0)
    third = block(around[2:], sure(torch.tensor([2])))
    torch.testing.assert_close(third, around[2:])


def test_a_window_between_two_prototypes_counts_half_for_each() -> None:
    block, given = Centring(2, 1, 1).eval(), torch.tensor([[[4.0]], [[-4.0]], [[4.0]], [[4.0]]])
    block.measure([(given, torch.tensor([[0.0, 0], [0, 0], [99, 0], [0, 99]]))])
    torch.testing.assert_close(block.means.flatten(), torch.tensor([0.5, 0.5]))  # (1/2 - 1/2 + 1) / 2
    torch.testing.assert_close(block(given[:1], torch.zeros(1, 2)).item(), 0.5)


def test_training_leaves_embeddings_as_they_are(around: torch.Tensor) -> None:
    block = Centring(3, 2, 4)
    block.measure([(around, sure(torch.arange(3)))])
    assert block.train()(5 * around, sure(torch.arange(3))).equal(5 * around)
    torch.testing.assert_close(
        block.eval()(5 * around, sure(torch.arange(3))), torch.zeros(3, 2, 4), atol=1e-6, rtol=0
    )


def test_measured_anew_the_old_means_are_gone(around: torch.Tensor) -> None:
    block = Centring(3, 2, 4).eval()
    for _ in range(2):
        block.measure([(around, sure(torch.arange(3)))])
    torch.testing.assert_close(block.means, around)
    block.measure([])
    assert not block.means.any()
