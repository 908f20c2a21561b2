from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.chart import BAR, COLOURS, HEIGHT, bar_chart


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
