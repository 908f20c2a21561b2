"""A run as the user starts it: to its end, broken off, with a full disk, validated, profiled."""

from __future__ import annotations

import csv
import os
import resource
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from sgcross_core.gait import VERSION
from sgcross_core.model import SGCrossGait, load
from sgcross_core.model.card import read_card, running_commit
from training.cards import FIGURE, HELD_OUT
from training.command import STOPPED, evaluate, train
from training.data.store import Store
from training.recipe import Recipe
from training.run import Outputs, run
from training.trainer import Trainer

TEXT = "people: 4\nframes: 2\nlate_frames: 3\nsave_every: 7\n"
RECIPE = Recipe(people=4, frames=2, late_frames=3, save_every=7)


def command(tmp_path: Path, store: Path, text: str, *words: str) -> int:
    recipe = tmp_path / "small.yaml"
    recipe.write_text(TEXT + text)
    return train([str(recipe), "--data", str(store), "--out", str(tmp_path / "out"), *words])


def same(a: Path, b: Path) -> bool:
    one, other = load_file(a), load_file(b)
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def trainer_of(store: Path, **changes: object) -> Trainer:
    return Trainer(replace(RECIPE, **changes), Store.open(store).only("train"))


def test_a_run_that_is_stopped_in_the_middle_ends_like_the_straight_one(
    tmp_path: Path, store_folder: Path
) -> None:
    straight, broken = (trainer_of(store_folder, iterations=50) for _ in range(2))
    assert run(straight, Outputs(tmp_path / "straight"))
    step = broken.step

    def press_once() -> object:
        if broken.iteration == 24:
            os.kill(os.getpid(), signal.SIGINT)
        return step()

    broken.step = press_once  # type: ignore[method-assign, assignment]
    assert not run(broken, Outputs(tmp_path / "broken"))
    assert broken.iteration == 25  # the step was finished
    again = trainer_of(store_folder, iterations=50)
    again.resume(tmp_path / "broken" / "checkpoint.safetensors")
    assert run(again, Outputs(tmp_path / "broken"))
    assert same(
        tmp_path / "straight" / "checkpoint.safetensors", tmp_path / "broken" / "checkpoint.safetensors"
    )
    rows = [list(csv.DictReader((tmp_path / name / "losses.csv").open())) for name in ("straight", "broken")]
    assert rows[0] == rows[1] and [row["iteration"] for row in rows[0]] == ["20", "40"]


def test_the_command_says_how_to_go_on(
    tmp_path: Path, store_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Trainer.step

    def press(trainer: Trainer) -> object:
        os.kill(os.getpid(), signal.SIGINT)
        return own(trainer)

    monkeypatch.setattr(Trainer, "step", press)
    assert command(tmp_path, store_folder, "iterations: 3\n") == STOPPED
    told = capsys.readouterr().err.splitlines()[-2:]
    assert told[0] == "stopped after 1 of 3 iterations; go on with:"
    assert told[1].startswith("sgcross train ") and told[1].endswith(" --resume")
    monkeypatch.setattr(Trainer, "step", own)
    assert command(tmp_path, store_folder, "iterations: 3\n") == 2
    assert "add --resume to go on" in capsys.readouterr().err
    assert command(tmp_path, store_folder, "iterations: 3\n", "--resume") == 0
    assert load(tmp_path / "out" / "small.safetensors").command.endswith("--resume")


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path, store_folder: Path) -> None:
    """A limit on the size of files stands for the full disk: writing fails in the middle of the file."""
    trainer = trainer_of(store_folder, iterations=40)
    checkpoint = tmp_path / "checkpoint.safetensors"
    trainer.step()
    trainer.save(checkpoint)
    before = checkpoint.read_bytes()
    trainer.step()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, hard))
    try:
        with pytest.raises(OSError, match=r"cannot write .*; the one before is still there"):
            trainer.save(checkpoint)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert checkpoint.read_bytes() == before and list(tmp_path.iterdir()) == [checkpoint]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("people: 3\n", "made by another recipe: people was 4 and is 3"),
        (
            "network: sg-crossgait\npreset: edge\nblocks: {text: false, alignment: false}\n",
            "network was 'two-stream' and is",
        ),
        ("loss: {margin: 0.4}\n", "loss.margin was 0.2 and is 0.4"),
    ],
)
def test_another_recipes_checkpoint(
    tmp_path: Path, store_folder: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    trainer_of(store_folder, iterations=40).save(tmp_path / "out" / "checkpoint.safetensors")
    assert command(tmp_path, store_folder, "iterations: 40\n" + text, "--resume") == 2
    assert words in capsys.readouterr().err


def test_another_data_sets_checkpoint(tmp_path: Path, store_folder: Path) -> None:
    trainer = trainer_of(store_folder, iterations=40)
    trainer.save(tmp_path / "checkpoint.safetensors")
    store = Store.open(store_folder).only("train")
    other = Trainer(trainer.recipe, replace(store, about={**store.about, "sequences": "others"}))
    with pytest.raises(ValueError, match="was trained on other data"):
        other.resume(tmp_path / "checkpoint.safetensors")


@pytest.mark.parametrize(
    ("content", "words"), [(None, "there is nothing to go on from"), (b"no checkpoint", "is broken")]
)
def test_no_checkpoint(
    tmp_path: Path, store_folder: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, words: str
) -> None:
    if content:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "checkpoint.safetensors").write_bytes(content)
    assert command(tmp_path, store_folder, "", "--resume") == 2
    assert words in capsys.readouterr().err


