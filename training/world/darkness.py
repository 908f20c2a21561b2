"""What a segmenter makes of a silhouette by day and by night.

Light falls by four powers of ten from a cloudy day (10,000 lux) to a badly lit street (1 lux); a longer
exposure and an open lens win 1.5 of them back. What is left is a signal of few photons: electrons
n = FULL * light * albedo, with shot noise sqrt(n) and read noise. A region of the person is told from the
background by d' = |n - n_background| / sqrt(n + n_background + 2 read^2) of one pixel, times the square root
of the pixels in a patch that a segmenter weighs together. So dark trousers before a dark hedge go first; the
outline gets ragged, holes and missing legs come and go with the frames, blobs of the background join in, and
what is left of too little is no person any more. The numbers are ours, chosen by eye.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sgcross_core.settings import check, setting

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

FULL_ELECTRONS, READ_ELECTRONS = 8000.0, 4.0  # a small camera's full well and read noise
LOST_DECADES = 2.5  # of light on the sensor, from day to the darkest night
PATCH_M, PERSON_M = 0.05, 1.7  # side of what is weighed together; a mask's rows span about a person
SURE = 6.0  # d' of a patch at which 63 % of the evidence is there
EXPOSURE_S, LEG_SPEED = 1 / 30, 2.6  # by night; metres a second of a swinging leg, twice the walker's
STAY = 0.75  # correlation of errors from one frame to the next
LEAST = 0.3  # of the silhouette; what finds less is no person


@dataclass(frozen=True)
class SegmenterConfig:
    """How hard the camera's picture is to segment."""

    night: float = setting(0.0, "darkness: 0 by day, 1 in a badly lit street", low=0, high=1)
    error: float = setting(0.0, "errors by day: 0 none, 1 those of a poor segmenter", low=0, high=1)

    def __post_init__(self) -> None:
        check(self)


def segmented(
    masks: list[Mask], shades: Floats, config: SegmenterConfig, rng: np.random.Generator
) -> list[Mask]:
    """The masks (h, w) of one walk as a segmenter gives them, a little larger where blobs join in.

    shades: linear luminance 0..1 of the person from top to bottom in even bands, float32 (B,), see
    wardrobe.Outfit.shades. A frame in which nobody is found has an empty mask.
    """
    if config.night == 0 and config.error == 0:
        return masks
    background = rng.uniform(0.05, 0.45) * np.exp(rng.normal(0, 0.35, (6, 4)))
    slow = rng.standard_normal((2, 9, 6)).astype(np.float32)  # of misses, and of blobs
    result = []
    for mask in masks:
        slow = STAY * slow + np.sqrt(1 - STAY**2) * rng.standard_normal(slow.shape).astype(np.float32)
        result.append(_found(mask, shades, background.astype(np.float32), slow, config, rng))
    return result


def evidence(shades: Floats, background: Floats, patch: float, night: float) -> Floats:
    """How sure a region of albedo `shades` is told from one of albedo `background`: 0..1, their common shape.

    patch: pixels that a segmenter weighs together
    """
    light = FULL_ELECTRONS * 10 ** (-LOST_DECADES * night)
    n, m = light * shades, light * background
    stands_off = np.abs(n - m) / np.sqrt(n + m + 2 * READ_ELECTRONS**2) * np.sqrt(patch)
    return np.asarray(1 - np.exp(-stands_off / SURE), np.float32)


def _found(
    mask: Mask,
    shades: Floats,
    background: Floats,
    slow: Floats,
    config: SegmenterConfig,
    rng: np.random.Generator,
) -> Mask:
    """One frame; what is left of the evidence is compared with a half."""
    if not mask.any():
        return mask
    margin = round(0.12 * len(mask) * config.night)
    solid = np.pad(mask, margin).astype(np.float32)
    pixel = PERSON_M / len(mask)
    sure = _region_evidence(solid.shape, margin, shades, background, (PATCH_M / pixel) ** 2, config.night)
    blurred = _smeared(solid, config.night * EXPOSURE_S * LEG_SPEED / pixel)
    size = solid.shape[::-1]
    miss, blob = (cv2.resize(field, size, interpolation=cv2.INTER_CUBIC) for field in slow)
    doubt = 1 - sure  # where nothing is sure, errors of a region's size decide
    score = blurred * (sure + 0.5 * doubt * miss) + 0.22 * config.night * (1 - blurred) * doubt * blob
    fine = rng.standard_normal(solid.shape, np.float32)
    ragged = cv2.GaussianBlur(fine, (0, 0), max(0.8, 0.012 * len(mask))) * max(1.6, 0.04 * len(mask))
    score += ragged * (0.3 * config.error + 0.16 * doubt * config.night)
    left = _without_specks(score > 0.5)
    kept = np.count_nonzero(left & (solid > 0)) / np.count_nonzero(mask)
    return left if kept >= LEAST else np.zeros_like(left)


def _region_evidence(
    shape: tuple[int, ...], margin: int, shades: Floats, background: Floats, patch: float, night: float
) -> Floats:
    rows = len(shades)
    behind = cv2.resize(background, (4, rows), interpolation=cv2.INTER_LINEAR)
    inner = evidence(np.repeat(shades[:, None], 4, axis=1).astype(np.float32), behind, patch, night)
    whole = cv2.resize(inner, (shape[1] - 2 * margin, shape[0] - 2 * margin), interpolation=cv2.INTER_LINEAR)
    return np.pad(whole, margin, mode="edge")


def _smeared(solid: Floats, pixels: float) -> Floats:
    """A soft outline; what moves below the hips is smeared sideways over so many pixels."""
    soft = cv2.GaussianBlur(solid, (3, 3), 0.7)
    width = 2 * round(pixels / 2) + 1
    if width < 3:
        return np.asarray(soft)
    smeared = cv2.blur(soft, (width, 1), borderType=cv2.BORDER_CONSTANT)
    down = np.clip((np.arange(len(solid)) / len(solid) - 0.45) / 0.3, 0, 1).astype(np.float32)[:, None]
    return np.asarray(soft * (1 - down) + smeared * down)


def _without_specks(mask: Mask) -> Mask:
    """Without parts of less than 2 % of the largest."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if count <= 2:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    return np.asarray((areas >= 0.02 * areas.max())[labels] & mask)
