"""Bodies and ways of walking of healthy adults, 20 to 79 years old, half of them women, as published.

Sources, where the numbers stand; docs/results/people.md says which of them were checked, and how:
NHANES:      Fryar, Carroll, Gu, Afful & Ogden, Anthropometric Reference Data for Children and Adults: United
             States, 2015-2018, Vital and Health Statistics 3(46), 2021
NHES:        Weight, Height and Selected Body Dimensions of Adults: United States 1960-1962, Vital and Health
             Statistics 11(8), 1965, with the sds that DTIC's copy ADA433581 gives for its tables
Bohannon:    Bohannon & Andrews, Normal walking speed: a descriptive meta-analysis, Physiotherapy 97(3):182-9,
             2011; the spread within a group: Bohannon, Comfortable and maximum walking speed of adults aged
             20-79 years, Age and Ageing 26(1):15-9, 1997
Perry:       Perry & Burnfield, Gait Analysis: Normal and Pathological Function, 2nd ed. 2010
Murray:      Murray, Drought & Kory, Walking patterns of normal men, J Bone Joint Surg 46-A:335-60, 1964;
             Murray, Kory & Sepic, Walking patterns of normal women, Arch Phys Med Rehabil 51:637-50, 1970
Terrier:     Terrier & Schutz, Variability of gait patterns during unconstrained walking assessed by satellite
             positioning (GPS), European Journal of Applied Physiology, 2003, doi 10.1007/s00421-003-0906-3
Flegal:      Flegal, Body mass index of healthy men compared with healthy women in the United States,
             International Journal of Obesity 30:374-9, 2006
ANSUR:       Gordon et al., 2012 Anthropometric Survey of U.S. Army Personnel, Natick/TR-15/007, 2014; from
             its public measurements of 4,082 men and 1,986 women: what is left of the spread within a sex
             when stature and log body mass index are accounted for by a linear fit
Winter:      Winter, The Biomechanics and Motor Control of Human Gait, 2nd ed. 1991
What has no source beside it is an estimate.
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

import numpy as np

from training.world.traits import Body, GaitStyle, Wear

T = TypeVar("T")

AGES = (20.0, 80.0)  # in years, evenly
MALE, FEMALE = 0, 1  # columns of what follows
STATURE_M = (1.753, 1.613)  # NHANES
STATURE_SD_M = (0.072, 0.066)  # NHES: 2.85 and 2.58 inches
DECADES = np.arange(25.0, 80.0, 10.0)  # their middles
SPEED = ((1.36, 1.43, 1.43, 1.43, 1.34, 1.26), (1.34, 1.34, 1.39, 1.31, 1.24, 1.13))  # m/s, Bohannon
SPEED_SD = 0.17  # Bohannon: 0.09 to 0.23 in groups of a decade and sex
# Stride over cadence, metre seconds: 1.41 m at 113 steps a minute (Perry). It grows with the square of the
# stature: men 1.46 m at 111, women 1.28 m at 117 (Perry). Its sd is a share; with that of the stature it
# makes 10 % within a sex, as measured in 12 people at the speed they prefer (Terrier).
WALK_RATIO, WALK_RATIO_SD = 1.49, 0.06
MOST_SD = 2.5  # nobody is farther from the mean

# Body mass index, kg/m2: the 5th, 50th and 95th of a hundred (Flegal); log-normal on either side.
BMI = ((19.5, 24.5, 30.0), (18.0, 21.5, 30.0))
TAIL_SD = 1.645  # from the median to the 5th and the 95th
# anny's values: mean and sd. Bodies of little muscle alone reach the published masses.
BODY = {"muscle": (0.1, 0.05), "proportions": (0.5, 0.25)}
# Sd of anny's local changes, each so that a measure of the body spreads as in ANSUR, in millimetres.
FRAME = {
    "shoulders": 0.33,  # between the shoulders 14.6: a unit is 44
    "chest": 0.35,  # depth of the chest 13.7: 39
    "waist": 0.36,  # depth of the waist 17.0: 47
    "hips": 0.19,  # breadth of the hips 13.9: 75
    "thighs": 0.38,  # girth of the thigh 22.3, across 7.1: 19
    "calves": 0.16,  # girth of the calf 16.4, across 5.2: 32
    "legs": 0.148,  # height of the crotch 23.4: 158
    "arms": 0.155,  # from acromion to wrist 17.6: 114
}
LONGER_M, SHORTER_M = 0.185, 0.131  # that a unit of "legs" adds to the stature, and takes away
WIDER_M = 0.016  # that a unit of "hips" brings the feet apart
# Everyday clothes and hair: least and most that they stand off, metres.
WEAR = {
    "trunk": (0.0, 0.04), "upper_arms": (0.0, 0.025), "forearms": (0.0, 0.025), "thighs": (0.0, 0.025),
    "shanks": (0.0, 0.04), "hair": (0.0, 0.06), "nape": (0.0, 0.05),
}  # fmt: skip
# Mean and sd; joint angles differ by about 5 degrees between people (Winter). The spread of what has no
# source decides, beside the conditions, how difficult the data sets are: see docs/results/world.md.
STYLE = {
    "knee_flexion": (1.0, 0.15),
    "ankle_motion": (1.0, 0.25),
    "toe_out": (6.5, 6.0),  # Murray: 7 degrees in men, 6 in women
    "arm_swing": (1.0, 0.55),
    "arm_mean": (-4.0, 9.0),
    "elbow": (22.0, 17.0),
    "arm_abduction": (9.0, 6.5),
    "trunk_lean": (3.0, 5.5),
    "hunch": (5.0, 11.0),
    "pelvis_sway": (1.0, 0.7),
    "pelvis_turn": (1.0, 0.7),
    "leg_asymmetry": (0.0, 0.07),
    "timing_asymmetry": (0.0, 0.018),
    "arm_asymmetry": (0.0, 0.35),
    "head_pitch": (0.0, 10.0),
    "hip_offset": (-2.0, 5.5),  # these two take back half of the bend
    "knee_offset": (-4.0, 5.5),  # that the legs have in anny's reference pose
    "heel_lift": (0.0, 0.16),
    "knee_lift": (0.0, 8.0),
}
# Between the tracks of the feet. Murray measured 8.1 cm in men and 7.1 in women between the heels; the
# ankles, which are meant here, are a little farther apart when the toes point out.
STEP_WIDTH_M = (0.10, 0.03)
AGED = {"hunch": 4.0, "trunk_lean": 2.0, "arm_swing": -0.15}  # change from the youngest to the oldest


OWN = ("stature", "speed", "walk_ratio", "step_width", "mass", *BODY, *FRAME, *STYLE)  # what deviates


def adult(rng: np.random.Generator, body_spread: float, gait_spread: float) -> tuple[Body, GaitStyle]:
    """Somebody of this population; spreads of 0 give the average body and the average walk."""
    gender, years = float(rng.integers(2)), float(rng.uniform(*AGES))
    deviations = np.clip(rng.standard_normal(len(OWN)), -MOST_SD, MOST_SD)
    body, style = _adult(gender, years, dict(zip(OWN, deviations, strict=True)))
    average_body, average_style = _adult(0.5, sum(AGES) / 2, dict.fromkeys(OWN, 0.0))
    return _between(average_body, body, body_spread), _between(average_style, style, gait_spread)


def everyday(rng: np.random.Generator, spread: float) -> Wear:
    """Somebody's clothes and hair, the same on every walk; a spread of 0 gives the average."""
    middle = Wear(**{name: sum(span) / 2 for name, span in WEAR.items()})
    return _between(middle, Wear(**{name: float(rng.uniform(*span)) for name, span in WEAR.items()}), spread)


