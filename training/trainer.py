"""One training run from a recipe, iteration by iteration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from sgcross_core.model.prototypes import PrototypeBank
from training import parallel
from training.batches import Batches
from training.checkpoint import read_checkpoint, recipe_text, write_checkpoint
from training.data.store import Store
from training.dataset import Clips
from training.networks import objective_of
from training.objective import Labels, Pictures, Terms
from training.prefetch import Prefetch
from training.profiling import Clock
from training.recipe import Recipe
from training.schedule import learning_rate
from training.texts import make_bank
from training.watch import Watch

CPU = torch.device("cpu")


@dataclass
class Step:
    """The losses of one iteration, by name; total is what was minimised."""

    total: float
    parts: dict[str, float]


class Trainer:
    """Owns the network, what training alone needs, and the optimiser; step() makes one iteration.

    bank: the prototypes that SG-CrossGait trains with; None makes them when the recipe needs some.
    In several processes (see `parallel`) each has a trainer of its own, and they stay equal.
    best: the highest validation figure so far, which a checkpoint keeps.
    """

    def __init__(
        self,
        recipe: Recipe,
        clips: Clips | Store,
        bank: PrototypeBank | None = None,
        device: torch.device = CPU,
    ) -> None:
        if recipe.precision == "fp16" and device.type != "cuda":
            raise ValueError("Recipe.precision fp16 needs CUDA; choose bf16 or fp32 on a CPU")
        self.recipe, self.clips, self.device = recipe, clips, device
        self.dtype = torch.float64 if recipe.precision == "fp64" else torch.float32
        self.iteration, self.best = 0, float("-inf")
        self.batches = Batches(recipe, clips, parallel.rank(), parallel.world())
        self.bank = bank or make_bank(recipe, clips, self.batches.factors)
        torch.manual_seed(recipe.seed)
        self.objective = objective_of(recipe, self.batches.sampler.classes, self.bank).to(device, self.dtype)
        self.net = self.objective.net
        self.ahead = Prefetch(self.examples, recipe.iterations)
        self.watch, self.clock = Watch(recipe.loss), Clock(device)
        self.optimiser = torch.optim.Adam(self.objective.parameters(), recipe.rate, weight_decay=recipe.decay)
        self.scaler = torch.amp.GradScaler("cuda", enabled=recipe.precision == "fp16")
        self._terms = _shared(self.objective) if parallel.world() > 1 else self.objective.terms

    def step(self) -> Step:
        """Train on the batch of this iteration."""
        self.objective.train()
        torch.manual_seed(hash((self.recipe.seed, self.iteration)) % 2**63)  # of dropout: resumes exactly
        if self.iteration and self.iteration == self.recipe.first_iterations:
            self.optimiser.state.clear()  # other losses: the moments of the first phase's would mislead
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.recipe, self.iteration)
        with self.clock("data"):
            pictures, labels = self.ahead(self.iteration)
        with self.clock("forward"):
            terms = self._terms(pictures, labels)
            total, step = self._weighed(terms)
        with self.clock("backward"):
            self.optimiser.zero_grad(set_to_none=True)
            self.scaler.scale(total).backward()
        with self.clock("optimiser"):
            self.scaler.step(self.optimiser)
            self.scaler.update()
        self.iteration += 1
        return step

    def _weighed(self, terms: Terms) -> tuple[Tensor, Step]:
        self.watch(terms)
        names, losses = list(terms.losses), torch.stack([*terms.losses.values()])
        weights = torch.tensor([getattr(self.recipe.loss, name) for name in names], device=losses.device)
        total = (weights * losses).sum()
        found, *values = torch.cat([total[None], losses]).tolist()
        self._check(found, dict(zip(names, values, strict=True)))
        return total, Step(found, dict(zip(names, values, strict=True)))

    def _check(self, total: float, losses: Mapping[str, float]) -> None:
        if not np.isfinite(total):
            bad = ", ".join(name for name, loss in losses.items() if not np.isfinite(loss))
            raise RuntimeError(
                f"the loss is {total} at iteration {self.iteration}, from {bad}; lower the rate"
            )

    def examples(self, iteration: int) -> tuple[Pictures, Labels]:
        """What the objective needs of an iteration."""
        examples = self.batches(iteration)
        pictures = {m: self._pictures(m, tiles) for m, tiles in examples.tiles.items()}
        return pictures, examples.labels.to(self.device)

    def _pictures(self, modality: str, tiles: NDArray[np.uint8]) -> Tensor:
        """float (B, T, planes, 64, 64) of tiles uint8 (B, T, 64, 64, 3)."""
        pictures = self.net.pictures(modality, torch.from_numpy(tiles).to(self.device).flatten(0, 1))
        pictures = pictures.to(self.dtype, memory_format=torch.channels_last)
        return pictures.unflatten(0, tiles.shape[:2])

    def save(self, path: Path) -> None:
        """Everything that the next iteration depends on; see `write_checkpoint`."""
        header = {
            "iteration": str(self.iteration),
            "recipe": recipe_text(self.recipe),
            "data": self.clips.fingerprint,
            "best": str(self.best),
        }
        if self.scaler.is_enabled():
            header["scale"] = str(self.scaler.get_scale())
        write_checkpoint(path, self.objective, self.optimiser, self.bank, header)

    def resume(self, path: Path) -> None:
        """Go on where `save` was called; see `read_checkpoint`."""
        header = read_checkpoint(path, self.recipe, self.clips.fingerprint, self.objective, self.optimiser)
        self.iteration, self.best = int(header["iteration"]), float(header.get("best", "-inf"))
        if "scale" in header:
            self.scaler.load_state_dict({**self.scaler.state_dict(), "scale": float(header["scale"])})


class _Whole(nn.Module):
    """An objective as a module whose call DistributedDataParallel can follow."""

    def __init__(self, objective: nn.Module) -> None:
        super().__init__()
        self.objective = objective

    def forward(self, pictures: Pictures, labels: Labels) -> Terms:
        terms: Terms = self.objective.terms(pictures, labels)
        return terms


def _shared(objective: nn.Module) -> nn.Module:
    """The terms of an objective, whose gradients become means over all processes."""
    parallel.share_norms(objective)
    return DistributedDataParallel(_Whole(objective), broadcast_buffers=False, find_unused_parameters=True)
