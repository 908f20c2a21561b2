"""Who walks in the world: a body, a way of walking and colours, all drawn from one seed.

Seeds are reserved: 0-9999 training, 10000-19999 validation and thresholds, 20000-29999 development scenes,
30000-39999 passers-by, 40000-49999 the subjects of motion capture, 90000 and above for the demo alone.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from training.world.adults import adult, everyday
from training.world.traits import BARE, UNDRAWN, Body, GaitStyle, Wear

Colour = tuple[int, int, int]
D = TypeVar("D")

POPULATIONS = ("wide", "adults")
PHENOTYPES = tuple(f.name for f in dataclasses.fields(Body) if f.metadata["stream"] != UNDRAWN)


@dataclass(frozen=True)
class Colours:
    """RGB 0..255 of what a camera sees."""

    skin: Colour
    upper: Colour
    lower: Colour
    shoes: Colour
    hair: Colour


@dataclass(frozen=True)
class Person:
    """Somebody who walks; equal seeds are equal people."""

    seed: int
    body: Body
    style: GaitStyle
    colours: Colours
    wear: Wear = BARE

    def on_walk(self, walk_seed: int) -> Person:
        """The same person on one walk: every value a little off, in other colours, cut as ever."""
        rng = np.random.default_rng([self.seed, checked_seed(walk_seed, "walk seed"), 1])
        later = np.random.default_rng([self.seed, walk_seed, 2])
        body, style = _varied(self.body, rng, later), _varied(self.style, rng, later)
        shape = {name: float(np.clip(getattr(body, name), 0, 1)) for name in PHENOTYPES}
        body = dataclasses.replace(body, **shape)
        return dataclasses.replace(self, body=body, style=style, colours=_clothes(self.colours, rng))


def sample_person(
    seed: int,
    spread: float = 1.0,
    population: str = "wide",
    body_spread: float = 1.0,
    gait_spread: float = 1.0,
) -> Person:
    """The person of a seed (0 or more).

    spread:      how much people differ, 0 makes all of them average
    population:  "wide" draws every trait evenly from a range wider than life; "adults" follows published
                 distributions, see training.world.adults
    body_spread, gait_spread: times spread, how much bodies (with everyday clothes) and ways of walking differ
    """
    rng = np.random.default_rng([checked_seed(seed, "person seed"), 0])
    later = np.random.default_rng([seed, 2])
    for name, value in (("spread", spread), ("body_spread", body_spread), ("gait_spread", gait_spread)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must lie in 0..1; got {value!r}")
    if population not in POPULATIONS:
        raise ValueError(f"population must be one of {', '.join(POPULATIONS)}; got {population!r}")
    body = _drawn_from(Body, rng, later, spread * body_spread)
    style = _drawn_from(GaitStyle, rng, later, spread * gait_spread)
    person = Person(int(seed), body, style, _colours(rng))
    if population == "adults":
        body, style = adult(np.random.default_rng([seed, 4]), spread * body_spread, spread * gait_spread)
        wear = everyday(np.random.default_rng([seed, 5]), spread * body_spread)
        person = dataclasses.replace(person, body=body, style=style, wear=wear)
    return person


def checked_seed(seed: int, name: str) -> int:
    """The seed as an int; ValueError when it is negative, TypeError when it is no whole number."""
    if (number := operator.index(seed)) < 0:
        raise ValueError(f"{name} must be 0 or more; got {number}")
    return number


def _drawn_from(kind: type[D], rng: np.random.Generator, later: np.random.Generator, spread: float) -> D:
    steps = _per_field(kind, lambda stream, count: (rng, later)[stream].uniform(-1, 1, count) * spread)
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    return kind(**{f.name: float(f.default + f.metadata["half"] * steps[f.name]) for f in fields})


def _varied(values: D, rng: np.random.Generator, later: np.random.Generator) -> D:
    steps = _per_field(values, lambda stream, count: (rng, later)[stream].standard_normal(count))
    fields = dataclasses.fields(values)  # type: ignore[arg-type]
    changes = {f.name: float(getattr(values, f.name) + f.metadata["jitter"] * steps[f.name]) for f in fields}
    return dataclasses.replace(values, **changes)  # type: ignore[type-var]


def _per_field(kind: Any, numbers: Callable[[int, int], Any]) -> dict[str, float]:
    """Numbers by the names of the fields, those of each stream drawn together; 0 where none are drawn."""
    result = {f.name: 0.0 for f in dataclasses.fields(kind) if f.metadata["stream"] == UNDRAWN}
    for stream in (0, 1):
        names = [f.name for f in dataclasses.fields(kind) if f.metadata["stream"] == stream]
        result |= dict(zip(names, numbers(stream, len(names)), strict=True))
    return result


def _colours(rng: np.random.Generator) -> Colours:
    skin = _blend((62, 40, 30), (236, 196, 170), rng.uniform())
    hair = _blend((25, 20, 18), (170, 140, 100), rng.uniform() ** 2)
    return _clothes(Colours(skin, skin, skin, skin, hair), rng)


def _clothes(colours: Colours, rng: np.random.Generator) -> Colours:
    upper, lower, shoes = ((int(r), int(g), int(b)) for r, g, b in rng.integers(20, 220, (3, 3)))
    return dataclasses.replace(colours, upper=upper, lower=lower, shoes=shoes)


def _blend(dark: Colour, light: Colour, share: float) -> Colour:
    r, g, b = (round(d + (l - d) * share) for d, l in zip(dark, light, strict=True))  # noqa: E741
    return r, g, b
