from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.chart import BAR, COLOURS, HEIGHT, bar_chart
from training.evaluation.curves import curve_chart


def area(picture, series):
    return int((picture[60:] == COLOURS[series]).all(axis=2).sum())


def test_bars_are_as_high_as_their_shares():
    picture = bar_chart("title", ["a", "b"], {"x": [0.5, np.nan], "y": [1.0, 0.25]})
    assert picture.dtype == np.uint8 and picture.ndim == 3
    width = BAR - 2
    assert area(picture, 0) == pytest.approx(0.5 * HEIGHT * width, rel=0.1)  # NaN draws no bar
    assert area(picture, 1) == pytest.approx(1.25 * HEIGHT * width, rel=0.1)


@pytest.mark.parametrize(
    ("groups", "series", "words"),
    [
        ([], {"x": []}, "at least one"),
        (["a"], {}, "at least one"),
        (["a"], {"x": [1, 2]}, "for each of 1; got 2"),
    ],
)
def test_nothing_to_draw(groups, series, words):
    with pytest.raises(ValueError, match=words):
        bar_chart("title", groups, series)


@pytest.mark.parametrize("logarithmic", [False, True])
def test_a_curve_rises_to_the_right(logarithmic):
    x = np.geomspace(1e-3, 1, 20).tolist()
    picture = curve_chart("t", "FPIR", x, {"a": np.linspace(0, 1, 20).tolist()}, logarithmic)
    rows, columns = np.nonzero((picture[60:] == COLOURS[0]).all(axis=2))
    assert columns[rows.argmin()] > columns[rows.argmax()] and np.ptp(rows) > 300


def test_a_curve_with_gaps_and_one_without_points():
    nan = float("nan")
    assert curve_chart("t", "rank", [1, 2, 3], {"a": [0.1, nan, 0.3], "b": [nan] * 3}, False).any()
    with pytest.raises(ValueError, match="for each of 3; got 2"):
        curve_chart("t", "rank", [1, 2, 3], {"a": [0.1, 0.2]}, False)
    with pytest.raises(ValueError, match="at least two places"):
        curve_chart("t", "rank", [1], {"a": [0.1]}, False)
