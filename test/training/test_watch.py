from __future__ import annotations

import logging

import pytest
import torch
from torch import Tensor

from training.objective import Terms
from training.recipe import LossConfig
from training.watch import WATCHED, Watch


def terms(iteration: int) -> Terms:
    """`within` is as it should be; others are constant, cut off, no number, without weight."""
    features = torch.ones(3, requires_grad=True)
    elsewhere = torch.full((), 1.0 + iteration, requires_grad=True)
    losses: dict[str, Tensor] = {
        "within": (features * (1 + iteration)).sum(),
        "contrast": features.sum(),
        "modality": elsewhere * 2,
        "hsic": torch.tensor(2.0 + iteration),
        "posterior": features.sum() * (float("nan") if iteration == 3 else 1 + iteration),
        "difference": torch.tensor(0.0),
    }
    return Terms(losses, (features,))


def test_losses_that_teach_nothing_are_named_once(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch(LossConfig(difference=0.0))
    with caplog.at_level(logging.WARNING):
        for iteration in range(2 * WATCHED):
            watch(terms(iteration))
    assert [record.getMessage() for record in caplog.records] == [
        "loss contrast is constant at 3",
        "loss modality has no gradient: the encoders learn nothing from it",
        "loss hsic has no gradient: the encoders learn nothing from it",
        "loss posterior is not finite",
    ]


def test_a_loss_is_judged_only_after_some_iterations(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch(LossConfig())
    for iteration in range(WATCHED - 1):
        watch(terms(iteration))
    assert caplog.records == []


def test_the_losses_of_a_second_phase_are_looked_at_anew(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch(LossConfig())
    with caplog.at_level(logging.WARNING):
        for iteration in range(3 * WATCHED):
            features = torch.ones(3, requires_grad=True)
            loss = features.sum() * (1 + iteration)
            second = {"within": loss, "identity": features.sum()}
            watch(Terms({"pairing": loss} if iteration < WATCHED + 5 else second, (features,)))
    assert [record.getMessage() for record in caplog.records] == ["loss identity is constant at 3"]