def test_weights_are_no_checkpoint(
    tmp_path: Path, store_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, store_folder, "iterations: 1\n") == 0
    (tmp_path / "out" / "small.safetensors").replace(tmp_path / "out" / "checkpoint.safetensors")
    assert command(tmp_path, store_folder, "iterations: 1\n", "--resume") == 2
    assert "is no checkpoint of a training" in capsys.readouterr().err


def test_the_best_weights_are_kept(tmp_path: Path, store_folder: Path) -> None:
    text = "iterations: 12\nevaluate_every: 4\nholdout: 2\nrate: 0.002\n"
    assert command(tmp_path, store_folder, text) == 0
    best = load(tmp_path / "out" / "small.best.safetensors")
    assert best.net.preset == "tiny"
    assert "validation rank-1" in (tmp_path / "out" / "index.html").read_text()
    for name in ("small", "small.best"):
        card = read_card(tmp_path / "out" / f"{name}.safetensors")
        ((what, value),) = card.metrics[HELD_OUT].items()
        assert what == FIGURE and 0 <= value <= 100 and card.measured_by == card.command


def test_the_weights_that_are_kept_have_the_means_they_were_validated_with(
    tmp_path: Path, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = "clip: false, text: false, alignment: false, dcf: false, gar: false, centred: true"
    text = f"network: sg-crossgait\npreset: tiny\nblocks: {{{blocks}}}\nevaluate_every: 2\nholdout: 2\n"
    means = []

    def always_better(net: SGCrossGait, held: Store) -> float:
        assert net.centring is not None and len(held.people()) == 2
        means.append(net.centring.means.clone())
        return len(means) / 10

    monkeypatch.setattr("training.run.validate", always_better)
    assert command(tmp_path, store_folder, text + "iterations: 4\n") == 0
    kept = load(tmp_path / "out" / "small.best.safetensors").net
    assert isinstance(kept, SGCrossGait) and kept.centring is not None
    assert torch.equal(kept.centring.means, means[1]) and not torch.equal(*means)


def test_who_calibrates_is_missed_before_the_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, tmp_path, "iterations: 1\n") == 2
    assert "val/" in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("report", "words"),
    [("w.md", "is the card of the weights"), ("r.json", "names the page"), ("r.png", "names the page")],
)
def test_a_report_must_not_take_another_files_place(
    report: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for data in ("--store", "--data"):
        assert evaluate(["w.safetensors", data, "nowhere", "--report", report]) == 2
        assert words in capsys.readouterr().err


def test_each_weight_file_has_its_card(tmp_path: Path, store_folder: Path) -> None:
    assert command(tmp_path, store_folder, "iterations: 2\nseed: 3\n") == 0
    path = tmp_path / "out" / "small.safetensors"
    card, model = read_card(path), load(path)
    assert (card.model, card.preset, card.network) == (model.hash, "tiny", "TwoStream")
    assert card.command == model.command and card.command.startswith("sgcross train ")
    assert card.seed == 3 and card.commit == running_commit() and card.preprocessing == VERSION
    assert card.data == f"{store_folder}: 6 people, {len(Store.open(store_folder).only('train'))} sequences"
    assert card.metrics == {} and card.remarks == "2 of 2 iterations."


def test_too_few_people_to_keep_some_out(
    tmp_path: Path, store_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, store_folder, "evaluate_every: 4\nholdout: 5\n") == 2
    assert "Recipe.holdout 5 leaves fewer than two of the 6 people" in capsys.readouterr().err


def test_the_profile_tells_shares_that_add_up(
    tmp_path: Path, store_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, store_folder, "iterations: 100\n", "--profile", "6") == 0
    lines = capsys.readouterr().out.splitlines()
    phases = {line.split()[0]: float(line.split()[3]) for line in lines[1:6]}
    assert list(phases) == ["data", "forward", "backward", "optimiser", "rest"]
    assert sum(phases.values()) == pytest.approx(100, abs=0.5) and phases["backward"] > phases["optimiser"]
    assert any("convolution" in line for line in lines[7:])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("precision: fp16\n", "fp16 needs CUDA"),
        ("people: 7\n", "a batch of 7 people needs as many in the data; got 6"),
        ("milestones: [0.5]\n", "as many Recipe.factors"),
        ("milestones: [15000, 30000]\nfactors: [0.1, 0.01]\n", r"milestones must be numbers in 0..1"),
    ],
)
def test_recipes_that_do_not_fit(
    tmp_path: Path, store_folder: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    assert command(tmp_path, store_folder, text) == 2
    assert words in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_that_is_not_there(
    tmp_path: Path, store_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, store_folder, "", "--device", "cuda") == 2
    assert "finds no CUDA device" in capsys.readouterr().err