def anny_height(stature: float, gender: float, age: float, legs: float = 0.0) -> float:
    """anny's height value for a stature in metres; age is anny's, legs the body's.

    Fitted to meshes of this population, right to 12 mm (sd).
    """
    return (stature - _longer(legs) - 1.413 + 0.139 * gender + 0.064 * age) / 1.080


def anny_weight(mass_index: float, gender: float, muscle: float) -> float:
    """anny's weight value for kilograms a square metre, at 1,000 kg/m3; as heavy as she gets at most.

    Fitted to meshes of this population at the values 0, 0.5 and 1, right to 0.4, 0.5 and 0.7 (sd).
    """
    lightest = 15.1 - 2.7 * gender + 8.4 * muscle
    middle = 24.1 - 3.3 * gender - 4.7 * muscle
    heaviest = 38.7 - 6.2 * gender - 28.3 * muscle
    corners = (lightest, middle, heaviest)
    return float(np.interp(mass_index, corners, (0.0, 0.5, 1.0)))


def _longer(legs: float) -> float:
    """Metres that a body's legs are longer than usual."""
    return legs * (LONGER_M if legs > 0 else SHORTER_M)


def _mass_index(gender: float, off: float) -> float:
    """off: standard deviations from the median."""
    low, median, high = (_mixed(pair, gender) for pair in zip(*BMI, strict=True))
    tail = high / median if off > 0 else median / low
    return median * tail ** (off / TAIL_SD)


