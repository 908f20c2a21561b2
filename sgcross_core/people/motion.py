"""A person walking on the ground: a Kalman filter of constant velocity with random accelerations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ACCELERATION = 1.5  # m/s2, standard deviation: starting, stopping, turning
FIRST_SPEED = 1.4  # m/s, standard deviation of the unknown first velocity


@dataclass(frozen=True, eq=False)
class Walk:
    """state: float64 (4,), x y vx vy in metres and m/s; spread: float64 (4, 4), its covariance."""

    state: Floats
    spread: Floats

    @classmethod
    def begin(cls, place: Floats, noise: Floats) -> Walk:
        """Somebody who stands or walks at a place (2,), measured with covariance (2, 2)."""
        spread = np.zeros((4, 4))
        spread[:2, :2], spread[2:, 2:] = noise, FIRST_SPEED**2 * np.eye(2)
        return cls(np.array([*place, 0.0, 0.0]), spread)

    @property
    def place(self) -> Floats:
        """float64 (2,), metres."""
        return self.state[:2]

    @property
    def velocity(self) -> Floats:
        """float64 (2,), m/s."""
        return self.state[2:]

    def after(self, seconds: float) -> Walk:
        """The same walk later."""
        step = np.eye(4)
        step[0, 2] = step[1, 3] = seconds
        push = np.array([[seconds**2 / 2, 0], [0, seconds**2 / 2], [seconds, 0], [0, seconds]])
        return Walk(step @ self.state, step @ self.spread @ step.T + ACCELERATION**2 * push @ push.T)

    def blurred(self, noise: Floats) -> Walk:
        """The same with a less certain place: covariance (2, 2) is added."""
        spread = self.spread.copy()
        spread[:2, :2] += noise
        return Walk(self.state, spread)

    def distance(self, place: Floats, noise: Floats) -> tuple[float, float]:
        """Squared Mahalanobis distance of a place (2,) measured with noise (2, 2), and log |covariance|."""
        spread = self.spread[:2, :2] + noise
        off = place - self.place
        return float(off @ np.linalg.solve(spread, off)), float(np.log(np.linalg.det(spread)))

    def seen(self, place: Floats, noise: Floats) -> Walk:
        """The walk after a measurement of its place (2,) with covariance (2, 2)."""
        gain = self.spread[:, :2] @ np.linalg.inv(self.spread[:2, :2] + noise)
        spread = self.spread - gain @ self.spread[:2]
        return Walk(self.state + gain @ (place - self.place), (spread + spread.T) / 2)
