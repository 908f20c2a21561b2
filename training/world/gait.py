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

SWING_MIDDLE, SWING_HALF = 0.82, 0.2  # of a leg's own stride, where lift acts
LIFT_ANKLE = 0.6  # how much the ankle lifts for each degree of the knee

# anny's reference pose: arms this far from the vertical, elbows bent, feet turned out.
REST_ARM_DEG, REST_ELBOW_DEG, REST_TOE_DEG = 42.0, 42.0, 8.0
REST_UPPER_ARM = np.array([0.67, -0.02, -0.74])  # of the left side
FORWARD = np.array([0.0, -1.0, 0.0])  # anny faces -y, its left is +x

SIDES = (("L", 1.0), ("R", -1.0))
AXES = dict(zip("xyz", np.eye(3), strict=True))


def curve(table: ArrayLike, phases: ArrayLike) -> Array:
    """A table of one evenly spaced stride at phases (any shape), kept to four harmonics; the table's unit."""
    values = np.asarray(table, np.float64)
    spectrum = np.fft.rfft(values)[: HARMONICS + 1] / len(values)
    turns = np.exp(2j * np.pi * np.asarray(phases, np.float64)[..., None] * np.arange(len(spectrum)))
    weights = np.where(np.arange(len(spectrum)) == 0, 1.0, 2.0)
    return np.asarray((turns * spectrum * weights).sum(-1).real, np.float64)


def leg_angles(style: GaitStyle, phases: Array, side: float, lift: float = 0.0) -> tuple[Array, Array, Array]:
    """Hip and knee flexion and ankle dorsiflexion of the left (side 1) or right (-1) leg, degrees, each (T,).

    lift: degrees that the knee and ankle bend more in mid-swing, so that the foot clears the ground
    """
    late = 0.0 if side > 0 else 0.5 + style.timing_asymmetry
    at, share = phases - late, 1 + side * style.leg_asymmetry
    middle = float(np.mean(HIP))
    # The tilted pelvis takes over half of the mean hip flexion.
    hip = style.hip_swing * share * (curve(HIP, at) - middle) + middle / 2 + style.hip_offset
    knee = style.knee_flexion * share * curve(KNEE, at) + style.knee_offset
    more = lift * mid_swing(at)
    return hip, np.maximum(knee, 0.0) + more, style.ankle_motion * curve(ANKLE, at) + LIFT_ANKLE * more


def mid_swing(phases: Array) -> Array:
    """1 in the middle of a leg's swing, smoothly 0 from SWING_HALF off it; phases are the leg's own."""
    off = (phases - SWING_MIDDLE + 0.5) % 1 - 0.5
    return np.asarray(np.where(np.abs(off) < SWING_HALF, (1 + np.cos(np.pi * off / SWING_HALF)) / 2, 0.0))


def arm_angles(style: GaitStyle, phases: Array, side: float) -> tuple[Array, Array]:
    """Shoulder flexion and elbow flexion of the left (side 1) or right (-1) arm, degrees, each (T,)."""
    late = 0.5 + style.timing_asymmetry if side > 0 else 0.0  # an arm goes with the other side's leg
    swing = style.arm_swing * (1 + side * style.arm_asymmetry) * np.cos(2 * np.pi * (phases - late))
    return style.arm_mean + SHOULDER_DEG * swing, np.maximum(style.elbow + ELBOW_DEG * swing, 0.0)


def bone_rotations(
    style: GaitStyle, phases: ArrayLike, lifts: tuple[float, float] = (0.0, 0.0)
) -> dict[str, Array]:
    """Rotations of anny's bones by name (its 'local-ref' pose: axes of the world), each float64 (T, 3, 3).

    lifts: of the left and right leg, see leg_angles
    """
    at = np.asarray(phases, np.float64)
    bones = _trunk(style, at)
    for (name, side), lift in zip(SIDES, lifts, strict=True):
        bones |= _leg(leg_angles(style, at, side, lift), style, name, side) | _arm(style, at, name, side)
    return {name: rotation.as_matrix() for name, rotation in bones.items()}


def _leg(angles: tuple[Array, Array, Array], style: GaitStyle, name: str, side: float) -> dict[str, Rotation]:
    hip, knee, ankle = angles
    still = np.zeros_like(hip)
    return {
        f"upperleg01.{name}": _about("x", -hip) * _about("y", still + side * style.leg_adduction),
        f"lowerleg01.{name}": _about("x", knee),
        f"foot.{name}": _about("z", still + side * (style.toe_out - REST_TOE_DEG)) * _about("x", -ankle),
    }


def _arm(style: GaitStyle, at: Array, name: str, side: float) -> dict[str, Rotation]:
    shoulder, elbow = arm_angles(style, at, side)
    down = np.full_like(at, side * (REST_ARM_DEG - style.arm_abduction))
    hinge = np.cross(REST_UPPER_ARM * [side, 1, 1], FORWARD)
    return {
        f"upperarm01.{name}": _about("x", -shoulder) * _about("y", down),
        f"lowerarm01.{name}": _turn(hinge / np.linalg.norm(hinge), elbow - REST_ELBOW_DEG),
    }


def _trunk(style: GaitStyle, at: Array) -> dict[str, Rotation]:
    cos, sin, still = np.cos(2 * np.pi * at), np.sin(2 * np.pi * at), np.zeros_like(at)
    tilt = _about("x", still + TILT_DEG)
    drop, turn = PELVIS_DEG * style.pelvis_sway * sin, TRUNK_DEG / 3 * style.pelvis_turn * cos
    lean, hunch = still + style.trunk_lean / 2, still + style.hunch
    twist = _about("z", turn) * _about("y", drop / 3)
    nod = style.head_pitch - style.hunch - style.trunk_lean / 2
    back = -(TRUNK_DEG - PELVIS_DEG) / 2 * style.pelvis_turn * cos
    return {
        "root": _about("z", -PELVIS_DEG * style.pelvis_turn * cos) * _about("y", -drop) * tilt,
        "spine05": twist * _about("x", lean),
        "spine03": twist * _about("x", lean),
        "spine02": twist * _about("x", 0.5 * hunch),
        "spine01": _about("x", 0.6 * hunch),
        "neck01": _about("x", 0.3 * hunch),
        "head": _about("z", back) * _about("x", still + nod),
    }


def _about(axis: str, degrees: Array) -> Rotation:
    return _turn(AXES[axis], degrees)


def _turn(axis: Array, degrees: Array) -> Rotation:
    return Rotation.from_rotvec(np.radians(degrees)[:, None] * axis)