def _adult(gender: float, years: float, off: dict[str, float]) -> tuple[Body, GaitStyle]:
    """off: deviations by name, in standard deviations; gender: 0 male, 1 female."""
    stature = _mixed(STATURE_M, gender) + off["stature"] * _mixed(STATURE_SD_M, gender)
    age = float(np.interp(years, (25, 90), (2 / 3, 1)))  # anny's young and old
    shape = {name: float(np.clip(mean + off[name] * sd, 0.02, 0.98)) for name, (mean, sd) in BODY.items()}
    shape |= {name: off[name] * sd for name, sd in FRAME.items()}
    shape["weight"] = anny_weight(_mass_index(gender, off["mass"]), gender, shape["muscle"])
    body = Body(gender, age, height=anny_height(stature, gender, age, shape["legs"]), **shape)
    angles = {name: mean + off[name] * sd for name, (mean, sd) in STYLE.items()}
    for name, change in AGED.items():
        angles[name] += change * (years - AGES[0]) / (AGES[1] - AGES[0])
    angles["arm_swing"] = max(angles["arm_swing"], 0.1)
    # Speed and walk ratio say how long and how quick the strides are.
    decade = [float(np.interp(years, DECADES, speeds)) for speeds in SPEED]
    speed = _mixed((decade[MALE], decade[FEMALE]), gender) + off["speed"] * SPEED_SD
    middle = sum(STATURE_M) / 2
    ratio = WALK_RATIO * (stature / middle) ** 2 * (1 + off["walk_ratio"] * WALK_RATIO_SD)
    longer = stature + 1.1 * _longer(shape["legs"])
    width = STEP_WIDTH_M[0] + off["step_width"] * STEP_WIDTH_M[1]
    style = GaitStyle(stride_hz=float(np.sqrt(speed / ratio)), **angles)
    return body, dataclasses.replace(
        style,
        hip_swing=_hip_swing(style, float(np.sqrt(speed * ratio)) / longer, gender),
        leg_adduction=_leg_adduction(width - WIDER_M * shape["hips"], gender, stature),
    )


def _hip_swing(style: GaitStyle, stride: float, gender: float) -> float:
    """The factor that gives strides of this length, in statures.

    Fitted to legs of this population, right to 3.3 % (sd); women 1 % too short, as published strides want it.
    """
    others = 0.036 - 0.010 * gender + 0.124 * style.knee_flexion + 0.056 * style.ankle_motion
    return (stride - others - 0.0031 * style.hip_offset + 0.0034 * style.knee_offset) / 0.487


def _leg_adduction(width: float, gender: float, stature: float) -> float:
    """Degrees that bring the feet to this width in metres; fitted likewise, right to 2.2 cm (sd)."""
    return (0.4378 - 0.0420 * gender - 0.0601 * stature - width) / 0.0207


def _mixed(pair: tuple[float, float], gender: float) -> float:
    return pair[MALE] + gender * (pair[FEMALE] - pair[MALE])


def _between(average: T, drawn: T, spread: float) -> T:
    pairs = {name: (value, getattr(drawn, name)) for name, value in vars(average).items()}
    return type(average)(**{name: float(a + spread * (b - a)) for name, (a, b) in pairs.items()})
