"""A person on one walk: the body's meshes at any moment, and the speed that goes with them."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.world import body
from training.world.gait import upper_body
from training.world.people import GaitStyle, Person
from training.world.steps import Drift, Steps, no_drift
from training.world.variation import Variation

Floats = NDArray[np.float64]

PHASES = 40  # of the stride that is kept
SPEEDS = (0.3, 2.6)  # metres a second: slower is standing about, faster is running
GROWS = ("hip_swing", "arm_swing", "pelvis_turn", "pelvis_sway")  # with the length of the stride


class Walker:
    """Somebody walking straight ahead.

    person:     as they are on this walk, see Person.on_walk
    speed:      metres a second; None takes the person's own, other speeds change stride and cadence alike
    faces:      int32 (F, 3); materials: uint8 (F,), indices into training.world.body.MATERIALS
    cadence:    strides (two steps) a second; speed = cadence * stride_length
    step_width: metres between the tracks of the two feet
    height:     metres, the tallest moment of the stride
    stride:     float32 (PHASES, V, 3), the meshes of one whole average stride
    """

    def __init__(self, person: Person, walk_seed: int, speed: float | None = None) -> None:
        self.person = person.on_walk(walk_seed)
        self.faces, self.materials = body.faces(), body.materials()
        self._steps = Steps(self.person.style, legs := body.legs(self.person.body))
        self.cadence = self.person.style.stride_hz
        if speed is not None:
            self._change_speed(speed, legs)
        self.stride_length, self.step_width = self._steps.stride, self._steps.width
        self.speed = self.cadence * self.stride_length
        self._variation = Variation(person.seed, walk_seed)
        self.stride = self.meshes(np.arange(PHASES) / PHASES)
        self.height = float(self.stride[..., 2].max())

    def meshes(self, phases: ArrayLike) -> NDArray[np.float32]:
        """The body at phases (T,) of the average stride, 1 is a whole one: float32 (T, V, 3), metres.

        Origin on the ground under the pelvis's mean place, which moves on at .speed; the pelvis moves a few
        centimetres about it. x ahead, y left, z up; the lowest vertex at z = 0. Phase 0 is the left heel
        strike. Standing feet stand still on the ground that passes by.
        """
        return self._posed(self.person.style, _checked(phases, "phases"), no_drift)

    def poses(self, times: ArrayLike) -> NDArray[np.float32]:
        """The body at times (T,) in seconds, in any order: float32 (T, V, 3), metres, the frame of meshes.

        No two strides are quite alike, see Variation; the left heel strikes at about time 0.
        """
        even = _checked(times, "times") * self.cadence
        phases = even + self._variation.early(even)
        vertices = self._posed(self._variation.style(self.person.style, even), phases, self._variation.drift)
        vertices[..., 0] += (self.stride_length * (phases - even))[:, None]
        return vertices

    def _posed(self, style: GaitStyle, phases: Floats, drift: Drift) -> NDArray[np.float32]:
        """style: arms and trunk may change from pose to pose, see upper_body."""
        bones = upper_body(style, phases) | self._steps.rotations(phases, drift)
        vertices = body.posed(self.person.body, bones)
        pelvis = self._steps.pelvis(phases, drift)
        vertices[..., 0] += pelvis.ahead[:, None]
        vertices[..., 1] += pelvis.left[:, None]
        # The soles meet the ground to a millimetre or two; skin that bends with two bones is the rest.
        vertices[..., 2] -= vertices[..., 2].min(axis=1, keepdims=True)
        return vertices

    def _change_speed(self, speed: float, legs: tuple[body.Leg, body.Leg]) -> None:
        """Stride and cadence change by the same factor: the walk ratio is a person's own whatever the speed
        (Sekiya & Nagasaki 1998)."""
        if not SPEEDS[0] <= speed <= SPEEDS[1]:
            raise ValueError(f"speed must lie in {SPEEDS[0]}..{SPEEDS[1]} m/s; got {speed!r}")
        factor = float(np.sqrt(speed / (self.cadence * self._steps.stride)))
        style = self.person.style
        longer = {name: factor * getattr(style, name) for name in GROWS}
        style = dataclasses.replace(style, stride_hz=factor * style.stride_hz, **longer)
        self.person = dataclasses.replace(self.person, style=style)
        self._steps = Steps(style, legs, speed / style.stride_hz)
        self.cadence = style.stride_hz


def _checked(values: ArrayLike, name: str) -> Floats:
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite numbers (T,); got shape {array.shape}")
    return array
