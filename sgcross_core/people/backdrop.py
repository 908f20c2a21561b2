"""The empty picture of a camera that stands still: learnt as a median, then kept up to date around people."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

SNAPSHOTS = 9
RATE = 0.02  # of a new frame where nothing is going on: four seconds at 12 Hz
SLOW_RATE = 0.004  # where something stands that is no person
NOISE = 4.0  # a difference counts from so many times the usual one, and a little
NOISE_FLOOR = 4.0
FIRST_SPREAD = 2.0  # grey levels; the usual difference until it is known
GRID = 8  # one pixel of so many, each way, tells of the light
LEAST_GAIN = 0.01  # smaller changes of the light do no harm
LIGHT_SHARE = 0.5  # when more of the picture differs, the light has changed or the camera has moved
LIGHT_FRAMES = 5


class Warmup:
    """Gathers the frames from which the empty picture is made; people may walk through. frames: how many."""

    def __init__(self, frames: int) -> None:
        self._frames, self._seen = frames, 0
        self._snapshots: list[Image] = []

    @property
    def share(self) -> float:
        """How much is done, 0..1."""
        return self._seen / self._frames

    def add(self, image: Image) -> Image | None:
        """Take a frame, uint8 (H, W, 3); the empty picture of that shape once there are enough."""
        if self._snapshots and self._snapshots[0].shape != image.shape:
            self.__init__(self._frames)  # type: ignore[misc]
        if self._seen * (SNAPSHOTS - 1) >= len(self._snapshots) * (self._frames - 1):
            self._snapshots.append(image.copy())
        self._seen += 1
        return _middle(self._snapshots) if self._seen >= self._frames else None


class Backdrop:
    """Mean and usual difference of each pixel, from an empty picture uint8 (H, W, 3).

    contrast: least difference that counts, grey levels
    """

    def __init__(self, empty: Image, contrast: float) -> None:
        self._contrast = contrast
        self._seen = self._changed = 0
        self._mean: Floats = empty.astype(np.float32)
        self._spread: Floats = np.full(empty.shape[:2], FIRST_SPREAD, np.float32)
        self._draw()

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W, 3)."""
        return self._mean.shape

    @property
    def lost(self) -> bool:
        """Whether most of the picture has differed for some frames, so that it must be learnt anew."""
        return self._changed >= LIGHT_FRAMES

    def balanced(self, image: Image) -> Image:
        """A frame, uint8 (H, W, 3), in the light of the empty picture: exposure and balance change."""
        now = image[::GRID, ::GRID].reshape(-1, 3).astype(np.float32)
        before = self._mean[::GRID, ::GRID].reshape(-1, 3)
        gains = np.median((before + 1) / (now + 1), axis=0)
        if np.abs(gains - 1).max() < LEAST_GAIN:
            return image
        levels = np.clip(np.arange(256)[:, None] * gains, 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(image, levels[None]), np.uint8)

    def difference(self, image: Image) -> tuple[Grey, Grey]:
        """How much a frame, uint8 (H, W, 3), differs, and 255 where that is no noise: both uint8 (H, W)."""
        blue, green, red = cv2.split(cv2.absdiff(image, self._drawn))
        difference = cv2.max(cv2.max(blue, green), red)
        busy = cv2.compare(difference, self._threshold, cv2.CMP_GT)
        return np.asarray(difference, np.uint8), np.asarray(busy, np.uint8)

    def part(self, rows: slice, columns: slice) -> tuple[Floats, Grey]:
        """The empty picture, float32 (h, w, 3), and the thresholds, uint8 (h, w), of a part."""
        return self._mean[rows, columns], self._threshold[rows, columns]

    def update(self, image: Image, difference: Grey, busy: Grey, people: Grey) -> None:
        """Follow slow changes. busy, people: uint8 (H, W), 255 where something differs, where people are."""
        changed = cv2.countNonZero(busy) > LIGHT_SHARE * busy.size
        self._changed = self._changed + 1 if changed else 0
        self._seen += 1
        rate = max(RATE, 1 / (self._seen + 2))
        calm = cv2.bitwise_not(cv2.bitwise_or(busy, people))
        cv2.accumulateWeighted(image, self._mean, rate, mask=calm)
        cv2.accumulateWeighted(difference, self._spread, rate, mask=calm)
        things = cv2.bitwise_and(busy, cv2.bitwise_not(people))
        cv2.accumulateWeighted(image, self._mean, SLOW_RATE, mask=things)
        self._draw()

    def adopt(self, image: Image, there: NDArray[np.bool_], rows: slice, columns: slice) -> None:
        """Take a frame, uint8 (H, W, 3), for empty where there, bool (h, w) of the part, is set."""
        self._mean[rows, columns][there] = image[rows, columns][there]

    def _draw(self) -> None:
        self._drawn = np.asarray(cv2.convertScaleAbs(self._mean), np.uint8)
        least = max(self._contrast - NOISE_FLOOR, 0.0) / NOISE
        threshold = cv2.convertScaleAbs(
            np.maximum(self._spread, np.float32(least)), alpha=NOISE, beta=NOISE_FLOOR
        )
        self._threshold = np.asarray(threshold, np.uint8)


def _middle(snapshots: list[Image]) -> Image:
    """The median of three medians of three, each of which spans the whole time: uint8 (H, W, 3)."""
    a, b, c = (_median(*snapshots[first::3]) for first in range(3))
    return _median(a, b, c)


def _median(a: Image, b: Image, c: Image) -> Image:
    return np.asarray(cv2.max(cv2.min(a, b), cv2.min(cv2.max(a, b), c)), np.uint8)
