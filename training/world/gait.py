"""How the joints move during a stride, and the rotations of anny's bones that this means.

The normative curves follow the published averages for natural cadence (Winter, The Biomechanics and Motor
Control of Human Gait, 2nd ed. 1991; Perry & Burnfield, Gait Analysis, 2nd ed. 2010), read at every tenth of
the stride, rounded to degrees and smoothed by keeping four Fourier harmonics.

Phase 0 is the left heel strike, 1 the next; the right leg is half a stride later.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from training.world.legs import about
from training.world.people import GaitStyle

Array = NDArray[np.float64]

# Degrees at 0, 10, ... 90 % of the stride; flexion and dorsiflexion are positive.
HIP = (30, 25, 17, 7, -2, -9, -3, 12, 25, 31)
KNEE = (5, 16, 17, 10, 6, 9, 35, 62, 52, 18)
ANKLE = (0, -5, 3, 7, 10, 6, -16, -9, 0, 1)
HARMONICS = 4

SHOULDER_DEG, ELBOW_DEG = 16.0, 9.0  # half the range of the average arm swing
PELVIS_DEG, TILT_DEG = 4.0, 2.0  # turn and drop of the pelvis to either side; its constant tilt
TRUNK_DEG = 8.0  # counter-turn of the trunk

SWING_MIDDLE, SWING_HALF = 0.82, 0.2  # of a leg's own stride, where the knee's lift acts
FLAT = np.linspace(0.12, 0.32, 11)  # of a leg's own stride, where the foot lies flat
TIPTOE_DEG, SHUFFLE = 35.0, 0.8  # the heel of a walk on tiptoe; the share of its roll that a shuffle lacks

# anny's reference pose: arms this far from the vertical, elbows bent, feet turned out.
REST_ARM_DEG, REST_ELBOW_DEG, REST_TOE_DEG = 42.0, 42.0, 8.0
REST_UPPER_ARM = np.array([0.67, -0.02, -0.74])  # of the left side
FORWARD = np.array([0.0, -1.0, 0.0])  # anny faces -y, its left is +x

SIDES = (("L", 1.0), ("R", -1.0))


def curve(table: ArrayLike, phases: ArrayLike) -> Array:
    """A table of one evenly spaced stride at phases (any shape), kept to four harmonics; the table's unit."""
    values = np.asarray(table, np.float64)
    spectrum = np.fft.rfft(values)[: HARMONICS + 1] / len(values)
    turns = np.exp(2j * np.pi * np.asarray(phases, np.float64)[..., None] * np.arange(len(spectrum)))
    weights = np.where(np.arange(len(spectrum)) == 0, 1.0, 2.0)
    return np.asarray((turns * spectrum * weights).sum(-1).real, np.float64)


def leg_angles(style: GaitStyle, phases: Array, side: float) -> tuple[Array, Array, Array]:
    """Hip and knee flexion and ankle dorsiflexion of the left (side 1) or right (-1) leg: degrees, (T,)."""
    late = right_late(style) if side < 0 else 0.0
    at, share = phases - late, 1 + side * style.leg_asymmetry
    middle, lift = float(np.mean(HIP)), style.knee_lift * mid_swing(at)
    # The tilted pelvis takes over half of the mean hip flexion.
    hip = style.hip_swing * share * (curve(HIP, at) - middle) + middle / 2 + style.hip_offset
    knee = style.knee_flexion * share * curve(KNEE, at) + style.knee_offset
    return hip + lift / 2, np.maximum(knee + lift, 0.0), style.ankle_motion * curve(ANKLE, at)


def right_late(style: GaitStyle) -> float:
    """The phase of the right heel strike."""
    return 0.5 + style.timing_asymmetry


def foot_pitches(style: GaitStyle, phases: Array, side: float) -> Array:
    """How far the toes point down (the heel is up), degrees (T,): what the joints add up to, but flat on the
    ground in mid-stance on average."""
    late = right_late(style) if side < 0 else 0.0
    pitch = _pitch(style, phases, side) - _pitch(style, FLAT + late, side).mean()
    shuffle, tiptoe = max(-style.heel_lift, 0.0), max(style.heel_lift, 0.0)
    pitch = (1 - SHUFFLE * shuffle) * pitch
    return np.where(pitch < 0, (1 - tiptoe) * pitch, pitch) + TIPTOE_DEG * tiptoe


def _pitch(style: GaitStyle, phases: Array, side: float) -> Array:
    hip, knee, ankle = leg_angles(style, phases, side)
    return TILT_DEG - hip + knee - ankle


