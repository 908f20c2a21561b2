"""What holds for every rival."""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from sgcross_core.gait import VERSION
from sgcross_core.model import load, save
from sgcross_core.model.config import PRESETS, to_dict
from training.command import evaluate, train
from training.data.store import FORMAT
from training.dataset import Clips
from training.networks import load_any
from training.objective import Terms
from training.recipe import RIVALS, LossConfig, RivalsConfig
from training.rivals import NETWORKS, OBJECTIVES
from training.run import Outputs, run
from training.trainer import Trainer

METRIC = {"triplet_camera", "triplet_lidar", "within", "contrast", "identity"}
IMITATION = {"imitation", "part_affinity", "clip_affinity"}
LOSSES = {
    ("gaitbase", 0): METRIC,
    ("cl-gait", 0): {"pairing"},
    ("cl-gait", 3): METRIC,
    ("unicrossgait", 0): {"teacher_triplet", "teacher_identity"},
    ("unicrossgait", 3): METRIC | IMITATION,
    ("tcfdnet", 0): METRIC | {"alignment", "orthogonality", "hsic"},
}
# Which parameters a phase trains, by the beginning of their names; the others it leaves alone.
TRAINS = {
    ("gaitbase", 0): ("net.", "necks."),
    ("cl-gait", 0): ("net.",),
    ("cl-gait", 3): ("net.", "necks."),
    ("unicrossgait", 0): ("teacher.", "teacher_necks."),
    ("unicrossgait", 3): ("net.", "necks."),
    ("tcfdnet", 0): ("net.", "necks."),
}
phases = pytest.mark.parametrize(("name", "iteration"), LOSSES)
rivals = pytest.mark.parametrize("name", RIVALS)

Maker = Callable[..., Trainer]


def terms_of(trainer: Trainer) -> Terms:
    trainer.objective.train()
    torch.manual_seed(0)
    return trainer.objective.terms(*trainer.examples(trainer.iteration))


def equal(a: Trainer, b: Trainer) -> bool:
    one, other = a.objective.state_dict(), b.objective.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_every_rival_is_an_objective_and_a_network() -> None:
    assert set(RIVALS) == set(OBJECTIVES) == set(NETWORKS)


@rivals
@pytest.mark.parametrize("preset", PRESETS)
def test_shapes(name: str, preset: str) -> None:
    config = PRESETS[preset]
    net = NETWORKS[name](to_dict(config)).eval()
    B, T = 1, 2
    tiles = torch.randint(0, 256, (B * T, 64, 64, 3), dtype=torch.uint8)
    clips = {m: net.pictures(m, tiles).unflatten(0, (B, T)) for m in ("camera", "lidar")}
    with torch.inference_mode():
        pooled = net.pooled(clips)
        assert pooled.shape == (2 * B, net.feature_size)
        alone = net.encode_frames("lidar", clips["lidar"][0]).amax(0)
        torch.testing.assert_close(alone, pooled[1], atol=1e-4, rtol=1e-4)
        assert net.embed(pooled).shape == (2 * B, config.strips, config.part)
        template = net.template(pooled)
    assert template.shape == (2 * B, net.embedding_size)
    torch.testing.assert_close(template.norm(dim=1), torch.ones(2 * B))


@phases
def test_every_loss_has_a_weight_and_reaches_both_encoders(
    trainer_of: Maker, name: str, iteration: int
) -> None:
    terms = terms_of(trainer_of(name, iteration))
    assert set(terms.losses) == LOSSES[name, iteration] <= set(vars(LossConfig()))
    for loss_name, loss in terms.losses.items():
        (grad,) = torch.autograd.grad(loss, terms.features, retain_graph=True)
        assert all(bool((half != 0).any()) for half in grad.chunk(2)), loss_name


@phases
def test_a_phase_trains_all_of_its_parameters_and_no_others(
    trainer_of: Maker, name: str, iteration: int
) -> None:
    trainer = trainer_of(name, iteration)
    trainer.step()
    moved = {n for n, p in trainer.objective.named_parameters() if p.grad is not None and bool(p.grad.any())}
    wanted = {n for n, _ in trainer.objective.named_parameters() if n.startswith(TRAINS[name, iteration])}
    assert moved == wanted


@phases
def test_the_watch_finds_nothing_to_warn_of(
    trainer_of: Maker, name: str, iteration: int, caplog: pytest.LogCaptureFixture
) -> None:
    trainer = trainer_of(name, iteration * 8, iterations=80, people=2)
    with caplog.at_level(logging.WARNING):
        for _ in range(20):
            trainer.step()
    assert caplog.records == []


@phases
def test_bf16_is_near_fp32(trainer_of: Maker, name: str, iteration: int) -> None:
    full, half = (trainer_of(name, iteration, precision=precision).step() for precision in ("fp32", "bf16"))
    assert half.total != full.total and half.total == pytest.approx(full.total, rel=0.02)


