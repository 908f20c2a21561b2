"""One training run from a recipe, with checkpoints from which it goes on exactly."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import tqdm

from sgcross_core.model.prototypes import PrototypeBank
from sgcross_core.settings import flatten
from training.batches import Batches
from training.data.store import Store
from training.dataset import Clips
from training.networks import objective_of
from training.objective import Labels, Pictures
from training.prefetch import Prefetch
from training.recipe import Recipe
from training.texts import make_bank
from training.watch import Watch

DROPS = ((0.6, 0.3), (0.85, 0.1))  # from this share of the iterations on, this share of the learning rate


@dataclass
class Step:
    """The losses of one iteration, by name; total is what was minimised."""

    total: float
    parts: dict[str, float]


class Trainer:
    """Owns the network, what training alone needs, and the optimiser; step() makes one iteration.

    bank: the prototypes that SG-CrossGait trains with; None makes them when the recipe needs some.
    """

    def __init__(self, recipe: Recipe, clips: Clips | Store, bank: PrototypeBank | None = None) -> None:
        self.recipe, self.clips, self.iteration = recipe, clips, 0
        self.batches = Batches(recipe, clips)
        self.bank = bank or make_bank(recipe, clips, self.batches.factors)
        torch.manual_seed(recipe.seed)
        self.objective = objective_of(recipe, self.batches.sampler.classes, self.bank)
        self.net = self.objective.net
        self.ahead = Prefetch(self.examples, recipe.iterations)
        self.watch = Watch(recipe.loss)
        self.optimiser = torch.optim.Adam(self.objective.parameters(), recipe.rate, weight_decay=recipe.decay)

    def step(self) -> Step:
        """Train on the batch of this iteration."""
        self.objective.train()
        torch.manual_seed(hash((self.recipe.seed, self.iteration)) % 2**63)  # of dropout: resumes exactly
        if self.iteration and self.iteration == self.recipe.first_iterations:
            self.optimiser.state.clear()  # other losses: the moments of the first phase's would mislead
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.recipe, self.iteration)
        pictures, labels = self.ahead(self.iteration)
        terms = self.objective.terms(pictures, labels)
        self.watch(terms)
        total = torch.stack([getattr(self.recipe.loss, n) * loss for n, loss in terms.losses.items()]).sum()
        self._check(total, terms.losses)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        self.optimiser.step()
        self.iteration += 1
        return Step(total.item(), {name: value.item() for name, value in terms.losses.items()})

    def _check(self, total: Tensor, losses: Mapping[str, Tensor]) -> None:
        if not torch.isfinite(total):
            bad = ", ".join(name for name, loss in losses.items() if not torch.isfinite(loss))
            raise RuntimeError(
                f"the loss is {total.item()} at iteration {self.iteration}, from {bad}; lower the rate"
            )

    def examples(self, iteration: int) -> tuple[Pictures, Labels]:
        """What the objective needs of an iteration."""
        examples = self.batches(iteration)
        return {m: self._pictures(m, tiles) for m, tiles in examples.tiles.items()}, examples.labels

    def _pictures(self, modality: str, tiles: NDArray[np.uint8]) -> Tensor:
        """float (B, T, planes, 64, 64) of tiles uint8 (B, T, 64, 64, 3)."""
        pictures = self.net.pictures(modality, torch.from_numpy(tiles).flatten(0, 1))
        return pictures.contiguous(memory_format=torch.channels_last).unflatten(0, tiles.shape[:2])

    def save(self, path: Path) -> None:
        """Everything that the next iteration depends on."""
        state = {f"both.{k}": v.contiguous() for k, v in self.objective.state_dict().items()}
        for index, moments in self.optimiser.state_dict()["state"].items():
            state |= {f"adam.{index}.{name}": value.contiguous() for name, value in moments.items()}
        header = {"iteration": str(self.iteration), "recipe": recipe_text(self.recipe)}
        if self.bank is not None:
            state |= self.bank.to_tensors()
            header["prototypes"] = json.dumps(self.bank.header())
        part = path.with_suffix(".part")
        save_file(state, part, metadata=header)
        part.replace(path)

    def resume(self, path: Path) -> None:
        """Go on where `save` was called; ValueError when that run had another recipe."""
        state, header = load_file(path), _header(path)
        if header["recipe"] != recipe_text(self.recipe):
            raise ValueError(f"{path} was made by another recipe: {header['recipe']}")
        self.objective.load_state_dict(
            {k.removeprefix("both."): v for k, v in state.items() if k.startswith("both.")}
        )
        moments: dict[int, dict[str, Tensor]] = {}
        for key in (k for k in state if k.startswith("adam.")):
            _, index, name = key.split(".")
            moments.setdefault(int(index), {})[name] = state[key]
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": moments})
        self.iteration = int(header["iteration"])


def stored_bank(path: Path) -> PrototypeBank | None:
    """The prototypes in a checkpoint, so that a run goes on without its text encoder; None without any."""
    header = _header(path)
    if "prototypes" not in header:
        return None
    return PrototypeBank.from_tensors(json.loads(header["prototypes"]), load_file(path))


def learning_rate(recipe: Recipe, iteration: int) -> float:
    """The learning rate of an iteration; of two phases each has the whole schedule."""
    share = 1.0
    for begin, factor in DROPS:
        if recipe.progress(iteration) >= begin:
            share = factor
    return recipe.rate * share


def run(trainer: Trainer, folder: Path) -> None:
    """Train to the end of the recipe; keeps checkpoint.safetensors and losses.csv in the folder fresh."""
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, losses = folder / "checkpoint.safetensors", folder / "losses.csv"
    left = range(trainer.iteration, trainer.recipe.iterations)
    with tqdm(left, initial=trainer.iteration, total=trainer.recipe.iterations, mininterval=1) as bar:
        for _ in bar:
            step = trainer.step()
            bar.set_postfix({name: f"{value:.3f}" for name, value in step.parts.items()}, refresh=False)
            if trainer.iteration % 20 == 0:
                _append(losses, trainer.iteration, step)
            if trainer.iteration % trainer.recipe.save_every == 0:
                trainer.save(checkpoint)
    trainer.save(checkpoint)


def recipe_text(recipe: Recipe) -> str:
    """The recipe as one line of JSON, for comparing."""
    return json.dumps({name: value for name, value, _ in flatten(recipe)}, sort_keys=True)


def _header(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as opened:
        return dict(opened.metadata() or {})


def _append(path: Path, iteration: int, step: Step) -> None:
    """A line of losses; of two phases, those of the other stay empty."""
    values = {"iteration": iteration, "total": step.total, **step.parts}
    lines: list[dict[str, str]] = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as opened:
            lines = list(csv.DictReader(opened))
    names = list(dict.fromkeys([*(lines[0] if lines else ()), *values]))
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows([*lines, {name: f"{value:.6g}" for name, value in values.items()}])
    part.replace(path)
