"""A person who walks as somebody was recorded walking."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import brentq

from training.mocap.loop import SAMPLES_S, looped
from training.mocap.retarget import WALKER_FROM_ANNY, leg_length, reference_heads, retargeted
from training.mocap.strides import Steady
from training.world import body
from training.world.people import Body, Person

Array = NDArray[np.float64]

FLOOR_S = 0.05  # over which the recorded height of the pelvis gives way to that of the standing leg


class MotionWalker:
    """Somebody walking straight ahead as recorded; the same face as training.world.walker.Walker.

    person:   as they are on this walk; where the skeleton was measured, with legs as long as recorded
    faces:    int32 (F, 3); materials: uint8 (F,), indices into training.world.body.MATERIALS
    cadence:  strides (two steps) a second
    speed:    metres a second: the recorded speed times leg over recorded leg
    height:   metres, the tallest moment
    duration: seconds of recorded walking, whole strides; after it the walk repeats itself
    """

    def __init__(self, walk: Steady, person: Person, walk_seed: int) -> None:
        self.person = person.on_walk(walk_seed)
        if walk.measured:
            self.person = dataclasses.replace(self.person, body=with_legs(self.person.body, walk.leg))
        self.faces, self.materials = body.faces(), body.materials()
        heads = reference_heads(self.person.body)
        self._hips = (heads["upperleg01.L"] + heads["upperleg01.R"]) / 2
        places = walk.hips() * leg_length(heads) / walk.leg
        self._loop = looped(retargeted(walk, heads), places, walk.motion.fps, walk.period)
        self._floor = np.zeros(len(self._loop.places))
        self.duration, self.speed = self._loop.seconds, self._loop.speed
        self.cadence = self._loop.strides / self._loop.seconds
        self._floor, self.height = self._measured_floor()

    def poses(self, times: ArrayLike) -> NDArray[np.float32]:
        """The body at times (T,) in seconds, in any order, any length: float32 (T, V, 3), metres.

        Origin on the ground under the pelvis's mean place, which moves on at .speed; x ahead, y left, z up.
        Feet stand still as far as the recording's do.
        """
        at = np.asarray(times, np.float64)
        if at.ndim != 1 or not np.isfinite(at).all():
            raise ValueError(f"times must be finite numbers (T,); got shape {at.shape}")
        rotations, places = self._loop.at(at)
        vertices = body.posed(self.person.body, rotations)
        pelvis = WALKER_FROM_ANNY @ rotations["root"] @ WALKER_FROM_ANNY.T
        places = places - pelvis @ self._hips
        places[:, 2] -= np.interp(at, *self._floor_over_time(), period=self.duration)
        return np.asarray(vertices + places[:, None], np.float32)

    def _floor_over_time(self) -> tuple[Array, Array]:
        return np.arange(len(self._floor)) * self.duration / len(self._floor), self._floor

    def _measured_floor(self) -> tuple[Array, float]:
        """How high the lowest point is at each sample, smoothed, and the body's height.

        The recorded pelvis has its height above a floor that may slant, above other legs and other shoes,
        or none at all. Smoothing keeps single frames from jerking the body.
        """
        vertices = self.poses(self._floor_over_time()[0])
        lowest = vertices[..., 2].min(axis=1).astype(np.float64)
        floor = gaussian_filter1d(lowest, FLOOR_S * SAMPLES_S, mode="wrap")
        return floor, float((vertices[..., 2].max(axis=1) - floor).max())


def with_legs(shape: Body, length: float) -> Body:
    """The body made as tall as legs of this length in metres ask for, as far as anny goes."""

    def excess(height: float) -> float:
        return leg_length(reference_heads(dataclasses.replace(shape, height=height))) - length

    if excess(0.0) >= 0 or excess(1.0) <= 0:
        return dataclasses.replace(shape, height=0.0 if excess(0.0) >= 0 else 1.0)
    return dataclasses.replace(shape, height=float(brentq(excess, 0.0, 1.0, xtol=1e-4)))
