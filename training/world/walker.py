"""A person on one walk: the body's meshes at any phase of the stride, and the speed that goes with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.world import body
from training.world.gait import bone_rotations, curve
from training.world.people import Person

Floats = NDArray[np.float64]

PHASES = 40  # of a stride, where contact with the ground is looked at
SURGE_SHARE = 0.5  # of what would keep the foot quite still; all of it would throw the trunk 12 cm to and fro
CLEARANCE_M = 0.01  # a swinging foot's, above the standing one
LIFT_TRIAL_DEG, LIFT_MOST_DEG = 15.0, 35.0


class Walker:
    """Somebody walking straight ahead.

    person:  as they are on this walk, see Person.on_walk
    faces:   int32 (F, 3); materials: uint8 (F,), indices into training.world.body.MATERIALS
    cadence: strides (two steps) a second; speed: metres a second at which the feet stand still on the ground
    height:  metres, the tallest moment of the stride
    stride:  float32 (PHASES, V, 3), the meshes of one whole stride
    """

    def __init__(self, person: Person, walk_seed: int) -> None:
        self.person = person.on_walk(walk_seed)
        self.faces, self.materials = body.faces(), body.materials()
        self.cadence = self.person.style.stride_hz
        self._lifts, self._surge = (0.0, 0.0), np.zeros(PHASES)
        self._lifts = self._clearing_lifts()
        self.stride = self.meshes(np.arange(PHASES) / PHASES)
        backwards = stance_speeds(self.stride, self.person.style.timing_asymmetry)
        self.height = float(self.stride[..., 2].max())
        self.speed = float(backwards.mean() * self.cadence)
        self._surge = SURGE_SHARE * _cyclic_integral(backwards - backwards.mean())
        self.stride[..., 0] += self._surge_at(np.arange(PHASES) / PHASES)

    def meshes(self, phases: ArrayLike) -> NDArray[np.float32]:
        """The body at phases (T,) of the stride, 1 is a whole one: float32 (T, V, 3), metres.

        Origin on the ground under the pelvis's mean place, which moves on at .speed; the pelvis surges a few
        centimetres about it, as a standing foot demands. x ahead, y left, z up; the lowest vertex at z = 0.
        """
        at = np.asarray(phases, np.float64)
        if at.ndim != 1 or not np.isfinite(at).all():
            raise ValueError(f"phases must be finite numbers (T,); got shape {at.shape}")
        vertices = body.posed(self.person.body, bone_rotations(self.person.style, at, self._lifts))
        vertices[..., 2] -= vertices[..., 2].min(axis=1, keepdims=True)
        vertices[..., 0] += self._surge_at(at)
        return vertices

    def poses(self, times: ArrayLike) -> NDArray[np.float32]:
        """The body at times (T,) in seconds, in any order: float32 (T, V, 3), metres, the frame of meshes.

        At time 0 the left heel strikes.
        """
        at = np.asarray(times, np.float64)
        if at.ndim != 1 or not np.isfinite(at).all():
            raise ValueError(f"times must be finite numbers (T,); got shape {at.shape}")
        return self.meshes(at * self.cadence)

    def _surge_at(self, phases: Floats) -> Floats:
        return curve(self._surge, phases)[:, None]

    def _clearing_lifts(self) -> tuple[float, float]:
        """How many degrees each leg must lift in its swing for the other foot to reach the ground."""
        before = self._clearances()
        self._lifts = (LIFT_TRIAL_DEG, LIFT_TRIAL_DEG)
        gain = np.maximum((self._clearances() - before) / LIFT_TRIAL_DEG, 1e-4)
        left, right = np.clip((CLEARANCE_M - before) / gain, 0, LIFT_MOST_DEG)
        return float(left), float(right)

    def _clearances(self) -> Floats:
        """How far the left and the right foot stay above the other one in mid-swing, metres, (2,)."""
        left_swings = np.linspace(0.72, 0.92, 6)
        right_swings = left_swings - 0.5 + self.person.style.timing_asymmetry
        meshes = self.meshes(np.concatenate([left_swings, right_swings]))
        left, right = (meshes[:, body.foot(side), 2].min(axis=1) for side in "LR")
        above = np.asarray(left - right, np.float64)
        return np.array([above[:6].min(), -above[6:].max()])


def stance_speeds(meshes: NDArray[np.float32], late: float = 0.0) -> Floats:
    """How fast the standing foot's lowest point moves backwards, metres a stride, (T,).

    meshes: float32 (T, V, 3) at phases 0, 1/T, ... of a stride; late: of the right step, in cycles
    """
    frames, phases = np.arange(len(meshes)), np.arange(len(meshes)) / len(meshes)
    # A foot carries from the moment its heel is firmly down until the other's is.
    left = (phases >= 0.1) & (phases < 0.6 + late)
    lowest = np.where(left, *(_lowest(meshes, body.foot(side)) for side in "LR"))
    x = meshes[..., 0].astype(np.float64)
    return (np.roll(x, 1, axis=0) - np.roll(x, -1, axis=0))[frames, lowest] * len(meshes) / 2


def _lowest(meshes: NDArray[np.float32], of: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.asarray(of[meshes[:, of, 2].argmin(axis=1)])


def _cyclic_integral(rates: Floats) -> Floats:
    """The integral over one stride of evenly spaced rates whose mean is zero; its own mean is zero too."""
    total = (np.cumsum(rates) - rates / 2) / len(rates)
    return total - total.mean()
