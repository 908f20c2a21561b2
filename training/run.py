"""A run to its end: checkpoints, the losses, the page to look at, the best weights, and Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from training import parallel
from training.centre import measure_centre
from training.data.store import Store
from training.dataset import Clips
from training.files import write_whole
from training.interrupt import Interrupt
from training.losslog import LossLog
from training.page import State, page
from training.schedule import learning_rate
from training.trainer import Step, Trainer
from training.validation import validate

LOG_EVERY = 20  # iterations
PAGE_SECONDS = 5.0  # at least between two versions of the page
CHECKPOINT, LOSSES, PAGE = "checkpoint.safetensors", "losses.csv", "index.html"


@dataclass(frozen=True)
class Outputs:
    """folder: where a run writes; board: whether TensorBoard's files, too; title: of the page.

    held: clips to validate with, every `Recipe.evaluate_every` iterations; keep: is called when it is best.
    """

    folder: Path
    title: str = "training"
    board: bool = False
    held: Clips | Store | None = None
    keep: Callable[[], None] = lambda: None


def run(trainer: Trainer, outputs: Outputs) -> bool:
    """Train to the end of the recipe, False when the user stopped it; the folder's files are kept fresh.

    OSError when a file cannot be written: the last checkpoint is whole then.
    """
    keeper = _Keeper(trainer, outputs) if parallel.rank() == 0 else None
    recipe = trainer.recipe
    left = range(trainer.iteration, recipe.iterations)
    quiet = True if keeper is None else None
    with (
        Interrupt() as interrupt,
        tqdm(left, initial=trainer.iteration, total=recipe.iterations, mininterval=1, disable=quiet) as bar,
    ):
        for _ in bar:
            step = trainer.step()
            if keeper:
                keeper.after(step)
            bar.set_postfix(loss=f"{step.total:.3f}", refresh=False)  # each by its name is on the page
            if parallel.any_of(interrupt.asked, trainer.device):
                break
    trainer.ahead.close()
    if keeper:
        keeper.end()
    return trainer.iteration == recipe.iterations


class _Keeper:
    """Writes what a run leaves on disk; in the first process alone."""

    def __init__(self, trainer: Trainer, outputs: Outputs) -> None:
        self.trainer, self.outputs = trainer, outputs
        board = outputs.folder / "tensorboard" if outputs.board else None
        self._log = LossLog(outputs.folder / LOSSES, trainer.iteration, board)
        self._began, self._first = time.perf_counter(), trainer.iteration
        self._told = float("-inf")
        self._figures: list[tuple[int, float]] = []

    def after(self, step: Step) -> None:
        """Called after each step."""
        trainer, recipe, done = self.trainer, self.trainer.recipe, self.trainer.iteration
        if done % LOG_EVERY == 0:
            self._log(done, step, learning_rate(recipe, done - 1))
        if recipe.evaluate_every and done % recipe.evaluate_every == 0:
            self._validate()
        if done % recipe.save_every == 0:
            trainer.save(self.outputs.folder / CHECKPOINT)
        if time.perf_counter() - self._told > PAGE_SECONDS:
            self._tell()

    def end(self) -> None:
        """Called after the last one."""
        self.trainer.save(self.outputs.folder / CHECKPOINT)
        self._tell()
        self._log.close()

    def _validate(self) -> None:
        if self.outputs.held is None:
            return
        trainer, done = self.trainer, self.trainer.iteration
        measure_centre(trainer.net, trainer.clips, quiet=True)  # older weights had other means
        figure = validate(trainer.net, self.outputs.held)
        self._log.figure("validation rank-1", figure, done)
        self._figures.append((done, figure))
        if figure > trainer.best:
            trainer.best = figure
            self.outputs.keep()

    def _tell(self) -> None:
        """Write the page."""
        trainer, done = self.trainer, self.trainer.iteration
        self._told = time.perf_counter()
        state = State(
            title=self.outputs.title,
            done=done,
            total=trainer.recipe.iterations,
            seconds=(self._told - self._began) / max(done - self._first, 1),
            rate=learning_rate(trainer.recipe, max(done - 1, 0)),
            rows=self._log.rows,
            notes=trainer.watch.warnings(),
            figures=self._figures,
        )
        write_whole(self.outputs.folder / PAGE, page(state))
