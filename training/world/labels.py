"""The true Gait Description Factors of a walk, from the numbers that made it.

Posture, style and feet are judged as people judge them: compared with other people. A measure of the walk
counts in standard deviations of its population (neutral mood, full spread), and thresholds that are the same
for all measures make it a level. So each population uses every level, and less spread gives fewer high ones.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from sgcross_core.model.factors import LEVELS, SECTORS, Factors, distinctiveness
from training.world.moods import Mood
from training.world.walker import Walker

SECTOR_DEG = 360 / SECTORS
LEAST_DIRECTION = 0.1  # length of the mean of unit vectors; shorter, they look all around
FEMALE = 0.5  # of Body.gender and above

THIGH_DEG, KNEE_DEG = 19.0, 62.0  # forward of its mean goes the thigh, and so far bends the knee, on average
KNEE_SHARE = 1 / 4  # so many degrees of the thigh make as much of a high knee as one degree of the knee
SWAY_M = 0.1  # so much narrower tracks are as much of a catwalk as the average sway of the hips once more

# Mean and sd of each measure over 500 people of each population.
TYPICAL: dict[str, dict[str, tuple[float, float]]] = {
    "wide": {
        "hunch": (4.1, 7.1), "catwalk": (-0.185, 0.075), "knee lift": (34.4, 5.2),
        "toe-out": (8.6, 7.1), "heel lift": (0.008, 0.089),
    },
    "adults": {
        "hunch": (7.2, 11.2), "catwalk": (0.003, 0.078), "knee lift": (36.5, 8.7),
        "toe-out": (7.0, 6.2), "heel lift": (-0.003, 0.159),
    },
}  # fmt: skip
THRESHOLDS = (0.3, 0.6, 0.9, 1.2, 1.5)  # sds above the mean at which levels 1 to 5 begin
BAND, STEP = 0.7, 0.2  # sds: within the band it is plain, outside it a step is a level


def walk_factors(
    walker: Walker, view: ArrayLike, mood: Mood | None = None, population: str = "wide"
) -> Factors:
    """All 14 factors of a walk.

    walker:     whose person was already in the mood, see Mood.worn_by
    view:       degrees, one or (T,), see training.world.clips.Clip
    population: that the person is compared with, see sample_person; ValueError for an unknown one
    """
    mood, scores = mood or Mood(), _scores(walker, population)
    toe_in, straight, toe_out = one_of_three(scores["toe-out"])
    _, plain, tiptoe = one_of_three(scores["heel lift"])
    factors = Factors(
        viewpoint=viewpoint(view),
        title=int(walker.person.body.gender >= FEMALE),
        humpback=level(scores["hunch"]),
        catwalk=level(scores["catwalk"]),
        high_knee=level(scores["knee lift"]),
        toe_out=toe_out,
        without_toe_out_or_in=straight,
        toe_in=toe_in,
        tiptoe=tiptoe,
        without_tiptoe_or_shuffle=plain,
        **{name: mood.level * (mood.name == name) for name in ("happy", "sad", "angry")},
    )
    return dataclasses.replace(factors, summary=distinctiveness(factors))


def measures(walker: Walker) -> dict[str, float]:
    """What posture, style and feet are judged by: degrees, but catwalk in metres and heel lift -1..1."""
    style = walker.person.style
    thigh = THIGH_DEG * style.hip_swing + style.hip_offset + style.knee_lift / 2
    knee = KNEE_DEG * style.knee_flexion + style.knee_offset + style.knee_lift
    return {
        "hunch": style.hunch,
        "catwalk": SWAY_M * style.pelvis_sway - walker.step_width,
        "knee lift": thigh + KNEE_SHARE * knee,
        "toe-out": style.toe_out,
        "heel lift": style.heel_lift,
    }


def _scores(walker: Walker, population: str) -> dict[str, float]:
    """The measures in standard deviations from the population's mean."""
    if population not in TYPICAL:
        raise ValueError(f"population must be one of {', '.join(TYPICAL)}; got {population!r}")
    typical = TYPICAL[population]
    return {name: (value - typical[name][0]) / typical[name][1] for name, value in measures(walker).items()}


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


def level(score: float) -> int:
    """How many of THRESHOLDS a score in standard deviations has reached, 0..5."""
    return int(np.searchsorted(THRESHOLDS, score, side="right"))


def one_of_three(score: float) -> tuple[int, int, int]:
    """Levels of "less", "plain" and "more" for a score in standard deviations; exactly one of them is not 0.

    Within +- BAND it is plain, 5 in the middle and 1 at the rim; outside it is 1 to 5 by steps.
    """
    most, off = LEVELS - 1, abs(score)
    if off < BAND:
        return 0, most - int(off / BAND * most), 0
    outside = min(1 + int((off - BAND) / STEP), most)
    return (outside, 0, 0) if score < 0 else (0, 0, outside)
