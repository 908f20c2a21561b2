"""Figures of sampled people beside the published ones, as a table.

Sources as in training.world.adults. The published sd of speed puts the differences of the decades of age and
the sd within them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from training.world import body
from training.world.people import Person, sample_person
from training.world.steps import Steps

# Of each: its unit, and the digits it is printed with.
UNITS = {
    "height": ("m", 3), "body mass index": ("kg/m2", 1), "stride length": ("m", 2),
    "cadence": ("steps/min", 0), "speed": ("m/s", 2), "step width": ("m", 2),
}  # fmt: skip
MEASURES = tuple(UNITS)
GROUPS = ("all", "men", "women")
NHANES = "NHANES 2015-2018; sd: NHES 1960-1962"
PERRY, BOHANNON = "Perry & Burnfield 2010 (not checked)", "Bohannon & Andrews 2011; sd: with Bohannon 1997"
FLEGAL = "Flegal 2006, the mean and sd of its three percentiles"
MURRAY = "Murray et al. 1964 and 1970, between the heels"
# Mean, sd (None where the source gives none for this group) and source.
PUBLISHED: dict[tuple[str, str], tuple[float, float | None, str]] = {
    ("height", "men"): (1.753, 0.072, NHANES),
    ("height", "women"): (1.613, 0.066, NHANES),
    ("body mass index", "men"): (24.6, 3.2, FLEGAL),
    ("body mass index", "women"): (22.6, 3.7, FLEGAL),
    ("stride length", "all"): (1.41, None, PERRY),
    ("stride length", "men"): (1.46, None, PERRY),
    ("stride length", "women"): (1.28, None, PERRY),
    ("cadence", "all"): (113, None, PERRY),
    ("cadence", "men"): (111, None, PERRY),
    ("cadence", "women"): (117, None, PERRY),
    ("speed", "men"): (1.38, 0.18, BOHANNON),
    ("speed", "women"): (1.29, 0.19, BOHANNON),
    ("step width", "men"): (0.081, None, MURRAY),
    ("step width", "women"): (0.071, None, MURRAY),
}


@dataclass(frozen=True)
class Row:
    """One measure of one group; published values are None where we know none."""

    measure: str
    group: str
    mean: float
    sd: float
    published_mean: float | None
    published_sd: float | None
    source: str


def statistics(seeds: Iterable[int], population: str = "adults", spread: float = 1.0) -> list[Row]:
    """Mean and sd of the people with these seeds, each MEASURES in each of GROUPS that has anybody in it.

    Women are those whose gender is nearer to 1. ValueError when there are no seeds.
    """
    people = [sample_person(seed, spread, population) for seed in seeds]
    if not people:
        raise ValueError("statistics need at least one seed")
    values = np.array([measured(person) for person in people])
    women = np.array([person.body.gender > 0.5 for person in people])
    members = dict(zip(GROUPS, (np.ones(len(people), bool), ~women, women), strict=True))
    return [
        Row(measure, group, float(column.mean()), float(column.std()), *_published(measure, group))
        for k, measure in enumerate(MEASURES)
        for group, which in members.items()
        if len(column := values[which, k])
    ]


def measured(person: Person) -> tuple[float, ...]:
    """The MEASURES of a person's average walk, in UNITS."""
    steps = Steps(person.style, body.legs(person.body))
    cadence, shape = person.style.stride_hz, person.body
    gait = steps.stride, 120 * cadence, steps.stride * cadence, steps.width
    return body.stature(shape), body.mass_index(shape), *gait


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    lines = ["| measure | group | sampled | published | source |", "|---|---|---|---|---|"]
    for row in rows:
        sampled, (unit, _) = _figure(row.measure, row.mean, row.sd), UNITS[row.measure]
        published = _figure(row.measure, row.published_mean, row.published_sd)
        lines.append(f"| {row.measure}, {unit} | {row.group} | {sampled} | {published} | {row.source} |")
    return "\n".join(lines) + "\n"


def _published(measure: str, group: str) -> tuple[float | None, float | None, str]:
    return PUBLISHED.get((measure, group), (None, None, ""))


def _figure(measure: str, mean: float | None, sd: float | None) -> str:
    _, digits = UNITS[measure]
    parts = [f"{value:.{digits}f}" for value in (mean, sd) if value is not None]
    return " ± ".join(parts)
