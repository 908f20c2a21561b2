"""Curves as a picture: CMC and DET."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from training.evaluation.chart import BLACK, COLOURS, GREY, LEFT, TOP, Picture, write

WIDTH, HEIGHT, RIGHT, BOTTOM = 560, 360, 16, 40


def curve_chart(
    title: str, across: str, x: Sequence[float], series: Mapping[str, Sequence[float]], logarithmic: bool
) -> Picture:
    """uint8 BGR (H, W, 3): shares 0..1 of each series over x, rising; NaN leaves a gap.

    ValueError when there is nothing to draw, or a series has another length than x.
    """
    if len(x) < 2 or not series:
        raise ValueError("a chart of curves needs at least two places and one series")
    for name, shares in series.items():
        if len(shares) != len(x):
            raise ValueError(f"{name!r} must have a share for each of {len(x)}; got {len(shares)}")
    canvas = np.full((TOP + HEIGHT + BOTTOM, LEFT + WIDTH + RIGHT, 3), 255, np.uint8)
    _frame(canvas, title, across, x, logarithmic)
    columns = [_column(value, x, logarithmic) for value in x]
    for s, (name, shares) in enumerate(series.items()):
        colour = COLOURS[s % len(COLOURS)]
        write(canvas, name, LEFT + 140 * s, 42, colour)
        places = [(c, _row(y)) for c, y in zip(columns, shares, strict=True) if not math.isnan(y)]
        cv2.polylines(canvas, [np.array(places, np.int32).reshape(-1, 1, 2)], False, colour, 2, cv2.LINE_AA)
    return canvas


def _frame(canvas: Picture, title: str, across: str, x: Sequence[float], logarithmic: bool) -> None:
    write(canvas, title, LEFT, 18)
    write(canvas, across, LEFT + WIDTH // 2 - 40, TOP + HEIGHT + 34)
    for percent in range(0, 101, 20):
        row = _row(percent / 100)
        cv2.line(canvas, (LEFT, row), (LEFT + WIDTH, row), GREY, 1)
        write(canvas, f"{percent}%", 8, row + 4)
    decades = [10.0**k for k in range(-6, 1) if x[0] <= 10.0**k * 1.0001 and 10.0**k <= x[-1] * 1.0001]
    for value in decades if logarithmic else x[:: max(1, len(x) // 5)]:
        column = _column(value, x, logarithmic)
        cv2.line(canvas, (column, TOP + HEIGHT), (column, TOP + HEIGHT + 4), BLACK, 1)
        write(canvas, f"{100 * value:g}%" if logarithmic else f"{value:g}", column - 8, TOP + HEIGHT + 18)


def _column(value: float, x: Sequence[float], logarithmic: bool) -> int:
    scale = math.log if logarithmic else float
    return LEFT + round(WIDTH * (scale(value) - scale(x[0])) / (scale(x[-1]) - scale(x[0])))


def _row(share: float) -> int:
    return TOP + HEIGHT - round(share * HEIGHT)
