"""One colour for each person, the same in RViz, in the overlay and in every run."""

from __future__ import annotations

import colorsys
import zlib

Rgb = tuple[float, float, float]

UNKNOWN: Rgb = (0.55, 0.55, 0.55)
PENDING: Rgb = (1.0, 1.0, 1.0)


def of_label(label: str) -> Rgb:
    """Red, green, blue in 0..1 of a class_id: grey is unknown, white is pending, else a hue of its own."""
    if label in ("unknown", "pending"):
        return UNKNOWN if label == "unknown" else PENDING
    hue = zlib.crc32(label.encode()) / 2**32
    return colorsys.hsv_to_rgb(hue, 0.75, 1.0)


def bgr8(colour: Rgb) -> tuple[int, int, int]:
    """The same as OpenCV has it."""
    red, green, blue = (round(255 * part) for part in colour)
    return blue, green, red
