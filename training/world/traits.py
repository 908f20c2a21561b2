"""What makes a walker: the shape of the body and the way of walking, as plain numbers with their ranges."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

STYLE_JITTER = 0.12  # sd of a walk's change, in half-widths of the field
UNDRAWN = -1  # the stream of fields that no random number belongs to
BODY_JITTER = 0.045  # sd of a walk's change of the fields that clothes and posture change


def _drawn(centre: float, half: float, doc: str, *, jitter: float | None = None, stream: int = 0) -> Any:
    """A field that the wide population draws from centre +- half; jitter: sd of its change from walk to walk.

    stream: fields of another stream of random numbers were added later and leave those of the first alone
    """
    sd = STYLE_JITTER * half if jitter is None else jitter
    return dataclasses.field(
        default=centre, metadata={"half": half, "jitter": sd, "doc": doc, "stream": stream}
    )


def _own(doc: str) -> Any:
    """A field that the wide population leaves at 0."""
    return _drawn(0.0, 0.0, doc, jitter=0.0, stream=UNDRAWN)


@dataclass(frozen=True)
class Body:
    """The shape of a body: anny's phenotype values, each 0..1, by default the middle of the range, and local
    changes in anny's units, which 0 leaves out."""

    gender: float = _drawn(0.5, 0.5, "0 male, 1 female", jitter=0.0)
    age: float = _drawn(0.825, 0.175, "0.67 young adult, 1 old", jitter=0.0)
    muscle: float = _drawn(0.5, 0.4, "0 slight, 1 strong", jitter=BODY_JITTER)
    weight: float = _drawn(0.5, 0.4, "0 thin, 1 heavy", jitter=BODY_JITTER)
    height: float = _drawn(0.5, 0.25, "0 short, 1 tall; the range gives 1.5-2.05 m", jitter=0.0)
    proportions: float = _drawn(0.5, 0.5, "0 ideal, 1 uncommon", jitter=0.0)
    shoulders: float = _own("shoulders and chest broader")
    chest: float = _own("chest deeper")
    waist: float = _own("waist rounder")
    hips: float = _own("hips broader")
    thighs: float = _own("thighs rounder")
    calves: float = _own("calves rounder")
    legs: float = _own("legs longer")
    arms: float = _own("arms longer")


@dataclass(frozen=True)
class Wear:
    """Everyday clothes and hair: metres by which they stand off the body; the defaults are none."""

    trunk: float = 0.0
    upper_arms: float = 0.0
    forearms: float = 0.0
    thighs: float = 0.0
    shanks: float = 0.0
    hair: float = 0.0
    nape: float = 0.0


BARE = Wear()


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
