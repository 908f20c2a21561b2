"""The straight, steady part of a recorded walk, and how fast, how often and how far its strides are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from training.mocap.joints import JointMap
from training.mocap.motion import Motion

Array = NDArray[np.float64]

JUMP_M_S = 10.0  # nobody moves so fast: the recording was cut, or starts with a frame in another pose
SLOWEST_M_S = 0.4
TURN_DEG, SPEED_RATIO = 20.0, 1.35  # most by which heading and speed differ within a steady part
WINDOW_S = 1.0  # about a stride, over which path and speed are smoothed
STRIDE_S = (0.7, 1.8)  # what a stride (two steps) can last
SEAM_S = 0.1  # least that a steady part holds beyond whole strides, to blend its ends
SAME_POSE = 0.2  # a stride's end differs from its beginning by less than this share of what poses differ by
NEXT_STRIDE = 1.4  # times the first likeness: from there on it may be that of two strides
PLANTED = 0.4  # a foot slower than this share of the walking speed stands
FLIGHT_SHARE = 0.2  # of the time without a standing foot: above, people run (CMU walks: up to .06, jogs .32)


class NoWalk(ValueError):
    """A sound recording without straight, steady walking; says what was found instead."""


@dataclass(frozen=True)
class Steady:
    """The straight, steady part of a walk.

    motion:   its frames, turned and moved: x ahead, y left, the path begins at x = 0 and keeps to y = 0
    joints:   landmark to joint, see training.mocap.joints
    measured: whether the skeleton has the person's own size
    speed:    m/s; period: seconds a stride; leg: metres from hip to knee to ankle
    """

    motion: Motion
    joints: dict[str, int]
    measured: bool
    speed: float
    period: float
    leg: float

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return (len(self.motion) - 1) / self.motion.fps

    def hips(self) -> Array:
        """The middle between the hip joints, (T, 3), metres."""
        return _middle(self.motion, self.joints, "hip")

    @property
    def stride_length(self) -> float:
        """Metres a stride."""
        return self.speed * self.period


def steady_part(motion: Motion, joint_map: JointMap) -> Steady:
    """The longest straight, steady walking of a recording.

    Raises NoWalk with the reason for a recording without a whole stride of it.
    """
    joints = joint_map.indices(motion)
    motion = _longest_without_jump(motion)
    path = _middle(motion, joints, "hip")[:, :2]
    velocity = _velocity(motion, path)
    start, stop = _longest_steady(velocity)
    _check_length(motion, velocity, start, stop)
    motion, path = motion.between(start, stop), path[start:stop]
    slope, origin = np.polyfit(np.arange(len(path)) / motion.fps, path, 1)
    motion = _faced(motion, np.arctan2(slope[1], slope[0]), origin)
    speed, leg = float(np.hypot(*slope)), _leg(motion, joints)
    if (flight := _flight_share(motion, joints, speed)) > FLIGHT_SHARE:
        raise NoWalk(
            f"{motion.source}: found running ({speed:.2f} m/s, no foot standing for {flight:.0%} of the time)"
            "; expected walking"
        )
    return Steady(motion, joints, joint_map.measured, speed, _period(motion, joints), leg)


def _longest_without_jump(motion: Motion) -> Motion:
    steps = np.linalg.norm(np.diff(motion.roots, axis=0), axis=1) * motion.fps
    cuts = [0, *(np.flatnonzero(steps > JUMP_M_S) + 1), len(motion)]
    start = int(np.argmax(np.diff(cuts)))
    return motion.between(cuts[start], cuts[start + 1])


def _middle(motion: Motion, joints: dict[str, int], mark: str) -> Array:
    places = motion.placed()[1]
    return np.asarray((places[:, joints[f"{mark}.L"]] + places[:, joints[f"{mark}.R"]]) / 2)


def _velocity(motion: Motion, path: Array) -> Array:
    window = round(WINDOW_S * motion.fps) // 2 * 2 + 1
    if len(path) < window:
        raise NoWalk(
            f"{motion.source}: found {len(path)} frames ({len(path) / motion.fps:.2f} s) without a break; "
            f"expected at least {window}"
        )
    return np.asarray(savgol_filter(path, window, 1, deriv=1, delta=1 / motion.fps, axis=0))


def _longest_steady(velocity: Array) -> tuple[int, int]:
    """First frame of the longest steady run, and the one after its last; (0, 0) when there is none."""
    speed = np.linalg.norm(velocity, axis=1)
    heading = np.degrees(np.unwrap(np.arctan2(velocity[:, 1], velocity[:, 0])))
    best, start = (0, 0), 0
    for stop in range(1, len(speed) + 1):
        if speed[stop - 1] < SLOWEST_M_S:
            start = stop
            continue
        while np.ptp(heading[start:stop]) > TURN_DEG or _ratio(speed[start:stop]) > SPEED_RATIO:
            start += 1
        best = max(best, (start, stop), key=lambda run: run[1] - run[0])
    return best


def _ratio(speed: Array) -> float:
    return float(speed.max() / speed.min())


def _check_length(motion: Motion, velocity: Array, start: int, stop: int) -> None:
    needed, seconds = STRIDE_S[0] + SEAM_S, (stop - start) / motion.fps
    if seconds >= needed:
        return
    speed = np.linalg.norm(velocity, axis=1)
    if speed.max() < SLOWEST_M_S:
        reason = f"nobody walks (at most {speed.max():.2f} m/s)"
    else:
        reason = f"straight and steady for {seconds:.2f} s only: it turns, starts or stops"
    raise NoWalk(f"{motion.source}: found {reason}; expected {needed:.1f} s of straight, steady walking")


def _faced(motion: Motion, heading: float, origin: Array) -> Motion:
    cos, sin = np.cos(heading), np.sin(heading)
    turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    rotations = motion.rotations.copy()
    rotations[:, 0] = turn @ rotations[:, 0]
    roots = (motion.roots - [*origin, 0.0]) @ turn.T
    return Motion(motion.source, motion.joints, motion.parents, motion.offsets, rotations, roots, motion.fps)


def _leg(motion: Motion, joints: dict[str, int]) -> float:
    places = motion.between(0, 1).placed()[1][0]
    parts = [(f"{a}.{side}", f"{b}.{side}") for a, b in (("hip", "knee"), ("knee", "ankle")) for side in "LR"]
    return float(sum(np.linalg.norm(places[joints[a]] - places[joints[b]]) for a, b in parts) / 2)


def _flight_share(motion: Motion, joints: dict[str, int], speed: float) -> float:
    """The share of the time in which neither heel nor toes of either foot stand still."""
    feet = motion.placed()[1][:, [joints[f"{part}.{side}"] for part in ("ankle", "toe") for side in "LR"]]
    slowest = np.linalg.norm(np.gradient(feet, axis=0), axis=2).min(axis=1) * motion.fps
    return float((slowest > PLANTED * speed).mean())


def _period(motion: Motion, joints: dict[str, int]) -> float:
    """Seconds after which the limbs are first where they were, as nearly as ever, to a part of a frame."""
    places = motion.placed()[1]
    marks = [j for mark, j in joints.items() if mark.split(".")[0] in ("knee", "ankle", "elbow", "wrist")]
    limbs = places[:, marks] - _middle(motion, joints, "hip")[:, None]
    low, high = (round(seconds * motion.fps) for seconds in STRIDE_S)
    high = min(high, len(limbs) - max(2, round(SEAM_S * motion.fps)))
    misfits = np.array([np.square(limbs[lag:] - limbs[:-lag]).mean() for lag in range(low, high + 1)])
    dips = 1 + np.flatnonzero((misfits[1:-1] <= misfits[:-2]) & (misfits[1:-1] <= misfits[2:]))
    # A step after the start the legs are swapped, and the misfit is at its largest; two strides fit like one.
    dips = dips[misfits[dips] < SAME_POSE * misfits.max()] if len(dips) else dips
    if not len(dips):
        raise NoWalk(
            f"{motion.source}: found no repeated stride in {len(limbs) / motion.fps:.2f} s of steady walking"
            f"; expected one of {STRIDE_S[0]}-{STRIDE_S[1]} s"
        )
    dips = dips[low + dips < NEXT_STRIDE * (low + dips[0])]
    best = dips[misfits[dips].argmin()]
    before, at, after = misfits[best - 1 : best + 2]
    return float(low + best + 0.5 * (before - after) / (before - 2 * at + after)) / motion.fps
