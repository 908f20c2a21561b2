"""Whole strides of a recorded walk as a loop that can be walked for ever."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from training.mocap.strides import SEAM_S

Array = NDArray[np.float64]

BLEND_S = 0.25  # at most, in which the strides' end goes over into their beginning
SAMPLES_S = 60.0  # poses of a loop a second


@dataclass(frozen=True)
class Loop:
    """A motion that repeats itself after .seconds, evenly sampled.

    rotations: bones to quaternions (N, 4), x, y, z, w, without jumps of sign
    places:    float64 (N, 3), metres, of what moves on at .speed
    strides:   how many whole ones; seconds: of all of them; speed: metres a second along x
    """

    rotations: dict[str, Array]
    places: Array
    strides: int
    seconds: float
    speed: float

    def at(self, times: ArrayLike) -> tuple[dict[str, Array], Array]:
        """Rotations (T, 3, 3) of the bones and places (T, 3) less speed * times, at any seconds (T,)."""
        samples = np.asarray(times, np.float64) / self.seconds % 1.0 * len(self.places)
        turns = {bone: _matrices(_between(around, samples)) for bone, around in self.rotations.items()}
        return turns, _between(self.places, samples)


def looped(rotations: dict[str, Array], places: Array, fps: float, period: float) -> Loop:
    """The loop of as many whole strides as the recording has.

    rotations: bones to matrices (T, 3, 3); places: (T, 3), walking along x; period: seconds a stride.
    Raises ValueError for less than a stride and the seam.
    """
    last, stride = len(places) - 1, period * fps
    strides = int((last - SEAM_S * fps) / stride)
    if strides < 1:
        raise ValueError(f"found {last / fps:.2f} s; expected a stride of {period:.2f} s and {SEAM_S} s more")
    length = strides * stride
    blend = min(BLEND_S * fps, last - length)
    start = (last - length - blend) / 2
    count = int(np.ceil(length / fps * SAMPLES_S))
    first = start + np.arange(count) * length / count
    again = np.minimum(first + length, last)  # what lies past the end has no weight
    weight = _smooth((first - start) / blend)
    straight, speed = _without_drift(places, start, length, blend, fps)
    turns = {}
    for bone, matrices in rotations.items():
        quaternions = _quaternions(matrices)
        turns[bone] = _mixed(_at(quaternions, first), _at(quaternions, again), weight)
    mixed = _mixed(_at(straight, first), _at(straight, again), weight)
    return Loop(turns, mixed - [*mixed[:, :2].mean(axis=0), 0.0], strides, length / fps, speed)


def _without_drift(
    places: Array, start: float, length: float, blend: float, fps: float
) -> tuple[Array, float]:
    """Places less their mean way from one loop to the next, a slope of the floor too; the speed along x."""
    seam = start + np.linspace(0, blend, 20)
    drift = (_at(places, seam + length) - _at(places, seam)).mean(axis=0) / length
    return places - np.arange(len(places))[:, None] * drift, float(drift[0] * fps)


def _smooth(share: Array) -> Array:
    share = np.clip(share, 0, 1)
    return np.asarray(share**2 * (3 - 2 * share))


def _quaternions(matrices: Array) -> Array:
    """Unit quaternions (T, 4) without jumps of sign."""
    quaternions = Rotation.from_matrix(matrices).as_quat()
    flips = np.where((quaternions[1:] * quaternions[:-1]).sum(axis=1) < 0, -1.0, 1.0)
    return np.asarray(quaternions * np.cumprod([1.0, *flips])[:, None])


def _at(values: Array, frames: Array) -> Array:
    """Values (T, C) at fractions of frames within 0..T - 1."""
    below = np.minimum(frames.astype(np.intp), len(values) - 2)
    return _mixed(values[below + 1], values[below], frames - below)


def _between(around: Array, samples: Array) -> Array:
    """As _at, where the last value is followed by the first."""
    whole = samples.astype(np.intp)
    below = whole % len(around)
    return _mixed(around[(below + 1) % len(around)], around[below], samples - whole)


def _mixed(first: Array, second: Array, weight: Array) -> Array:
    """Rows (T, C) with the weight (T,) of the first; quaternions become a little shorter than 1."""
    return np.asarray(weight[:, None] * first + (1 - weight[:, None]) * second)


def _matrices(quaternions: Array) -> Array:
    return np.asarray(Rotation.from_quat(quaternions).as_matrix())
