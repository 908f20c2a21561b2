"""How a walker's strides differ from each other: smooth, seeded, known at any moment.

Sums of a few slow waves of random frequencies: most of what varies in people's steps follows slow changes of
their speed, of 2.3 % (Collins & Kuo, Two independent contributions to step variability, PLoS ONE 8, 2013).
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from training.world.people import GaitStyle

Array = NDArray[np.float64]

WAVES = 6
FREQUENCIES = (0.05, 0.45)  # a stride, drawn evenly in their logarithm
STRIDE_TIME_CV = 0.023  # Collins & Kuo 2013, of the speed
# Sd of where the steps land, ahead and left, metres. Step width varies by about 2.4 cm in young adults
# (Almarwani et al. 2016), twice as much as step length once its share of the speed is taken off
# (Collins & Kuo 2013).
DRIFT_M = (0.015, 0.012)
ARM_SHARE, LEAN_DEG = 0.06, 0.4  # sd of the arm swing, as a share of itself, and of the trunk's lean


class Variation:
    """The variation of one walk; even is the number of strides since the start at an even pace."""

    def __init__(self, person: int, walk: int) -> None:
        rng = np.random.default_rng([person, walk, 3])
        low, high = np.log(FREQUENCIES)
        self._frequencies = np.exp(rng.uniform(low, high, (5, WAVES)))
        self._starts = rng.uniform(0, 1, (5, WAVES))
        # So much earlier or later must a stride begin for its duration to vary as it should.
        change = 2 * np.sin(np.pi * self._frequencies[0])
        self._early = STRIDE_TIME_CV / np.sqrt((change**2).mean())

    def early(self, even: Array) -> Array:
        """How many strides the walker is ahead of an even pace, (T,)."""
        return self._early * self._waves(0, even)

    def drift(self, phases: Array) -> Array:
        """Metres ahead and left of the even way, (2, T), see training.world.steps.Steps.rotations."""
        return np.stack([sd * self._waves(1 + k, phases) for k, sd in enumerate(DRIFT_M)])

    def style(self, style: GaitStyle, even: Array) -> GaitStyle:
        """The style with a changing swing of the arms and lean of the trunk, arrays (T,)."""
        swing = style.arm_swing * (1 + ARM_SHARE * self._waves(3, even))
        lean = style.trunk_lean + LEAN_DEG * self._waves(4, even)
        return dataclasses.replace(style, arm_swing=swing, trunk_lean=lean)

    def _waves(self, which: int, at: Array) -> Array:
        turns = at[..., None] * self._frequencies[which] + self._starts[which]
        return np.asarray(np.sqrt(2 / WAVES) * np.sin(2 * np.pi * turns).sum(axis=-1))
