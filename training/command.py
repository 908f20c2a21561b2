"""Train a network (sgcross train), and measure weights (sgcross evaluate)."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path

import torch

from sgcross_core.cli import STOPPED
from sgcross_core.model import save
from sgcross_core.model.card import card_path
from sgcross_core.runtime import TorchEngine
from training import parallel
from training.calibrate_weights import calibrate_by_clips
from training.cards import write_measured, write_run_card
from training.centre import measure_centre
from training.chain import chain
from training.checkpoint import stored_bank
from training.data.store import LABELS, Store
from training.dataset import Clips
from training.embed import embed_clips
from training.evaluate import evaluate as figures
from training.evaluation.command import add_store_options, evaluate_store
from training.files import written_whole
from training.networks import load_any
from training.precision import advice
from training.profiling import profiled
from training.recipe import Recipe, read_recipe
from training.report import markdown
from training.run import CHECKPOINT, Outputs, run
from training.texts import true_factors
from training.trainer import Trainer
from training.validation import CLIPS, kept_out, validate


def train(argv: list[str]) -> int:
    """`sgcross train RECIPE.yaml --data OUT --out DIR`: writes DIR/RECIPE.safetensors, calibrated."""
    parser = argparse.ArgumentParser(prog="sgcross train", description="Train the network on OUT/train.")
    parser.add_argument("recipe", type=Path, metavar="RECIPE.yaml")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="OUT", help="folder with train/ and val/, or a store"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="checkpoints, losses, weights")
    parser.add_argument("--device", choices=parallel.DEVICES, default="auto", help="(%(default)s)")
    parser.add_argument("--tensorboard", action="store_true", help="write DIR/tensorboard too")
    parser.add_argument(
        "--profile", type=int, nargs="?", const=50, default=0, metavar="N",
        help="only tell where the time of N steps goes (50)",
    )  # fmt: skip
    parser.add_argument("--resume", action="store_true", help="go on from DIR/checkpoint.safetensors")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (%(default)s)")
    arguments = parser.parse_args(argv)
    try:
        return _train(arguments, "sgcross train " + shlex.join(argv))
    except (ValueError, OSError, ImportError, RuntimeError) as problem:
        return _failed("train", problem)


def evaluate(argv: list[str]) -> int:
    """`sgcross evaluate WEIGHTS --data OUT`: error rates on OUT/val, of a packed data set, or over bags."""
    about = "Measure weights: on clips, a packed data set or bags."
    parser = argparse.ArgumentParser(prog="sgcross evaluate", description=about)
    parser.add_argument("weights", type=Path, metavar="WEIGHTS")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", type=Path, metavar="OUT", help="folder with val/")
    what.add_argument(
        "--chain", type=Path, metavar="DIR", help="folder with bags: enrol.mcap, probe.mcap, truth"
    )
    what.add_argument("--store", type=Path, metavar="STORE", help="packed data set, by the papers' protocol")
    parser.add_argument(
        "--calibrate", action="store_true",
        help="calibrate first, by OUT's clips or the store's test, and keep that in WEIGHTS",
    )  # fmt: skip
    parser.add_argument("--report", type=Path, metavar="FILE.md", help="write the tables there too")
    parser.add_argument("--card", action="store_true", help="with --data: put the figures into WEIGHTS' card")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (%(default)s)")
    add_store_options(parser)
    arguments = parser.parse_args(argv)
    command = "sgcross evaluate " + shlex.join(argv)
    try:
        _check_report(arguments.report, arguments.weights)
        if arguments.chain:
            _chain(arguments)
        elif arguments.store:
            evaluate_store(arguments, command)
        else:
            _evaluate(arguments, command)
    except (ValueError, OSError, ImportError) as problem:
        return _failed("evaluate", problem)
    return 0


def _train(arguments: argparse.Namespace, command: str) -> int:
    torch.set_num_threads(arguments.threads)
    recipe = read_recipe(arguments.recipe)
    device = parallel.start(arguments.device)
    try:
        return _trained(arguments, recipe, device, command)
    finally:
        parallel.stop()


def _trained(arguments: argparse.Namespace, recipe: Recipe, device: torch.device, command: str) -> int:
    out, checkpoint = arguments.out, arguments.out / CHECKPOINT
    if checkpoint.exists() and not (arguments.resume or arguments.profile):
        raise ValueError(f"{checkpoint} exists: add --resume to go on from it, or choose another --out")
    bank = stored_bank(checkpoint) if arguments.resume else None
    clips, held = _clips(arguments.data, recipe)
    trainer = Trainer(recipe, clips, bank, device)
    if (told := advice(recipe.precision, device)) and parallel.rank() == 0:
        sys.stderr.write(f"{told}\n")
    if arguments.resume:
        trainer.resume(checkpoint)
    if arguments.profile:
        lines = profiled(trainer.step, trainer.clock, arguments.profile)
        trainer.ahead.close()
        sys.stdout.write("\n".join(lines) + "\n")
        return 0
    path = out / f"{arguments.recipe.stem}.safetensors"

    def keep() -> None:
        best = path.with_suffix(".best.safetensors")
        written_whole(best, lambda part: save(part, trainer.net, command=command, prototypes=trainer.bank))
        write_run_card(best, trainer, arguments.data, command, trainer.best)

    finished = run(trainer, Outputs(out, arguments.recipe.stem, arguments.tensorboard, held, keep))
    if not finished:
        again = "" if arguments.resume else " --resume"
        if parallel.rank() == 0:
            told = f"stopped after {trainer.iteration} of {recipe.iterations} iterations; go on with"
            sys.stderr.write(f"{told}:\n{command}{again}\n")
        return STOPPED
    if parallel.rank() == 0:
        _finish(path, trainer, arguments.data, command, held)
    return 0


def _finish(path: Path, trainer: Trainer, data: Path, command: str, held: Clips | Store | None) -> None:
    """Write the weights and their card.

    A store has nobody to calibrate with but those who train and those who test: that is asked for apart.
    """
    measure_centre(trainer.net, trainer.clips)
    net = trainer.net.cpu().float()
    written_whole(path, lambda part: save(part, net, command=command, prototypes=trainer.bank))
    if not isinstance(trainer.clips, Store):
        calibrate_by_clips(path, data, trainer.recipe.augment)
    write_run_card(path, trainer, data, command, None if held is None else validate(net, held))
    sys.stdout.write(f"{path}\n")
    if isinstance(trainer.clips, Store):
        sys.stderr.write(f"for a robot: sgcross evaluate {path} --store {data} --calibrate\n")


def _clips(data: Path, recipe: Recipe) -> tuple[Clips | Store, Clips | Store | None]:
    """Who trains, and who validates when the recipe asks for it."""
    if (data / LABELS).exists():
        store = Store.open(data).only("train")
        return kept_out(store, recipe.holdout, recipe.seed) if recipe.evaluate_every else (store, None)
    val = Clips.open(data / "val")  # they calibrate at the end; that they are missing is told at the begin
    return Clips.open(data / "train"), val.some(CLIPS) if recipe.evaluate_every else None


def _evaluate(arguments: argparse.Namespace, command: str) -> None:
    torch.set_num_threads(arguments.threads)
    if arguments.calibrate:
        calibrate_by_clips(arguments.weights, arguments.data, Recipe().augment)
    model, val = load_any(arguments.weights), Clips.open(arguments.data / "val")
    cohort = {m: rows.numpy() for m, rows in model.cohort.items()}
    truth = true_factors(val)
    results = {
        kind: figures(embed_clips(model.net, val, disturb), cohort, truth)
        for kind, disturb in (("clean", None), ("disturbed", Recipe().augment))
    }
    sys.stdout.write(json.dumps(results, indent=1) + "\n")
    if arguments.report:
        arguments.report.parent.mkdir(parents=True, exist_ok=True)
        arguments.report.write_text(markdown(results, model, command), encoding="utf-8")
    if arguments.card:
        write_measured(arguments.weights, results, command)


def _chain(arguments: argparse.Namespace) -> None:
    results = chain(TorchEngine(arguments.weights, threads=arguments.threads), arguments.chain)
    sys.stdout.write(json.dumps(results, indent=1) + "\n")


def _check_report(report: Path | None, weights: Path) -> None:
    if report and report.suffix in (".json", ".png"):
        raise ValueError(f"--report names the page, FILE.md; others lie beside it; got {report}")
    if report and report.absolute() == card_path(weights).absolute():
        raise ValueError(f"{report} is the card of the weights; name the report otherwise")


def _failed(group: str, problem: Exception) -> int:
    sys.stderr.write(f"sgcross {group}: {problem}\n")
    return 2
