from __future__ import annotations

import numpy as np
import pytest

from training.world.clips import Clip
from training.world.sheet import MARGIN, contact_sheet


def blank(frames, grey=255):
    zeros = np.zeros(frames, np.float32)
    return Clip(np.full((frames, 64, 64, 3), grey, np.uint8), zeros, zeros)


@pytest.mark.parametrize("frames, columns, zoom, width", [(3, 12, 1, 3), (12, 4, 1, 4), (1, 1, 2, 2)])
def test_size(frames, columns, zoom, width):
    sheet = contact_sheet([("a", blank(frames))] * 2, columns, zoom)
    assert sheet.shape == (2 * (MARGIN + 128 * zoom), 64 * width, 3) and sheet.dtype == np.uint8


def test_silhouettes_lie_above_depth_views():
    clip = blank(2, 0)
    clip.tiles[..., 0] = 200
    sheet = contact_sheet([("", clip)], zoom=1)
    assert (sheet[MARGIN : MARGIN + 64] == 200).all() and (sheet[MARGIN + 64 :] == 0).all()


def test_nothing_to_show():
    with pytest.raises(ValueError, match="at least one clip"):
        contact_sheet([])
