"""Groups of bars as a picture, so that figures can be compared at a glance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

LEFT, TOP, BOTTOM, HEIGHT = 48, 56, 28, 300  # pixels; HEIGHT of 100 %
BAR, GAP = 20, 24
BLACK, GREY = (40, 40, 40), (220, 220, 220)
COLOURS = ((180, 119, 31), (14, 127, 255), (44, 160, 44), (40, 39, 214))  # BGR, of the series in turn


def bar_chart(title: str, groups: Sequence[str], series: Mapping[str, Sequence[float]]) -> Picture:
    """uint8 BGR (H, W, 3): a bar in each group for each series, shares 0..1; NaN draws no bar.

    ValueError when there is nothing to draw, or a series has another length than the groups.
    """
    if not groups or not series:
        raise ValueError("a chart needs at least one group and one series")
    for name, shares in series.items():
        if len(shares) != len(groups):
            raise ValueError(f"{name!r} must have a share for each of {len(groups)}; got {len(shares)}")
    width = LEFT + len(groups) * _group(series) + GAP
    canvas = np.full((TOP + HEIGHT + BOTTOM, max(width, 640), 3), 255, np.uint8)
    _frame(canvas, title, list(series))
    for g, group in enumerate(groups):
        left = LEFT + GAP + g * _group(series)
        write(canvas, group, left, TOP + HEIGHT + 18)
        for s, shares in enumerate(series.values()):
            _bar(canvas, left + s * BAR, shares[g], COLOURS[s % len(COLOURS)])
    return canvas


def _group(series: Mapping[str, Sequence[float]]) -> int:
    return max(len(series) * BAR, 64) + GAP


def _frame(canvas: Picture, title: str, names: list[str]) -> None:
    write(canvas, title, LEFT, 18)
    for percent in range(0, 101, 20):
        row = _row(percent / 100)
        cv2.line(canvas, (LEFT, row), (canvas.shape[1] - 8, row), GREY, 1)
        write(canvas, f"{percent}%", 8, row + 4)
    for s, name in enumerate(names):
        left = LEFT + 150 * s
        cv2.rectangle(canvas, (left, 28), (left + 10, 38), COLOURS[s % len(COLOURS)], -1)
        write(canvas, name, left + 16, 38)


def _bar(canvas: Picture, left: int, share: float, colour: tuple[int, int, int]) -> None:
    if math.isnan(share):
        return
    cv2.rectangle(canvas, (left, _row(share)), (left + BAR - 3, _row(0)), colour, -1)
    write(canvas, f"{100 * share:.0f}", left, _row(share) - 4)


def _row(share: float) -> int:
    return TOP + HEIGHT - round(share * HEIGHT)


def write(canvas: Picture, text: str, left: int, bottom: int, colour: tuple[int, int, int] = BLACK) -> None:
    """Put small words on a picture, pixels from the left and from the top of it to their foot."""
    cv2.putText(canvas, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)
