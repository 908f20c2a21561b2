"""The camera picture with what the node makes of it: masks, projected points, names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from sgcross_core.sensing import Calibration
from sgcross_ros.colours import bgr8, of_label

if TYPE_CHECKING:
    from sgcross_core.people.pipeline import TrackedPerson

Picture = NDArray[np.uint8]

STRENGTH = 0.45  # how much of a mask's colour covers the picture
FONT, TEXT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.5


def draw(
    image: Picture,
    people: Iterable[TrackedPerson],
    labels: Mapping[int, str],
    calibration: Calibration | None,
    width: int,
) -> Picture:
    """A picture uint8 (H', W', 3), BGR, of one uint8 (H, W, 3), at most width wide.

    labels: class_id of tracks that have been answered; calibration: None draws no points.
    """
    scale = min(1.0, width / image.shape[1])
    smaller = image.copy() if scale == 1 else cv2.resize(image, None, fx=scale, fy=scale)
    canvas: Picture = np.asarray(smaller, np.uint8)
    for person in people:
        label = labels.get(person.track, "pending")
        colour = bgr8(of_label(label))
        if person.segment is not None:
            _mask(canvas, person.segment.mask, person.segment.box, scale, colour)
        if person.cluster is not None and calibration is not None:
            _points(canvas, calibration.project(person.cluster.points) * scale, colour)
        _name(canvas, f"{person.track} {label}", _anchor(person, calibration), scale, colour)
    return canvas


def _mask(
    canvas: Picture,
    mask: NDArray[np.bool_],
    box: tuple[int, int, int, int],
    scale: float,
    colour: tuple[int, int, int],
) -> None:
    """Tint the mask, bool (h, w), that lies at box in the unscaled picture, and frame it."""
    left, top, right, bottom = (round(edge * scale) for edge in box)
    left, top = max(left, 0), max(top, 0)
    part = canvas[top:bottom, left:right]
    if part.size == 0:
        return
    small = cv2.resize(mask.astype(np.uint8), part.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
    part[small] = (part[small] * (1 - STRENGTH) + np.array(colour) * STRENGTH).astype(np.uint8)
    cv2.rectangle(canvas, (left, top), (right, bottom), colour, 1)


def _points(canvas: Picture, pixels: NDArray[np.float32], colour: tuple[int, int, int]) -> None:
    """Dots of 2 x 2 at pixels, float32 (P, 2); NaN and what lies outside is left out."""
    height, width = canvas.shape[:2]
    seen = pixels[np.isfinite(pixels).all(axis=1)]
    inside = (seen >= 0).all(axis=1) & (seen < (width - 1, height - 1)).all(axis=1)
    columns, rows = seen[inside].astype(np.intp).T
    for right, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
        canvas[rows + down, columns + right] = colour


def _anchor(person: TrackedPerson, calibration: Calibration | None) -> tuple[float, float] | None:
    """Where the name goes in the unscaled picture: over the mask, else over the box's top."""
    if person.segment is not None:
        return float(person.segment.box[0]), float(person.segment.box[1])
    if calibration is None:
        return None
    top = np.add(person.position, (0, 0, person.size[2] / 2))
    pixel = calibration.project(top[None])[0]
    return (float(pixel[0]), float(pixel[1])) if np.isfinite(pixel).all() else None


def _name(
    canvas: Picture,
    text: str,
    anchor: tuple[float, float] | None,
    scale: float,
    colour: tuple[int, int, int],
) -> None:
    if anchor is None:
        return
    plain = text.encode("ascii", "replace").decode()  # OpenCV's fonts have no other letters
    at = (round(anchor[0] * scale), max(12, round(anchor[1] * scale) - 4))
    cv2.putText(canvas, plain, at, FONT, TEXT_SCALE, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(canvas, plain, at, FONT, TEXT_SCALE, colour, 1, cv2.LINE_AA)
