"""What the two phases of CL-Gait and UniCrossGait leave to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from training.recipe import Recipe
from training.trainer import Trainer

Maker = Callable[..., Trainer]


def state(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_students_begin_as_the_teacher_once_and_leave_it_alone(trainer_of: Maker) -> None:
    trainer = trainer_of("unicrossgait")
    objective, fresh = trainer.objective, state(trainer.net)
    for _ in range(3):
        trainer.step()
    teacher = state(objective.teacher)
    assert same(fresh, state(trainer.net)) and not same(fresh, state(objective.teacher.sensors))
    objective._begin()
    assert same(state(trainer.net), state(objective.teacher.sensors))
    for _ in range(2):
        trainer.step()
    assert not same(state(trainer.net), state(objective.teacher.sensors))
    assert same(teacher, state(objective.teacher))  # its norms' statistics too
    students = state(trainer.net)
    objective._begin()
    assert same(students, state(trainer.net))


def test_imitation_warms_up_over_the_second_phase(trainer_of: Maker) -> None:
    """With the same networks and batch, from 0.1 of it at the beginning to 1.5 at the end."""
    found = []
    for iteration in (300, 650, 999):
        trainer = trainer_of("unicrossgait", iteration, iterations=1000)
        torch.manual_seed(0)
        pictures = {m: torch.rand(8, 2, p, 64, 64) for m, p in (("camera", 1), ("lidar", 2))}
        labels = replace(trainer.batches(300).labels, iteration=iteration)
        found.append(trainer.objective.train().terms(pictures, labels).losses["imitation"].item())
    assert found[1] / found[0] == pytest.approx(0.8 / 0.1, rel=1e-3)
    assert found[2] / found[0] == pytest.approx((0.1 + 1.4 * 699 / 700) / 0.1, rel=1e-3)


def test_pairs_are_found_without_labels(trainer_of: Maker) -> None:
    trainer = trainer_of("cl-gait")
    pictures = {m: torch.rand(8, 2, p, 64, 64) for m, p in (("camera", 1), ("lidar", 2))}
    labels = trainer.batches(0).labels
    trainer.objective.eval()
    one = trainer.objective.terms(pictures, labels).losses["pairing"]
    other = trainer.objective.terms(pictures, replace(labels, label=labels.label.flip(0))).losses["pairing"]
    assert torch.equal(one, other)


def test_the_trunk_is_shared_and_the_stems_are_not(trainer_of: Maker) -> None:
    net = trainer_of("cl-gait").net.eval()
    camera = torch.rand(2, 1, 64, 64)
    before = net.encode_frames("camera", camera)
    with torch.no_grad():
        net.encoders["lidar"].layers[0].weight.mul_(2)
        assert torch.equal(net.encode_frames("camera", camera), before)
        net.trunk[0].body[0].weight.mul_(2)
        assert not torch.equal(net.encode_frames("camera", camera), before)


@pytest.mark.parametrize(
    ("network", "first"), [("gaitbase", 0), ("tcfdnet", 0), ("cl-gait", 30), ("unicrossgait", 30)]
)
def test_who_has_a_first_phase(network: str, first: int) -> None:
    assert Recipe(network=network, iterations=100).first_iterations == first


def test_the_second_phase_begins_without_the_moments_of_the_first(trainer_of: Maker) -> None:
    trainer = trainer_of("cl-gait")
    for _ in range(3):
        trainer.step()
    assert {int(state["step"]) for state in trainer.optimiser.state.values()} == {3}
    for _ in range(2):
        trainer.step()
    assert {int(state["step"]) for state in trainer.optimiser.state.values()} == {2}
