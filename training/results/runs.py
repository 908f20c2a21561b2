"""One run of a comparison: trained by `sgcross train`, evaluated on each test set, and written down."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import yaml

from sgcross_core.cli import STOPPED
from sgcross_core.model.card import read_card
from sgcross_core.settings import flatten
from training.centre import sensor_means
from training.checkpoint import changes, check_data, read_header
from training.command import train
from training.data.store import Store
from training.evaluation.embed import embed_store
from training.evaluation.sustech1k import sustech1k
from training.networks import load_any
from training.recipe import Recipe
from training.results.record import CENTRED, Record, kept
from training.rivals import NETWORKS
from training.run import CHECKPOINT
from training.trainer import recipe_text

LAST = 10  # lines of losses.csv that are averaged
FRAMES = 10  # of each test sequence that are embedded, evenly spaced: a third of the cost of all


def slug(name: str) -> str:
    """A name as a file's: "without GAR" is without-gar."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def perform(
    name: str,
    recipe: Recipe,
    stores: Mapping[str, Path],
    folder: Path,
    threads: int = 1,
    before: Record | None = None,
) -> Record:
    """Train on the train split of the first store, if that was not done, and evaluate on all test splits.

    folder keeps checkpoint, losses and weights; a run that was broken off goes on. before: a record of the
    same run: test sets that it has of these weights are not evaluated again. RuntimeError when the training
    failed, which has then said why; ValueError when the folder's weights were made by another recipe.

    Each test set is evaluated a second time, with the strips of each sensor counted from their mean over
    people of the training, which any method can have: those figures have the set's name and CENTRED.
    """
    weights = folder / f"{slug(name)}.safetensors"
    trained_on = next(iter(stores.values()))
    if weights.exists():
        _check(recipe, trained_on, folder)
    elif before and (lost := set(before.data) - set(stores)):
        raise ValueError(
            f"the record of {name}, seed {recipe.seed}, has figures of {', '.join(sorted(lost))}, which new "
            "weights would not have: name those stores, too, or another --page"
        )
    else:
        _train(recipe, trained_on, weights, threads)
    model = load_any(weights)
    known = before if before is not None and before.model == model.hash else None
    figures, data = (dict(known.figures), dict(known.data)) if known else ({}, {})
    missing = {test: path for test, path in stores.items() if not {test, test + CENTRED} <= set(figures)}
    means = sensor_means(model.net, Store.open(trained_on)) if missing else {}
    for test_set, path in missing.items():
        store = Store.open(path).only("test").thinned(FRAMES)
        embedded = embed_store(model.net, store)
        for words, found in (("", embedded), (CENTRED, embedded.centred(means))):
            figures[test_set + words] = kept(sustech1k(found, "cosine"))
        people = len(store.people())
        data[test_set] = f"{people} people, {len(store)} sequences, at most {FRAMES} frames of each"
    return Record(
        name=name,
        seed=recipe.seed,
        recipe=recipe_text(recipe),
        commit=read_card(weights, NETWORKS).commit,
        model=model.hash,
        parameters=sum(p.numel() for p in model.net.parameters()),
        minutes=round(_seconds(folder) / 60, 1),
        data=data,
        losses=_last_losses(folder / "losses.csv"),
        figures=figures,
    )


def _check(recipe: Recipe, store: Path, folder: Path) -> None:
    header = read_header(folder / CHECKPOINT)
    if told := changes(header["recipe"], recipe):
        raise ValueError(f"{folder} holds weights of another recipe: move it away to train anew ({told})")
    check_data(folder, header, Store.open(store).fingerprint)


def _train(recipe: Recipe, store: Path, weights: Path, threads: int) -> None:
    folder = weights.parent
    folder.mkdir(parents=True, exist_ok=True)
    path = weights.with_suffix(".yaml")
    values = {n: list(v) if isinstance(v, tuple) else v for n, v, _ in flatten(recipe)}
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    words = [str(path), "--data", str(store), "--out", str(folder), "--threads", str(threads)]
    going_on = ["--resume"] if (folder / CHECKPOINT).exists() else []
    began, before = time.monotonic(), _seconds(folder)
    try:
        found = train([*words, *going_on])
        if found == STOPPED:
            raise KeyboardInterrupt
        if found:
            raise RuntimeError(f"{path} was not trained")
    finally:
        (folder / "seconds").write_text(f"{before + time.monotonic() - began:.0f}\n", encoding="utf-8")


def _seconds(folder: Path) -> float:
    """Training time of all parts of a run so far."""
    path = folder / "seconds"
    return float(path.read_text(encoding="utf-8")) if path.exists() else 0.0


def _last_losses(path: Path) -> dict[str, float]:
    """Means over the last lines; nothing of a run too short to have one."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))[-LAST:]
    names = [name for name in rows[0] if name not in ("iteration", "rate")]
    values = {name: [float(row[name]) for row in rows if row[name]] for name in names}
    return {name: round(float(np.mean(found)), 4) for name, found in values.items() if found}
