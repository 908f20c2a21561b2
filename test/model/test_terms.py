from __future__ import annotations

import numpy as np
import pytest
import torch

from sgcross_core.model import terms

RNG = np.random.default_rng(0)


def vectors(*shape: int) -> torch.Tensor:
    x = torch.from_numpy(RNG.normal(size=shape))
    return x / x.norm(dim=-1, keepdim=True)


def test_orthogonality_is_the_mean_squared_cosine() -> None:
    a, b = RNG.normal(size=(3, 4, 5)), RNG.normal(size=(3, 4, 5))
    cosine = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    found = terms.orthogonality(torch.from_numpy(a), torch.from_numpy(b))
    assert found.item() == pytest.approx((cosine**2).mean())


@pytest.mark.parametrize(("a", "b", "value"), [([1.0, 0], [0, 2.0], 0), ([1.0, 0], [-3.0, 0], 1)])
def test_orthogonality_at_its_ends(a: list, b: list, value: float) -> None:
    assert terms.orthogonality(torch.tensor([a]), torch.tensor([b])).item() == pytest.approx(value)


def test_hsic_is_the_trace_formula() -> None:
    a, b = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 5))
    unit_a, unit_b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    H = np.eye(7) - 1 / 7
    expected = np.trace(unit_a @ unit_a.T @ H @ unit_b @ unit_b.T @ H) / 36
    assert terms.hsic(torch.from_numpy(a), torch.from_numpy(b)).item() == pytest.approx(expected)
    assert terms.hsic(torch.from_numpy(a), torch.ones(7, 5).double()).item() == pytest.approx(0, abs=1e-12)


def test_reconstruction_and_difference_by_hand() -> None:
    rebuilt, strips = (
        torch.tensor([[1.0, 2.0]], requires_grad=True),
        torch.tensor([[0.0, 4.0]], requires_grad=True),
    )
    loss = terms.reconstruction(rebuilt, strips)
    assert loss.item() == pytest.approx((1 + 4) / 2)
    loss.backward()
    assert strips.grad is None and rebuilt.grad is not None
    assert terms.difference(rebuilt, strips).item() == pytest.approx(1.5)


def test_direction_is_the_cross_entropy_of_the_known_views() -> None:
    choice = torch.from_numpy(RNG.normal(size=(4, 6)))  # two sensors, three views
    sensor, view = torch.tensor([0, 0, 1, 1]), torch.tensor([2, -1, 0, -1])
    right = [2, 3]  # columns of rows 0 and 2
    shares = torch.softmax(choice, 1)[[0, 2], right]
    assert terms.direction(choice, sensor, view).item() == pytest.approx(-shares.log().mean().item())
    assert terms.direction(choice, sensor, torch.full((4,), -1)).item() == 0


def test_a_text_belongs_to_a_row_by_person_or_by_sentence() -> None:
    rows = torch.tensor([[1, 10], [2, -1], [-1, -1]])
    bank = torch.tensor([[1, 11], [3, 10], [2, -1], [-1, -1]])
    assert terms.positives(rows, bank).tolist() == [
        [True, True, False, False],
        [False, False, True, False],
        [False, False, False, False],
    ]


def by_hand(visual: np.ndarray, texts: np.ndarray, positive: np.ndarray, temperature: float) -> float:
    """One way of the contrast: the mean over rows of the mean over positives."""
    each = []
    for row, wanted in zip(visual @ texts.T / temperature, positive, strict=True):
        if wanted.any():
            share = np.exp(row) / np.exp(row).sum()
            each.append(-np.log(share[wanted]).mean())
    return float(np.mean(each)) if each else 0.0


def test_contrast_with_many_positives_by_hand() -> None:
    v, t = vectors(4, 6), vectors(5, 6)
    positive = torch.tensor([[1, 1, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 0]]).bool()
    there = by_hand(v.numpy(), t.numpy(), positive.numpy(), 0.2)
    back = by_hand(t.numpy(), v.numpy(), positive.numpy().T, 0.2)
    found = terms.contrastive(v, t, positive, 0.2)
    assert found.item() == pytest.approx((there + back) / 2)


def test_contrast_of_strips_is_the_mean_over_strips() -> None:
    v, t, positive = vectors(4, 3, 6), vectors(4, 6), torch.eye(4).bool()
    each = [terms.contrastive(v[:, p], t, positive, 0.1).item() for p in range(3)]
    assert terms.contrastive(v, t, positive, 0.1).item() == pytest.approx(np.mean(each))


def test_contrast_without_any_positive_is_zero() -> None:
    assert terms.contrastive(vectors(2, 4), vectors(3, 4), torch.zeros(2, 3).bool(), 0.1).item() == 0


def test_divergence_is_the_symmetric_one_and_zero_for_equals() -> None:
    a, b, texts = vectors(3, 4), vectors(3, 4), vectors(5, 4)
    p, q = ((x @ texts.T / 0.3).softmax(-1).numpy() for x in (a, b))
    expected = np.mean(
        [(np.sum(x * np.log(x / y)) + np.sum(y * np.log(y / x))) / 2 for x, y in zip(p, q, strict=True)]
    )
    assert terms.divergence(a, b, texts, 0.3).item() == pytest.approx(expected)
    assert terms.divergence(a, a, texts, 0.3).item() == 0
