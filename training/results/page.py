"""The results page: who wins by how much, what each block is worth, and what it was measured with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from training.evaluation.chart import bar_chart
from training.evaluation.figures import PAPERS
from training.evaluation.sustech1k import PROBES
from training.results.grid import Grid
from training.results.record import CENTRED, Record
from training.tables import table

PAIRS = (("camera", "lidar"), ("lidar", "camera"))
WHY_CENTRED = (
    "Every method's strips, as unit vectors, counted from their sensor's mean over people of the training. "
    "A network with `centred` counts from the means of its prototypes already; what every method can have is "
    "the merit of none, so margins are fairer here."
)
TITLES = tuple(f"{probe} -> {gallery}" for probe, gallery in PAIRS)
OVERALL = "overall"

Runs = Mapping[str, Sequence[Record]]


def write(path: Path, grid: Grid, records: Sequence[Record], command: str) -> None:
    """The page, and its chart beside it."""
    runs = by_name(records, grid)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = path.with_suffix(".png")
    path.write_text(page(grid, runs, command, picture.name), encoding="utf-8")
    if runs and not cv2.imwrite(str(picture), _chart(grid, runs)):
        raise OSError(f"cannot write {picture}")


def by_name(records: Sequence[Record], grid: Grid) -> dict[str, list[Record]]:
    """The records of the grid's own recipes and seeds, by name in the grid's order."""
    runs: dict[str, list[Record]] = {name: [] for name in grid.recipes}
    for record in sorted(records, key=lambda record: record.seed):
        if record.name in runs and record.seed in grid.seeds_of(record.name):
            runs[record.name].append(record)
    return {name: found for name, found in runs.items() if found}


def page(grid: Grid, runs: Runs, command: str, picture: str) -> str:
    """Markdown that shows a picture of the chart. Without any run it says so."""
    head = ["# Across sensors: who wins", "", f"Written by `{command}` from the records in `runs/`.", ""]
    if not runs:
        return "\n".join([*head, "No run is finished yet."]) + "\n"
    sections = [section for test_set in _test_sets(runs) for section in _about(grid, runs, test_set)]
    short = [*_margins(grid, runs), f"![Rank-1 overall, by method]({picture})", ""]
    lines = [*head, *_measured(grid, runs), "", *short, *sections, *_ablation(grid, runs), "", *_cost(runs)]
    return "\n".join(lines) + "\n"


def _measured(grid: Grid, runs: Runs) -> list[str]:
    recipe = json.loads(next(iter(runs.values()))[0].recipe)
    missing = [words for name in grid.recipes if (words := _missing(grid, name, runs.get(name, [])))]
    lines = [
        f"Every method: preset `{recipe['preset']}`, {recipe['iterations']} batches of {recipe['people']}",
        f"people x {recipe['clips']} walks x {recipe['frames']} frames of both sensors,",
        "the same ones for the same seed; the last weights, nothing selected. Rank-1 %, SUSTech1K's protocol",
        "(gallery 00-nm, the same view left out, unweighted means over views), cosine. Mean over the seeds,",
        "behind ± the sample standard deviation.",
    ]
    return [*lines, "", f"**Not finished**, by seed: {', '.join(missing)}."] if missing else lines


def _missing(grid: Grid, name: str, found: Sequence[Record]) -> str:
    """A method and the seeds that it has no record of, "" when it has all."""
    done = [record.seed for record in found]
    seeds = [str(seed) for seed in grid.seeds_of(name) if seed not in done]
    return f"{name} ({', '.join(seeds)})" if seeds else ""


def _about(grid: Grid, runs: Runs, test_set: str) -> list[str]:
    """The section of a test set: a table a direction, and the margins; then the same with sensors centred."""
    data = next(found[0].data[test_set] for found in runs.values() if test_set in found[0].data)
    words = f"{data}. {grid.test_sets.get(test_set, '')}".rstrip()
    lines = [f"## {test_set}", "", words, "", *_tables(grid, runs, test_set)]
    centred = test_set + CENTRED
    if not any(centred in record.figures for found in runs.values() for record in found):
        return lines
    return [*lines, f"### {centred}", "", WHY_CENTRED, "", *_tables(grid, runs, centred)]


def _tables(grid: Grid, runs: Runs, test_set: str) -> list[str]:
    return [line for pair in PAIRS for line in (*_main_table(grid, runs, test_set, pair), "")]


def _main_table(grid: Grid, runs: Runs, test_set: str, pair: tuple[str, str]) -> list[str]:
    columns = [(condition, "rank1") for condition in PROBES] + [(OVERALL, "rank5"), (OVERALL, "mAP")]
    first = f"probe {pair[0]}, gallery {pair[1]} (papers: {PAPERS[pair]})"
    rows = []
    for name in (name for name in grid.methods if name in runs):
        found = [record for record in runs[name] if test_set in record.figures]
        cells = [_spread(_values(found, test_set, " -> ".join(pair), *column)) for column in columns]
        rows.append([f"**{name}**" if name == grid.of else name, *cells, str(len(found))])
    return table([first, *PROBES, "rank-5", "mAP", "seeds"], rows)


def _margins(grid: Grid, runs: Runs) -> list[str]:
    """How far the method is before the best rival, by test set and direction."""
    names = [name + words for name in _test_sets(runs) for words in ("", CENTRED)]
    rows = [[name, *(_margin(grid, runs, name, title) for title in TITLES)] for name in names]
    known = [row for row in rows if set(row[1:]) != {"-"}]
    head = [f"{grid.of} against its best rival, points of rank-1", *TITLES]
    return [*table(head, known), ""] if known else []


def _margin(grid: Grid, runs: Runs, test_set: str, title: str) -> str:
    means = {name: _mean(runs[name], test_set, title) for name in grid.methods if name in runs}
    known = {name: mean for name, mean in means.items() if mean is not None}
    if (own := known.pop(grid.of, None)) is None or not known:
        return "-"
    best = max(known, key=lambda name: known[name])
    return f"**{own - known[best]:+.1f}** ({best})"


def _ablation(grid: Grid, runs: Runs) -> list[str]:
    names = [name for name in (grid.of, *grid.ablation) if name in runs]
    if len(names) < 2:
        return ["## Ablation", "", "Not measured yet."]
    columns = [(test_set, title) for test_set in _test_sets(runs) for title in TITLES]
    rows = []
    for name in names:
        found = [record for record in runs[name] if record.seed in grid.ablated]  # the same for each row
        cells = [_spread(_values(found, *column, OVERALL, "rank1")) for column in columns]
        rows.append([name, *cells, str(len(found))])
    head = ["rank-1 %, overall", *(f"{title}, {test_set}" for test_set, title in columns), "seeds"]
    return ["## Ablation", "", f"{grid.of} whole, and with one thing changed.", "", *table(head, rows)]


def _cost(runs: Runs) -> list[str]:
    rows = []
    for name, found in runs.items():
        minutes = ", ".join(f"{record.minutes:g}" for record in found)
        commits = ", ".join(dict.fromkeys(record.commit[:7] for record in found))
        precisions = ", ".join(dict.fromkeys(record.precision for record in found))
        rows.append([name, f"{found[0].parameters:,}", minutes, precisions, commits])
    note = "Minutes are by the clock, of machines that did other work at the same time: they compare nothing."
    head = ["method", "parameters", "minutes of training", "precision", "commits"]
    return ["## Cost", "", *table(head, rows), "", note]


def _chart(grid: Grid, runs: Runs) -> np.ndarray:
    """Rank-1 overall of the methods on the first test set, a bar a direction."""
    test_set, names = _test_sets(runs)[0], [name for name in runs if name in grid.methods]
    means = {title: [(_mean(runs[n], test_set, title) or 0) / 100 for n in names] for title in TITLES}
    return bar_chart(f"rank-1 overall, {test_set}", names, means)


def _test_sets(runs: Runs) -> list[str]:
    names = dict.fromkeys(name for found in runs.values() for r in found for name in r.figures)
    return [name for name in names if not name.endswith(CENTRED)]


def _values(found: Sequence[Record], test_set: str, title: str, condition: str, figure: str) -> list[float]:
    """Percent, of the runs that have it."""
    shares = (record.share(test_set, title, condition, figure) for record in found)
    return [100 * share for share in shares if share is not None]


def _mean(found: Sequence[Record], test_set: str, title: str) -> float | None:
    values = _values(found, test_set, title, OVERALL, "rank1")
    return float(np.mean(values)) if values else None


def _spread(values: list[float]) -> str:
    if not values:
        return "-"
    mean = f"{np.mean(values):.1f}"
    return mean if len(values) == 1 else f"{mean} ± {np.std(values, ddof=1):.1f}"
