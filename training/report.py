"""The evaluation as a page of tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sgcross_core.model import ModelFile
from training.tables import percent, table


def markdown(results: Mapping[str, Mapping[str, Any]], model: ModelFile, command: str) -> str:
    """Tables of results (kind of clips -> figures as `training.evaluate.evaluate` returns them)."""
    parameters = sum(p.numel() for p in model.net.parameters())
    lines = [
        f"# The network {type(model.net).__name__} `{model.net.preset}`",
        "",
        f"Model {model.hash}, {parameters / 1e6:.2f} M parameters, trained by `{model.command}`.",
        f"Measured by `{command}` on synthetic walkers that neither training nor calibration saw.",
        "Probe = walk 2, gallery = walk 1. Disturbed clips imitate the errors of the running chain.",
    ]
    for kind, figures in results.items():
        lines += ["", f"## {kind.capitalize()} clips", "", *_rank_table(figures), "", *_open_table(figures)]
        lines += _words(figures["wording"])
    return "\n".join(lines) + "\n"


def _rank_table(figures: Mapping[str, Any]) -> list[str]:
    """Rank-1 a row for each (probe, gallery) pair of sensors."""
    rows = [
        f"| {pair} | {100 * rank['same_view']:.1f} | {100 * rank['other_view']:.1f} |"
        for pair, rank in figures["rank1"].items()
    ]
    head = f"Rank-1 % among {figures['people']} people, one clip each (views in sectors of 60 degrees)."
    return [head, "", "| probe -> gallery | same view | other view |", "|---|---|---|", *rows]


def _open_table(figures: Mapping[str, Any]) -> list[str]:
    """Open-set rates a row for each kind of sensors."""
    rows = [
        f"| {kind} | {percent(rates['at_limit'])} | {percent(rates['fnir'])} | {percent(rates['fpir'])} "
        f"| {percent(rates['wrong'])} |"
        for kind, rates in figures["open_set"].items()
    ]
    head = (
        f"Open set, galleries of 6-10 of {figures['test_people']} people, two clips averaged a side, %. "
        "The last three columns use the limit that the calibration sets for FPIR 1 %."
    )
    columns = "| probe -> gallery | FNIR at FPIR 1 % | FNIR as decided | FPIR as decided | wrong name |"
    return [head, "", columns, "|---|---|---|---|---|", *rows]


def _words(figures: Mapping[str, Any]) -> list[str]:
    """What attribute heads read, by factor, and the sentences that are made of it; [] without heads."""
    if not figures:
        return []
    sensors = [*figures]
    rows = []
    for name, first in figures[sensors[0]]["factors"].items():
        own = [figures[sensor]["factors"][name] for sensor in sensors]
        cells = [(reading["right"], reading["near"]) for reading in own]
        cells.append((first["usual"], first["usual_near"]))
        rows.append([name, *(f"{percent(right)} ({percent(near)})" for right, near in cells)])
    head = "Factors read from one clip, % right (in brackets with those that are one level or sector off)."
    columns = ["factor", *sensors, "always the commonest"]
    return ["", head, "", *table(columns, rows), "", *_sentences(figures)]


def _sentences(figures: Mapping[str, Any]) -> list[str]:
    """How often the described walk says something, and how often that is true, a row a sensor."""
    head = "The described walk, %; told of everybody: how many of the traits named would be there by chance."
    columns = ["sensor", "names a trait", "it is there", "told of everybody", "tells the view", "it is right"]
    names = ("naming", "there", "others", "viewing", "view")
    rows = [[m, *(percent(found["sentences"][name]) for name in names)] for m, found in figures.items()]
    return [head, "", *table(columns, rows)]
