"""The true Gait Description Factors of a walk, from the numbers that made it.

A level counts how many thresholds a measure of the walk's style has passed. A measure is a weighted sum of
how far values of the style are from the average walk (GaitStyle's defaults), in the unit stated beside it.
The thresholds are set on the population (sample_person at full spread), so that it uses every level.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sgcross_core.model.factors import LEVELS, SECTORS, Factors, distinctiveness
from training.world.moods import Mood
from training.world.people import GaitStyle, Person

SECTOR_DEG = 360 / SECTORS
LEAST_DIRECTION = 0.1  # length of the mean of unit vectors; shorter, they look all around
FEMALE = 0.5  # of Body.gender and above


@dataclass(frozen=True)
class Measure:
    """A weighted sum of a style's differences from the average walk: weights by GaitStyle's names."""

    weights: dict[str, float]

    def of(self, style: GaitStyle) -> float:
        """The sum, in the weights' unit."""
        return sum(w * (getattr(style, name) - getattr(AVERAGE, name)) for name, w in self.weights.items())


AVERAGE = GaitStyle()

HUNCH = Measure({"hunch": 1.0})  # degrees
# A narrow stance and swaying hips count alike: 1 is as narrow and as swaying as people get.
CATWALK = Measure({"leg_adduction": 0.5 / 2.5, "pelvis_sway": 0.5 / 0.8})
# Degrees that the thigh rises above its usual 31, and a quarter of the degrees that the knee bends above 62.
KNEE_LIFT = Measure({"hip_swing": 19.0, "hip_offset": 1.0, "knee_flexion": 62 / 4, "knee_offset": 1 / 4})
TOES_OUT = Measure({"toe_out": 1.0})  # degrees
# Heels that rise far above the ground, or feet that hardly bend and hardly leave it: -1 to 1.
HEEL_LIFT = Measure({"ankle_motion": 0.5 / 0.3, "knee_flexion": 0.5 / 0.2})

HUNCH_STEPS = (1.0, 3.0, 5.0, 7.0, 9.0)
CATWALK_STEPS = (0.1, 0.25, 0.4, 0.55, 0.7)
KNEE_STEPS = (1.0, 2.75, 4.5, 6.25, 8.0)
TOES_BAND, TOES_STEP = 4.0, 1.5
HEELS_BAND, HEELS_STEP = 0.4, 0.1


def walk_factors(person: Person, view: ArrayLike, mood: Mood | None = None) -> Factors:
    """All 14 factors of a walk.

    person: as they are on this walk and in this mood: Walker.person, or Person.on_walk after Mood.worn_by
    view:   degrees, one or (T,), see training.world.clips.Clip
    """
    mood = mood or Mood()
    style = person.style
    toe_in, straight, toe_out = one_of_three(TOES_OUT.of(style), TOES_BAND, TOES_STEP)
    _, plain, tiptoe = one_of_three(HEEL_LIFT.of(style), HEELS_BAND, HEELS_STEP)
    factors = Factors(
        viewpoint=viewpoint(view),
        title=int(person.body.gender >= FEMALE),
        humpback=level(HUNCH.of(style), HUNCH_STEPS),
        catwalk=level(CATWALK.of(style), CATWALK_STEPS),
        high_knee=level(KNEE_LIFT.of(style), KNEE_STEPS),
        toe_out=toe_out,
        without_toe_out_or_in=straight,
        toe_in=toe_in,
        tiptoe=tiptoe,
        without_tiptoe_or_shuffle=plain,
        **{name: mood.level * (mood.name == name) for name in ("happy", "sad", "angry")},
    )
    return dataclasses.replace(factors, summary=distinctiveness(factors))


def viewpoint(view: ArrayLike) -> int:
    """The sector 0..7 of the mean direction of views in degrees, each reaching 22.5 to either side.

    Sector k goes with SUSTech1K's folder of 45 k degrees (000, 045, ... 315, -near or -far or neither). In
    this world 0 comes towards the sensor and 90 shows the left side; from where and in which sense SUSTech1K
    counts is not documented. ValueError for no views or views all around.
    """
    degrees = np.atleast_1d(np.asarray(view, np.float64))
    known = len(degrees) > 0 and np.isfinite(degrees).all()
    mean = np.exp(1j * np.radians(degrees)).mean() if known else 0j
    if abs(mean) < LEAST_DIRECTION:
        raise ValueError(f"views must be finite degrees that have a mean direction; got {view!r}")
    return int(np.floor(np.degrees(np.angle(mean)) / SECTOR_DEG + 0.5)) % SECTORS


def level(measure: float, thresholds: tuple[float, ...]) -> int:
    """How many of the ascending thresholds the measure has reached."""
    return int(np.searchsorted(thresholds, measure, side="right"))


def one_of_three(measure: float, band: float, step: float) -> tuple[int, int, int]:
    """Levels of "less", "plain" and "more"; exactly one of them is not 0.

    Within +- band it is plain, 5 in the middle and 1 at the rim; outside it is 1 to 5 by steps.
    """
    most, off = LEVELS - 1, abs(measure)
    if off < band:
        return 0, most - int(off / band * most), 0
    outside = min(1 + int((off - band) / step), most)
    return (outside, 0, 0) if measure < 0 else (0, 0, outside)