def mid_swing(phases: Array) -> Array:
    """1 in the middle of a leg's swing, smoothly 0 from SWING_HALF off it; phases are the leg's own."""
    off = (phases - SWING_MIDDLE + 0.5) % 1 - 0.5
    return np.asarray(np.where(np.abs(off) < SWING_HALF, (1 + np.cos(np.pi * off / SWING_HALF)) / 2, 0.0))


def arm_angles(style: GaitStyle, phases: Array, side: float) -> tuple[Array, Array]:
    """Shoulder flexion and elbow flexion of the left (side 1) or right (-1) arm, degrees, each (T,)."""
    late = right_late(style) if side > 0 else 0.0  # an arm goes with the other side's leg
    swing = style.arm_swing * (1 + side * style.arm_asymmetry) * np.cos(2 * np.pi * (phases - late))
    return style.arm_mean + SHOULDER_DEG * swing, np.maximum(style.elbow + ELBOW_DEG * swing, 0.0)


def bone_rotations(style: GaitStyle, phases: ArrayLike) -> dict[str, Array]:
    """Rotations of anny's bones by name (its 'local-ref' pose: axes of the world), each float64 (T, 3, 3).

    The legs follow the curves freely; training.world.steps puts them on the ground.
    """
    at = np.asarray(phases, np.float64)
    bones = upper_body(style, at)
    for name, side in SIDES:
        bones |= _leg(leg_angles(style, at, side), style, name, side)
    return bones


def upper_body(style: GaitStyle, phases: Array) -> dict[str, Array]:
    """The rotations of bone_rotations from the pelvis upwards.

    The style's values for arms, trunk and head may be arrays (T,), one value a pose.
    """
    bones = _trunk(style, phases)
    for name, side in SIDES:
        bones |= _arm(style, phases, name, side)
    return bones


def _leg(angles: tuple[Array, Array, Array], style: GaitStyle, name: str, side: float) -> dict[str, Array]:
    hip, knee, ankle = angles
    toe_out = about("z", np.array(side * (style.toe_out - REST_TOE_DEG)))
    return {
        f"upperleg01.{name}": about("x", -hip) @ about("y", np.array(side * style.leg_adduction)),
        f"lowerleg01.{name}": about("x", knee),
        f"foot.{name}": toe_out @ about("x", -ankle),
    }


def _arm(style: GaitStyle, at: Array, name: str, side: float) -> dict[str, Array]:
    shoulder, elbow = arm_angles(style, at, side)
    down = np.array(side * (REST_ARM_DEG - style.arm_abduction))
    hinge = np.cross(REST_UPPER_ARM * [side, 1, 1], FORWARD)
    bend = np.radians(elbow - REST_ELBOW_DEG)[:, None] * hinge / np.linalg.norm(hinge)
    return {
        f"upperarm01.{name}": about("x", -shoulder) @ about("y", down),
        f"lowerarm01.{name}": Rotation.from_rotvec(bend).as_matrix(),
    }


def pelvis_turns(style: GaitStyle, phases: Array) -> Array:
    """Rotations of the root bone, (T, 3, 3)."""
    turn, drop = -PELVIS_DEG * style.pelvis_turn, -PELVIS_DEG * style.pelvis_sway
    cos, sin = np.cos(2 * np.pi * phases), np.sin(2 * np.pi * phases)
    return about("z", turn * cos) @ about("y", drop * sin) @ about("x", np.array(TILT_DEG))


def _trunk(style: GaitStyle, at: Array) -> dict[str, Array]:
    cos, sin, still = np.cos(2 * np.pi * at), np.sin(2 * np.pi * at), np.zeros_like(at)
    drop, turn = PELVIS_DEG * style.pelvis_sway * sin, TRUNK_DEG / 3 * style.pelvis_turn * cos
    lean, hunch = still + style.trunk_lean / 2, still + style.hunch
    twist = about("z", turn) @ about("y", drop / 3)
    nod = style.head_pitch - style.hunch - style.trunk_lean / 2
    back = -(TRUNK_DEG - PELVIS_DEG) / 2 * style.pelvis_turn * cos
    return {
        "root": pelvis_turns(style, at),
        "spine05": twist @ about("x", lean),
        "spine03": twist @ about("x", lean),
        "spine02": twist @ about("x", 0.5 * hunch),
        "spine01": about("x", 0.6 * hunch),
        "neck01": about("x", 0.3 * hunch),
        "head": about("z", back) @ about("x", still + nod),
    }
