from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.dataset import Clips
from training.recipe import RIVALS, BlocksConfig, LossConfig, Recipe, RivalsConfig, read_recipe
from training.results.grid import read_grid
from training.run import Outputs, run
from training.schedule import learning_rate
from training.trainer import Trainer

RECIPE = Recipe(iterations=8, people=4, clips=2, frames=2, save_every=5, rate=2e-3)


@pytest.fixture(scope="module")
def clips(clips_of: Callable[..., Clips]) -> Clips:
    return clips_of(6, 2, 2, 3)


def equal(a: Trainer, b: Trainer) -> bool:
    return all(
        torch.equal(x, y)
        for x, y in zip(a.objective.state_dict().values(), b.objective.state_dict().values(), strict=True)
    )


def test_the_loss_falls(clips: Clips) -> None:
    trainer = Trainer(replace(RECIPE, iterations=40, flip=0.0), clips)
    totals = [trainer.step().total for _ in range(20)]
    assert np.mean(totals[-6:]) < 0.8 * np.mean(totals[:6])


def test_equal_seeds_train_equally_and_others_do_not(clips: Clips) -> None:
    a, b, c = (Trainer(replace(RECIPE, seed=seed), clips) for seed in (0, 0, 1))
    for trainer in (a, b, c):
        trainer.step()
    assert equal(a, b) and not equal(a, c)


def test_a_resumed_run_equals_the_straight_one(clips: Clips, tmp_path: Path) -> None:
    straight, first, second = (Trainer(RECIPE, clips) for _ in range(3))
    for _ in range(5):
        straight.step()
    for _ in range(3):
        first.step()
    first.save(tmp_path / "checkpoint.safetensors")
    second.resume(tmp_path / "checkpoint.safetensors")
    assert second.iteration == 3
    for _ in range(2):
        second.step()
    assert equal(straight, second)


def test_another_recipes_checkpoint_is_refused(clips: Clips, tmp_path: Path) -> None:
    Trainer(RECIPE, clips).save(tmp_path / "checkpoint.safetensors")
    with pytest.raises(ValueError, match="another recipe"):
        Trainer(replace(RECIPE, rate=1e-4), clips).resume(tmp_path / "checkpoint.safetensors")


def test_a_run_writes_losses_and_checkpoints_and_goes_on(clips: Clips, tmp_path: Path) -> None:
    recipe = replace(RECIPE, iterations=20, people=2)
    trainer = Trainer(recipe, clips)
    run(trainer, Outputs(tmp_path / "out"))
    assert trainer.iteration == 20
    with (tmp_path / "out" / "losses.csv").open() as opened:
        rows = list(csv.DictReader(opened))
    assert [row["iteration"] for row in rows] == ["20"] and float(rows[0]["triplet_camera"]) > 0
    again = Trainer(recipe, clips)
    again.resume(tmp_path / "out" / "checkpoint.safetensors")
    run(again, Outputs(tmp_path / "out"))
    assert equal(trainer, again)


def test_a_run_that_saw_nothing_goes_through(clips: Clips) -> None:
    blind = Trainer(RECIPE, replace(clips, tiles=np.zeros_like(clips.tiles)))
    assert np.isfinite(blind.step().total)


def test_a_loss_that_is_no_number_stops_the_run(clips: Clips) -> None:
    trainer = Trainer(RECIPE, clips)
    with torch.no_grad():
        trainer.net.project.weight.fill_(float("nan"))
    with pytest.raises(RuntimeError, match="the loss is nan at iteration 0, from triplet_camera"):
        trainer.step()


@pytest.mark.parametrize(
    ("iteration", "rate"), [(0, 1.0), (59, 1.0), (60, 0.3), (84, 0.3), (85, 0.1), (99, 0.1)]
)
def test_the_schedule(iteration: int, rate: float) -> None:
    assert learning_rate(Recipe(iterations=100, rate=1.0), iteration) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("iteration", "rate"),
    [(0, 1.0), (23, 1.0), (24, 0.3), (34, 0.1), (39, 0.1), (40, 1.0), (76, 0.3), (99, 0.1)],
)
def test_each_of_two_phases_has_the_whole_schedule(iteration: int, rate: float) -> None:
    recipe = Recipe(network="cl-gait", iterations=100, rate=1.0, rivals=RivalsConfig(first=0.4))
    assert learning_rate(recipe, iteration) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Recipe()),
        ("people: 4", Recipe(people=4)),
        ("loss: {margin: 0.3}\nfrom_nowhere: 1", "unknown setting 'from_nowhere'"),
        ("loss:\n  margin: 0.3", Recipe(loss=LossConfig(margin=0.3))),
        ("people: 1", "Recipe.people must lie in"),
        ("people: many", "Recipe.people must be a int"),
        ("people: [4", "recipe.yaml is no YAML: while parsing"),
        ("- a", "must hold settings, name: value; got list"),
        ("preset: paper", "Recipe.preset of two-stream must be one of tiny; got 'paper'"),
        ("network: best", "Recipe.network must be one of two-stream, sg-crossgait, gaitbase, cl-gait"),
        ("network: cl-gait\npreset: edge", Recipe(network="cl-gait", preset="edge")),
        ("rivals: {first: 1.0}", "RivalsConfig.first must lie in 0.05..0.95"),
        ("network: sg-crossgait\npreset: paper", Recipe(network="sg-crossgait", preset="paper")),
        ("blocks: {dcf: false}", Recipe(blocks=BlocksConfig(dcf=False))),
        ("preset: huge", "Recipe.preset must be one of tiny"),
    ],
)
def test_recipes_from_yaml(tmp_path: Path, text: str, expected: Recipe | str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=expected):
            read_recipe(path)
    else:
        assert read_recipe(path) == expected


def test_shipped_recipes_are_valid() -> None:
    folder = Path(__file__).parents[2] / "training" / "recipes"
    assert [read_recipe(path) for path in sorted(folder.glob("*.yaml"))]


@pytest.mark.parametrize("name", RIVALS)
def test_a_rivals_recipe_is_that_of_the_difficulty_but_for_what_is_its_own(name: str) -> None:
    folder = Path(__file__).parents[2] / "training" / "recipes"
    common = read_recipe(folder / "difficulty.yaml")
    exchange = 0.5 if name == "tcfdnet" else 0.0
    own = replace(common, network=name, augment=replace(common.augment, exchange=exchange))
    assert read_recipe(folder / f"{name}.yaml") == own


def test_sg_crossgaits_recipe_is_the_comparisons_with_the_budget_of_the_difficulty() -> None:
    folder = Path(__file__).parents[2] / "training"
    recipe, common = (read_recipe(folder / "recipes" / f"{n}.yaml") for n in ("sg-crossgait", "difficulty"))
    compared = read_grid(folder / "results" / "tiny.yaml").recipes["SG-CrossGait"]
    assert recipe == replace(compared, iterations=common.iterations)
    own = {"network": recipe.network, "blocks": recipe.blocks, "loss": recipe.loss}
    assert replace(common, **own) == recipe