@rivals
def test_a_resumed_run_equals_the_straight_one(trainer_of: Maker, tmp_path: Path, name: str) -> None:
    """Saved in the first phase and in the second, where there are two (three iterations of ten)."""
    straight, broken = trainer_of(name), trainer_of(name)
    for _ in range(6):
        straight.step()
    for steps in (2, 2, 2):
        for _ in range(steps):
            broken.step()
        broken.save(tmp_path / "checkpoint.safetensors")
        broken = trainer_of(name)
        broken.resume(tmp_path / "checkpoint.safetensors")
    assert broken.iteration == 6 and equal(straight, broken)


@rivals
def test_weights_come_back(trainer_of: Maker, tmp_path: Path, name: str) -> None:
    trainer = trainer_of(name)
    trainer.step()
    path = tmp_path / "net.safetensors"
    written = save(path, trainer.net.eval(), command="a command", prototypes=trainer.bank)
    model = load_any(path)
    assert (model.net.kind, model.hash, model.command) == (name, written, "a command")
    assert type(model.net) is type(trainer.net) and not model.net.training
    own, other = trainer.net.state_dict(), model.net.state_dict()
    assert own.keys() == other.keys() and all(torch.equal(own[key], other[key]) for key in own)
    with pytest.raises(ValueError, match=f"network must be SGCrossGait or absent; got '{name}'"):
        load(path)


@rivals
def test_train_and_evaluate_from_a_store(clips: Clips, tmp_path: Path, name: str) -> None:
    _write_store(tmp_path / "some.store", clips)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"network: {name}\nencoder: hashing\niterations: 4\npeople: 2\nframes: 2\n")
    store, out = str(tmp_path / "some.store"), str(tmp_path / "out")
    assert train([str(recipe), "--data", store, "--out", out]) == 0
    report = tmp_path / "report.md"
    weights = str(tmp_path / "out" / "recipe.safetensors")
    assert evaluate([weights, "--store", store, "--report", str(report)]) == 0
    found = json.loads(report.with_suffix(".json").read_text())
    assert len(found["pairings"]) == 4
    assert found["pairings"][1]["conditions"]["normal"]["mean"]["rank1"] is not None


def _write_store(folder: Path, clips: Clips) -> None:
    """Walk 0 is 00-nm, walk 1 is 01-nm; the first half of the people train."""
    folder.mkdir()
    tiles = np.asarray(clips.tiles)
    (folder / "tiles.bin").write_bytes(tiles.tobytes())
    rows = [
        {
            "identity": f"{person:04d}", "type": f"0{walk}-nm", "view": f"{int(view):03d}",
            "split": "train" if person < 3 else "test", "frames": tiles.shape[1],
        }
        for person, walk, view in zip(clips.person, clips.walk, clips.view, strict=True)
    ]  # fmt: skip
    about = {"format": FORMAT, "gait_version": VERSION, "camera": "figures", "lidar": "figures"}
    (folder / "store.json").write_text(json.dumps({"about": about, "sequences": rows}))


@rivals
def test_the_loss_falls(trainer_of: Maker, name: str) -> None:
    trainer = trainer_of(name, iterations=120, flip=0.0, rate=2e-3)
    totals = [trainer.step().total for _ in range(32)]  # within a first phase of 36
    assert np.mean(totals[-6:]) < 0.8 * np.mean(totals[:6])


@pytest.mark.parametrize("name", ["cl-gait", "unicrossgait"])
def test_the_loss_falls_in_the_second_phase_too(trainer_of: Maker, name: str) -> None:
    trainer = trainer_of(name, iterations=60, flip=0.0, rate=2e-3)
    first = trainer.recipe.first_iterations
    steps = [trainer.step() for _ in range(first + 24)]
    names = METRIC - {"within"}
    totals = [sum(step.parts[n] for n in names) for step in steps[first:]]
    assert np.mean(totals[-6:]) < 0.8 * np.mean(totals[:6])


@pytest.mark.parametrize("name", ["cl-gait", "unicrossgait"])
def test_losses_csv_leaves_those_of_the_other_phase_empty(
    trainer_of: Maker, tmp_path: Path, name: str
) -> None:
    run(trainer_of(name, iterations=40, people=2, rivals=RivalsConfig(first=0.6)), Outputs(tmp_path))
    with (tmp_path / "losses.csv").open() as opened:
        early, late = csv.DictReader(opened)
    assert (early["iteration"], late["iteration"]) == ("20", "40")
    for row, iteration in ((early, 0), (late, 3)):
        assert {column for column, value in row.items() if value} == {
            "iteration",
            "total",
            "rate",
            *LOSSES[name, iteration],
        }
