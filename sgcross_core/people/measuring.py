"""Where a sighting puts a person on the ground, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sgcross_core.people.joining import Sighting
from sgcross_core.people.segment import Segment
from sgcross_core.sensing.calibration import Calibration

Floats = NDArray[np.float64]

BODY_M = 1.7  # assumed height of somebody whom only the camera has seen
SURE_M, PARTLY_M = 0.08, 0.2  # sd of a cluster's middle when all of the person is seen, and when not
HEIGHTS = 0.09  # sd of the range by the height of a mask, as a share: people are not all 1.7 m tall
STEADY = 0.04  # the same from moment to moment for one person
PARTLY = 0.25  # the same when somebody else hides a part of the person, or is in the mask
CUT = 0.6  # the same when the picture ends above the feet or below the crown
ACROSS_M, ACROSS = 0.05, 0.004  # sd across the line of sight: swinging arms, and radians
BESIDE_M = 0.2  # the same when a part of the person, or of somebody else, is in the mask


@dataclass(frozen=True, eq=False)
class Measurement:
    """A place on the ground in the LiDAR frame.

    place: float64 (2,), metres; noise: float64 (2, 2), its covariance; ground_z: of the ground there, metres;
    height: of the person, metres, None when not measured; eye: float64 (2,), from where the range was guessed
    by the height of a mask, None when it was measured; vague: sd of a guessed range as a share when not
    all of the person was seen, else 0
    """

    place: Floats
    noise: Floats
    ground_z: float
    height: float | None
    eye: Floats | None = None
    vague: float = 0.0

    def of_height(self, height: float) -> Measurement:
        """The same for somebody whose height in metres is known: a guessed range becomes a better one."""
        if self.eye is None:
            return self
        off = (self.place - self.eye) * (height / BODY_M)
        return replace(self, place=self.eye + off, noise=_mask_noise(off, STEADY, self.vague))

    def steady(self) -> Measurement:
        """The same for somebody whose earlier ranges were guessed alike: most of the error stays the same."""
        if self.eye is None:
            return self
        return replace(self, noise=_mask_noise(self.place - self.eye, STEADY, self.vague))


def measure(sighting: Sighting, calibration: Calibration | None) -> Measurement | None:
    """The measurement of a sighting; None for a mask without calibration or of somebody overhead."""
    if (cluster := sighting.cluster) is not None:
        sd = SURE_M if cluster.whole else PARTLY_M
        height = cluster.height if cluster.whole else None
        return Measurement(cluster.centre[:2], sd**2 * np.eye(2), cluster.ground_z, height)
    if sighting.segment is None or calibration is None:
        return None
    return _from_mask(sighting.segment, calibration)


def _from_mask(segment: Segment, calibration: Calibration) -> Measurement | None:
    """The direction is the mask's middle; the range is where a person of 1.7 m looks as high as the mask."""
    x0, y0, _, y1 = segment.box
    trunk = segment.mask[: max(1, len(segment.mask) // 2)]
    middle = x0 + float(np.median(np.nonzero(trunk)[1])) + 0.5
    rays = calibration.rays(np.array([[middle, y0], [middle, y1]], np.float32)).astype(np.float64)
    flat = np.hypot(rays[:, 0], rays[:, 1])
    if flat.min() < 1e-6:
        return None
    top, bottom = rays[:, 2] / flat
    if top - bottom < 1e-3:
        return None
    away = BODY_M / (top - bottom)
    off = away * rays[1, :2] / flat[1]
    eye = calibration.camera_position
    ground_z = float(eye[2] + away * bottom)
    ends = y0 <= 0 or y1 >= calibration.camera.height
    vague = 0.0 if segment.whole else CUT if ends else PARTLY
    noise = _mask_noise(off, HEIGHTS, vague)
    return Measurement(eye[:2] + off, noise, ground_z, None, eye[:2], vague)


def _mask_noise(off: Floats, share: float, vague: float) -> Floats:
    """Covariance (2, 2) of a place at off (2,), guessed by a mask with all or a part of the person."""
    return sight_noise(off, vague) + BESIDE_M**2 * np.eye(2) if vague else sight_noise(off, share)


def sight_noise(off: Floats, share: float) -> Floats:
    """Covariance (2, 2) of a place at off (2,) from the eye, metres; share: sd of the range over it."""
    away = float(np.hypot(*off))
    along = off / max(away, 1e-6)
    across = np.array([-along[1], along[0]])
    sd = ACROSS_M + ACROSS * away
    return (share * away) ** 2 * np.outer(along, along) + sd**2 * np.outer(across, across)
