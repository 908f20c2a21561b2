from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from training.losses import IdentityHead, contrast, identity, pairwise, posterior, triplet

LABEL = torch.tensor([0, 0, 1, 1])


def brute_triplet(a: torch.Tensor, b: torch.Tensor, label: torch.Tensor, margin: float, own: bool) -> float:
    strips = []
    for p in range(a.shape[1]):
        found = []
        for i in range(len(a)):
            for j in range(len(b)):
                for k in range(len(b)):
                    if label[i] != label[j] or label[i] == label[k] or (own and i == j):
                        continue
                    near, far = (a[i, p] - b[j, p]).norm(), (a[i, p] - b[k, p]).norm()
                    if near - far + margin > 0:
                        found.append(float(near - far + margin))
        strips.append(sum(found) / max(len(found), 1))
    return sum(strips) / len(strips)


@pytest.mark.parametrize("own", [True, False])
def test_triplets_equal_three_loops(own: bool) -> None:
    torch.manual_seed(0)
    a = torch.randn(4, 3, 5)
    b = a if own else torch.randn(4, 3, 5)
    found = triplet(a, b, LABEL, LABEL, 0.2)
    assert found.item() == pytest.approx(brute_triplet(a, b, LABEL, 0.2, own), abs=1e-4)


@pytest.mark.parametrize("label", [[0, 0, 0, 0], [0, 1, 2, 3]], ids=["no negatives", "no positives"])
def test_without_triplets_the_loss_is_zero_and_flat(label: list[int]) -> None:
    a = torch.randn(4, 2, 3, requires_grad=True)
    loss = triplet(a, a, torch.tensor(label), torch.tensor(label), 0.2)
    loss.backward()
    assert loss.item() == 0 and a.grad is not None and torch.isfinite(a.grad).all()


def test_equal_vectors_give_finite_gradients() -> None:
    a = torch.ones(4, 2, 3, requires_grad=True)
    triplet(a, a, LABEL, LABEL, 0.2).backward()
    assert a.grad is not None and torch.isfinite(a.grad).all()


def test_pairwise_distances() -> None:
    torch.manual_seed(0)
    a, b = torch.randn(3, 2, 5), torch.randn(4, 2, 5)
    expected = torch.stack([torch.cdist(a[:, p], b[:, p]) for p in range(2)])
    torch.testing.assert_close(pairwise(a, b), expected, atol=1e-4, rtol=1e-4)


def test_contrast_is_small_for_the_right_pairs_and_large_for_wrong_ones() -> None:
    directions = functional.normalize(torch.eye(2).repeat_interleave(2, 0), dim=1)
    right = contrast(directions, directions, LABEL, LABEL, 16)
    wrong = contrast(directions, directions.flip(0), LABEL, LABEL, 16)
    assert right.item() == pytest.approx(float(torch.log(torch.tensor(2.0))), abs=1e-3)  # two equal positives
    assert wrong.item() > 15


def test_contrast_ignores_clips_without_a_partner() -> None:
    a = functional.normalize(torch.randn(2, 4), dim=1)
    assert torch.isfinite(contrast(a, a, torch.tensor([0, 1]), torch.tensor([0, 2]), 16))


def test_the_head_learns_to_tell_classes_apart() -> None:
    torch.manual_seed(0)
    head, parts = IdentityHead(2, 4, classes=3), torch.randn(6, 2, 4)
    label = torch.tensor([0, 0, 1, 1, 2, 2])
    optimiser = torch.optim.Adam(head.parameters(), 0.05)
    first = head(parts, label).item()
    for _ in range(60):
        optimiser.zero_grad()
        loss = head(parts, label)
        loss.backward()
        optimiser.step()
    assert loss.item() < first / 2


def test_identity_is_smoothed_cross_entropy_of_scaled_cosines() -> None:
    cosines = torch.rand(3, 2, 5, generator=torch.Generator().manual_seed(0)) * 2 - 1
    label, by_hand = [4, 0, 2], []
    for row in range(3):
        for strip in range(2):
            share = [float(x) for x in (16 * cosines[row, strip]).softmax(0)]
            by_hand += [
                sum(-(0.9 * (k == label[row]) + 0.1 / 5) * math.log(p) for k, p in enumerate(share))
            ]
    assert identity(cosines, torch.tensor(label)).item() == pytest.approx(sum(by_hand) / 6, rel=1e-5)


def test_posterior_is_the_mean_of_both_divergences_and_zero_for_equals() -> None:
    a, b = torch.rand(2, 3, 2, 5, generator=torch.Generator().manual_seed(0))
    p, q = ((16 * x).softmax(-1).double() for x in (a, b))
    expected = ((p * (p / q).log()).sum(-1) + (q * (q / p).log()).sum(-1)).mean() / 2
    assert posterior(a, b).item() == pytest.approx(expected.item(), rel=1e-4)
    assert posterior(a, a).item() == 0
