"""Who walks in the world: a body, a way of walking and colours, all drawn from one seed.

Seeds are reserved: 0-9999 training, 10000-19999 validation and thresholds, 20000-29999 development scenes,
90000 and above for the demo alone.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

Colour = tuple[int, int, int]
D = TypeVar("D")

STYLE_JITTER = 0.12  # sd of a walk's change, in half-widths of the field
BODY_JITTER = 0.045  # sd of a walk's change of the fields that clothes and posture change


def _drawn(centre: float, half: float, doc: str, *, jitter: float | None = None, stream: int = 0) -> Any:
    """A field drawn uniformly from centre +- half; jitter is the sd of its change from walk to walk.

    stream: fields of another stream of random numbers were added later and leave those of the first alone
    """
    sd = STYLE_JITTER * half if jitter is None else jitter
    return dataclasses.field(
        default=centre, metadata={"half": half, "jitter": sd, "doc": doc, "stream": stream}
    )


@dataclass(frozen=True)
class Body:
    """The shape of a body as anny's phenotype values, each 0..1; the defaults are the middle of the range."""

    gender: float = _drawn(0.5, 0.5, "0 male, 1 female", jitter=0.0)
    age: float = _drawn(0.825, 0.175, "0.67 young adult, 1 old", jitter=0.0)
    muscle: float = _drawn(0.5, 0.4, "0 slight, 1 strong", jitter=BODY_JITTER)
    weight: float = _drawn(0.5, 0.4, "0 thin, 1 heavy", jitter=BODY_JITTER)
    height: float = _drawn(0.5, 0.25, "0 short, 1 tall; the range gives 1.5-2.05 m", jitter=0.0)
    proportions: float = _drawn(0.5, 0.5, "0 ideal, 1 uncommon", jitter=0.0)


@dataclass(frozen=True)
class GaitStyle:
    """How somebody walks, degrees or factors of the normative curves; the defaults are the average walk."""

    stride_hz: float = _drawn(0.93, 0.10, "strides (two steps) a second")
    hip_swing: float = _drawn(1.0, 0.25, "factor on the hip's range")
    knee_flexion: float = _drawn(1.0, 0.2, "factor on the knee's range")
    ankle_motion: float = _drawn(1.0, 0.3, "factor on the ankle's range")
    toe_out: float = _drawn(8.0, 12.0, "how far the feet point outwards")
    arm_swing: float = _drawn(1.0, 0.8, "factor on the shoulder's range")
    arm_mean: float = _drawn(-4.0, 8.0, "mean shoulder angle, forward positive")
    elbow: float = _drawn(18.0, 20.0, "mean elbow flexion")
    arm_abduction: float = _drawn(8.0, 7.0, "arms away from the sides")
    trunk_lean: float = _drawn(3.0, 6.0, "forward lean of the trunk")
    hunch: float = _drawn(4.0, 12.0, "rounding of the upper back")
    pelvis_sway: float = _drawn(1.0, 0.8, "factor on the pelvis's drop to the swinging side")
    pelvis_turn: float = _drawn(1.0, 0.8, "factor on the turning of pelvis and trunk")
    leg_adduction: float = _drawn(3.5, 2.5, "how narrow the stance is")
    leg_asymmetry: float = _drawn(0.0, 0.12, "left leg's range larger, right leg's smaller, by this share")
    timing_asymmetry: float = _drawn(0.0, 0.03, "how late the right step is, in cycles")
    arm_asymmetry: float = _drawn(0.0, 0.4, "left arm's range larger, right arm's smaller, by this share")
    head_pitch: float = _drawn(0.0, 10.0, "head down positive")
    hip_offset: float = _drawn(0.0, 4.0, "added to the hip's angle")
    knee_offset: float = _drawn(0.0, 6.0, "added to the knee's angle")
    step_width: float = _drawn(0.0, 0.03, "metres by which the feet are farther apart", stream=1)
    heel_lift: float = _drawn(0.0, 0.15, "1 walks on tiptoe, -1 shuffles flat-footed", stream=1)
    knee_lift: float = _drawn(0.0, 6.0, "how much more the swinging leg's knee bends", stream=1)


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

    def on_walk(self, walk_seed: int) -> Person:
        """The same person on one walk: every value a little off, the colours too (other clothes)."""
        rng = np.random.default_rng([self.seed, checked_seed(walk_seed, "walk seed"), 1])
        later = np.random.default_rng([self.seed, walk_seed, 2])
        body, style = _varied(self.body, rng, later), _varied(self.style, rng, later)
        body = Body(**{k: float(np.clip(v, 0, 1)) for k, v in vars(body).items()})
        return dataclasses.replace(self, body=body, style=style, colours=_clothes(self.colours, rng))


def sample_person(seed: int, spread: float = 1.0) -> Person:
    """The person of a seed (0 or more); spread scales how much people differ, 0 makes all of them average."""
    rng = np.random.default_rng([checked_seed(seed, "person seed"), 0])
    if not 0 <= spread <= 1:
        raise ValueError(f"spread must lie in 0..1; got {spread!r}")
    later = np.random.default_rng([seed, 2])
    body, style = _drawn_from(Body, rng, later, spread), _drawn_from(GaitStyle, rng, later, spread)
    return Person(int(seed), body, style, _colours(rng))


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
    """Numbers by the names of the fields, those of each stream drawn together."""
    result: dict[str, float] = {}
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
