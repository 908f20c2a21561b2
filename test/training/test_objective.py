from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sgcross_core.model import MODALITIES, load, save
from sgcross_core.model.config import PRESETS, SGConfig
from sgcross_core.model.prototypes import spread
from training import objective
from training.centre import measure_centre
from training.checkpoint import stored_bank
from training.dataset import Clips
from training.embed import pooled_windows
from training.objective import SGObjective, make_objective
from training.recipe import BlocksConfig, LossConfig, Recipe
from training.texts import given_factors, make_bank, true_factors
from training.trainer import Trainer

RECIPE = Recipe(
    network="sg-crossgait", iterations=8, people=4, clips=2, frames=2, rate=1e-3, encoder="hashing", flip=0.3
)
METRIC = {"triplet_camera", "triplet_lidar", "within", "contrast", "identity", "identity_token", "posterior"}
BLOCKS = {
    "alignment": {
        "align_whole",
        "align_parts",
        "align_template",
        "divergence",
        "text_identity",
        "text_triplet",
    },
    "sgfd": {"direction", "modality", "orthogonality", "hsic", "reconstruction", "difference"},
    "gar": {"gar_view", "gar_title", "gar_ordinal"},
}
ALL = METRIC.union(*BLOCKS.values())
OF_TEXTS = {"text_identity", "text_triplet"}  # which are fixed


