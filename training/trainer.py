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

from sgcross_core.model import MODALITIES
from sgcross_core.model.factors import FACTORS, SECTORS, UNKNOWN
from sgcross_core.model.prototypes import PrototypeBank
from sgcross_core.settings import flatten
from training.augment import augment
from training.data.store import Store
from training.dataset import Clips
from training.networks import objective_of
from training.objective import Labels
from training.recipe import SG_CROSSGAIT, Recipe
from training.sampler import Batch, Sampler
from training.texts import make_bank, true_factors
from training.watch import Watch

DROPS = ((0.6, 0.3), (0.85, 0.1))  # from this share of the iterations on, this share of the learning rate
LATE = 0.85  # from this share on a clip has late_frames
CHANNEL = {"camera": 0, "lidar": 2}


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
        self.sampler = Sampler(clips, recipe.people, recipe.clips, recipe.flip, recipe.seed)
        self.factors = _factors(recipe, clips)
        self.bank = bank or make_bank(recipe, clips, self.factors)
        torch.manual_seed(recipe.seed)
        self.objective = objective_of(recipe, self.sampler.classes, self.bank)
        self.net = self.objective.net
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
        batch = self.sampler.batch(self.iteration)
        pictures = {m: self._pictures(m, batch) for m in MODALITIES}
        terms = self.objective.terms(pictures, self._labels(batch))
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

    def _labels(self, batch: Batch) -> Labels:
        """A mirrored walk has the same text, but its view is turned."""
        factors = self.factors[batch.clips].copy()
        view = factors[batch.mirrored, 0]
        factors[batch.mirrored, 0] = np.where(view == UNKNOWN, view, -view % SECTORS)
        label = torch.from_numpy(batch.label)
        person = label % len(self.clips.people())
        return Labels(label, person, torch.from_numpy(factors), self.iteration)

    def _pictures(self, modality: str, batch: Batch) -> Tensor:
        """float (B, T, 1 or 2, 64, 64): random frames of the batch's clips, disturbed."""
        rng = np.random.default_rng((self.recipe.seed, 2, self.iteration, MODALITIES.index(modality)))
        chosen = np.stack([self._frames(clip, modality, rng) for clip in batch.clips])  # (B, T, 64, 64, 3)
        tiles = augment(modality, chosen, self.recipe.augment, rng, batch.mirrored)
        B, T = tiles.shape[:2]
        pictures = self.net.pictures(modality, torch.from_numpy(tiles).flatten(0, 1))
        return pictures.contiguous(memory_format=torch.channels_last).unflatten(0, (B, T))

    def _frames(self, clip: int, modality: str, rng: np.random.Generator) -> np.ndarray:
        """Random frames of a clip in their order, of those the sensor saw; one twice only if too few."""
        tiles = self.clips.tiles[clip]
        seen = np.flatnonzero(tiles[..., CHANNEL[modality]].any(axis=(1, 2)))
        pool = seen if len(seen) else np.arange(len(tiles))
        wanted = (
            self.recipe.frames if self.iteration < LATE * self.recipe.iterations else self.recipe.late_frames
        )
        chosen = rng.choice(pool, wanted, replace=len(pool) < wanted)
        return np.asarray(tiles[np.sort(chosen)])

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


def _factors(recipe: Recipe, clips: Clips | Store) -> NDArray[np.int64]:
    """int64 (N, 14): of each clip; all unknown for a network that learns nothing from them."""
    if recipe.network == SG_CROSSGAIT:
        return true_factors(clips)
    return np.full((len(clips), len(FACTORS)), UNKNOWN)


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
