"""Segments check themselves, and the settings name what is wrong."""

import numpy as np
import pytest

from sgcross_core.people import Segment, SegmenterConfig


@pytest.mark.parametrize(
    "shape, kind, box, good",
    [
        ((4, 3), bool, (10, 20, 13, 24), True),
        ((0, 0), bool, (5, 5, 5, 5), True),
        ((3, 4), bool, (10, 20, 13, 24), False),
        ((4, 3), np.uint8, (10, 20, 13, 24), False),
    ],
)
def test_the_mask_fits_the_box(shape, kind, box, good):
    if good:
        assert Segment(np.zeros(shape, kind), box, 0.5, True).box == box
    else:
        with pytest.raises(ValueError, match=r"the mask of the box .* must be bool \(4, 3\)"):
            Segment(np.zeros(shape, kind), box, 0.5, True)


@pytest.mark.parametrize(
    "values, words",
    [
        ({"backend": "magic"}, "one of background, ultralytics; got 'magic'"),
        ({"warmup_frames": 5}, "warmup_frames must lie in 9"),
        ({"contrast": 0.0}, "contrast"),
        ({"confidence": 1.5}, "confidence"),
    ],
)
def test_bad_settings(values, words):
    with pytest.raises(ValueError, match=words):
        SegmenterConfig(**values)
