"""Pictures of few photons, and pictures of several moments."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from training.world.surroundings import GAMMA

Image = NDArray[np.uint8]

FULL_ELECTRONS, READ_ELECTRONS = 8000.0, 4.0  # of a white pixel by day, and the read noise of a small sensor
LINEAR = ((np.arange(256) / 255) ** (1 / GAMMA)).astype(np.float32)  # light 0..1 of a byte
STEPS = 4096  # of linear light in the table back to bytes
BYTES = np.rint(255 * (np.arange(STEPS) / (STEPS - 1)) ** GAMMA).astype(np.uint8)


def in_the_dark(image: Image, light: float, gain: float, seed: int) -> Image:
    """A picture uint8 (H, W, 3) taken by day, under `light` of the day's light: dark, and noisy.

    A pixel counts n electrons with shot noise sqrt(n) and read noise; the camera then brightens the picture
    up to `gain` times, and the noise with it.
    """
    cv2.setRNGSeed(seed % 2**31)
    electrons = cv2.LUT(image, LINEAR) * np.float32(FULL_ELECTRONS * light)
    noise = np.empty((image.shape[0], image[0].size), np.float32)  # one channel: randn takes one sd for each
    cv2.randn(noise, 0, 1)
    noise = noise.reshape(image.shape)
    noise *= np.sqrt(electrons + np.float32(READ_ELECTRONS**2))
    electrons += noise
    return _bytes(electrons * np.float32(min(gain, 1 / light) / FULL_ELECTRONS))


def averaged(images: Sequence[Image]) -> Image:
    """The mean light of pictures uint8 (H, W, 3)."""
    total = sum(cv2.LUT(image, LINEAR) for image in images)
    return _bytes(np.asarray(total / len(images), np.float32))


def _bytes(light: NDArray[np.float32]) -> Image:
    return BYTES[(np.clip(light, 0, 1) * (STEPS - 1) + 0.5).astype(np.int32)]