@pytest.fixture(scope="module")
def clips(clips_of: Callable[..., Clips]) -> Clips:
    return clips_of(6, 2, 2, 3)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The preset tiny, smaller still."""
    tiny = PRESETS["tiny"]
    config: SGConfig = replace(
        tiny, part=16, backbone=replace(tiny.backbone, width=4), visual=replace(tiny.visual, width=16)
    )
    monkeypatch.setattr(objective, "preset", lambda name: config if name == "tiny" else PRESETS[name])


def trainer(clips: Clips, **changes: object) -> Trainer:
    return Trainer(replace(RECIPE, **changes), clips)


def test_every_loss_has_a_weight_and_reaches_the_encoders(clips: Clips) -> None:
    run = trainer(clips)
    terms = run.objective.terms(*run.examples(0))
    assert set(terms.losses) == ALL <= set(vars(LossConfig()))
    for name in ALL - OF_TEXTS:
        loss = terms.losses[name]
        grads = torch.autograd.grad(loss, terms.features, retain_graph=True)
        assert all(grad.abs().sum() > 0 for grad in grads), name


def test_losses_of_fixed_texts_reach_their_own_neck_alone(clips: Clips) -> None:
    run = trainer(clips, loss=LossConfig(text_identity=0.5, text_triplet=0.5, margin=2.0))
    before = run.net.necks["text"].weight.detach().clone()
    first = run.step().parts
    assert not torch.equal(before, run.net.necks["text"].weight)
    terms = run.objective.terms(*run.examples(0))
    assert not terms.losses["text_triplet"].requires_grad and first["text_triplet"] > 0
    found = torch.autograd.grad(terms.losses["text_identity"], terms.features, allow_unused=True)
    assert found == (None, None)
    assert LossConfig().text_identity == LossConfig().text_triplet == 0


def test_all_trains_but_the_neck_of_texts_and_the_prototypes_are_fixed(clips: Clips) -> None:
    run = trainer(clips, loss=LossConfig(reconstruction=0.1))
    before = {name: value.clone() for name, value in run.objective.state_dict().items()}
    run.step()
    still = {n for n, p in run.net.named_parameters() if p.grad is None or not bool(p.grad.abs().sum() > 0)}
    assert {name for name in still if not name.startswith("necks.text.")} == set()
    texts = "net.prototypes"
    assert torch.equal(before[texts], run.objective.state_dict()[texts]) and bool(before[texts].any())
    assert run.bank is not None and torch.equal(run.objective.people, spread(run.bank.people))


def test_the_choice_of_a_prototype_learns_sensor_and_view(clips: Clips) -> None:
    run = trainer(clips, flip=0.0, iterations=40, loss=LossConfig(direction=5.0))
    losses = [run.step().parts["direction"] for _ in range(40)]
    assert np.mean(losses[-5:]) < 0.5 * losses[0]


def test_the_minimum_over_frames_begins_as_nothing_and_trains(clips: Clips) -> None:
    plain, run = trainer(clips), trainer(clips, blocks=replace(BlocksConfig(), minimum=True))
    assert run.net.still is not None and not run.net.still.weight.any()
    run.step()
    assert run.net.still.weight.any() and plain.net.still is None


def test_centring_changes_nothing_of_training(clips: Clips) -> None:
    plain, run = (trainer(clips, blocks=replace(BlocksConfig(), centred=on)) for on in (False, True))
    assert [plain.step().parts for _ in range(3)] == [run.step().parts for _ in range(3)]
    own, other = (one.objective.state_dict() for one in (plain, run))
    assert set(other) - set(own) == {"net.centring.means"}
    assert all(torch.equal(value, other[name]) for name, value in own.items())


def test_what_is_counted_from_is_measured_when_training_is_over(clips: Clips) -> None:
    run = trainer(clips, blocks=replace(BlocksConfig(), centred=True), flip=0.0)
    run.step()
    assert not run.net.centring.means.any()
    measure_centre(run.net, clips, quiet=True)
    found = {m: run.net.eval().outputs(pooled_windows(run.net, m, list(clips.tiles))) for m in MODALITIES}
    share = torch.cat([out.decoupled.choice for out in found.values()]).softmax(-1)  # of all 2 x 24 windows
    left = torch.cat([out.embedding for out in found.values()])
    means, was = run.net.centring.means, left + torch.einsum("bk,kpd->bpd", share, run.net.centring.means)
    torch.testing.assert_close(was.norm(dim=-1), torch.ones(was.shape[:2]))
    counted = share.sum(0).clamp(min=1)[:, None, None]
    torch.testing.assert_close(means, torch.einsum("bk,bpd->kpd", share, was) / counted, atol=1e-5, rtol=0)
    before = means.clone()
    run.step()
    assert torch.equal(run.net.centring.means, before)
    other = trainer(clips)
    measure_centre(other.net, clips)
    assert other.net.training


@pytest.mark.parametrize("block", ["alignment", "sgfd", "gar", "dcf"])
def test_a_switch_removes_the_losses_of_its_block_alone(clips: Clips, block: str) -> None:
    run = trainer(clips, blocks=replace(BlocksConfig(), **{block: False}))
    assert set(run.step().parts) == ALL - BLOCKS.get(block, set())


def test_without_text_there_is_no_bank(clips: Clips) -> None:
    run = trainer(clips, blocks=BlocksConfig(text=False, alignment=False))
    assert run.bank is None and set(run.step().parts) == ALL - BLOCKS["alignment"]
    with pytest.raises(ValueError, match="alignment aligns to text"):
        trainer(clips, blocks=BlocksConfig(text=False))


def test_a_resumed_run_equals_the_straight_one(clips: Clips, tmp_path: Path) -> None:
    straight, first, second = (trainer(clips) for _ in range(3))
    for _ in range(4):
        straight.step()
    for _ in range(2):
        first.step()
    first.save(tmp_path / "checkpoint.safetensors")
    second.resume(tmp_path / "checkpoint.safetensors")
    bank = stored_bank(tmp_path / "checkpoint.safetensors")
    assert bank is not None and first.bank is not None and bank.names == first.bank.names
    assert torch.equal(bank.people, first.bank.people)
    for _ in range(2):
        second.step()
    own, other = straight.objective.state_dict(), second.objective.state_dict()
    assert own.keys() == other.keys() and all(torch.equal(own[name], other[name]) for name in own)


def test_weights_keep_the_prototypes(clips: Clips, tmp_path: Path) -> None:
    run = trainer(clips)
    save(tmp_path / "net.safetensors", run.net.eval(), prototypes=run.bank)
    model = load(tmp_path / "net.safetensors")
    assert model.prototypes is not None and run.bank is not None
    assert torch.equal(model.prototypes.people, run.bank.people)
    torch.testing.assert_close(model.net.state_dict()["prototypes"], spread(run.bank.directions))


def test_a_bank_has_a_row_a_person_in_the_order_of_the_labels(clips: Clips) -> None:
    factors = true_factors(clips)
    bank = make_bank(RECIPE, clips, factors)
    assert bank is not None and bank.names == tuple(str(p) for p in clips.people())
    assert make_bank(replace(RECIPE, network="two-stream"), clips, factors) is None
    assert np.array_equal(factors[:, 0], [1, 2] * 12)  # views of 30 and 90 degrees


def test_a_mirrored_walk_is_seen_from_the_other_side(clips: Clips) -> None:
    plain, turned = trainer(clips, flip=0.0), trainer(clips, flip=1.0)
    a, b = (run.batches(0).labels for run in (plain, turned))
    assert torch.equal(a.person, b.person) and torch.equal(b.label, a.label + 6)
    assert torch.equal(b.factors[:, 0], -a.factors[:, 0] % 8)
    assert torch.equal(b.factors[:, 1:], a.factors[:, 1:])


def test_a_frozen_tower_needs_clip_weights() -> None:
    with pytest.raises(ValueError, match=r"Recipe\.clip_weights must name a file"):
        make_objective(replace(RECIPE, preset="paper"), 6, None)


def test_bf16_is_near_fp32(clips: Clips) -> None:
    full, half = (trainer(clips, precision=precision).step() for precision in ("fp32", "bf16"))
    assert half.total != full.total and half.total == pytest.approx(full.total, rel=0.02)
    assert isinstance(trainer(clips).objective, SGObjective)


def test_labels_of_an_annotator_differ_from_the_true_ones_and_come_again(clips: Clips) -> None:
    true, told = (given_factors(replace(RECIPE, labels=name), clips) for name in ("true", "annotated"))
    assert np.array_equal(true, true_factors(clips))
    assert 0.5 < (told == true).mean() < 1.0 and told.shape == true.shape
    assert np.array_equal(told, given_factors(replace(RECIPE, labels="annotated"), clips))
    run = trainer(clips, labels="annotated", flip=0.0)
    assert np.array_equal(run.batches.factors, told)


def test_without_any_factor_there_are_no_texts_to_train_with(clips: Clips) -> None:
    nothing = np.full((len(clips), 14), -1)
    with pytest.raises(ValueError, match="pack them with --factors"):
        make_bank(RECIPE, clips, nothing)
