"""The ground right below a person and the returns on the feet: a plane through the place has neither."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Points = NDArray[np.float32]

LOW_M = 0.3  # returns between the ground and this height belong to feet, kerbs or uneven ground
SHIN_M = 0.7  # feet lie below returns that are no higher than this
STEP_M = 0.25  # from a shin to the tip of its foot
AROUND_M = 1.2  # the ground is looked for so far around a person
FEWEST = 8
MOST_SHINS = 40
LEVEL = 0.35  # of the low returns around a person so many lie below their ground: some lie on other things


class Floor:
    """The returns near the ground of a sweep: points (P, 3), metres, heights (P,) above the ground plane."""

    def __init__(self, points: Points, heights: Floats) -> None:
        self._points, self._heights = points, heights
        self._x, self._y = np.ascontiguousarray(points[:, :2].T)

    def below(self, person: Points, heights: Floats, gap: float) -> tuple[Points, float]:
        """The returns on a person's feet, (F, 3), and the ground's height there above the plane, metres.

        person: (N, 3), the returns above 0.3 m; heights: (N,) above the plane; gap: metres above the ground
        from where on a return is no longer ground
        """
        x, y = person[:, :2].mean(axis=0)
        near = np.flatnonzero((np.abs(self._x - x) < AROUND_M) & (np.abs(self._y - y) < AROUND_M))
        if len(near) < FEWEST:
            return self._points[:0], 0.0
        level = float(np.sort(self._heights[near])[int(LEVEL * len(near))])
        shins = person[heights < SHIN_M, :2]
        low = near[self._heights[near] > level + gap]
        if not (len(shins) and len(low)):
            return self._points[:0], level
        shins = shins[:: 1 + len(shins) // MOST_SHINS]
        along, aside = (self._points[low, None, :2] - shins).transpose(2, 0, 1)
        return self._points[low[(along * along + aside * aside).min(axis=1) < STEP_M**2]], level
