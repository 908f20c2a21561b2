from __future__ import annotations

import numpy as np
import pytest

from training.world.sheet import MARGIN, Strip, contact_sheet, mesh_pictures

CUBE = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.2, 0.2) for z in (0, 1.2)], np.float32)
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6],
     [0, 6, 4], [1, 5, 7], [1, 7, 3]], np.int32,
)  # fmt: skip


def grey(frames, value=255):
    return np.full((frames, 64, 64), value, np.uint8)


@pytest.mark.parametrize("frames, columns, zoom, width", [(3, 12, 1, 3), (12, 4, 1, 4), (1, 1, 2, 2)])
def test_size(frames, columns, zoom, width):
    sheet = contact_sheet([Strip("a", [grey(frames)] * 2)] * 2, columns, zoom)
    assert sheet.shape == (2 * (MARGIN + 128 * zoom), 64 * width, 3) and sheet.dtype == np.uint8


def test_rows_lie_below_each_other():
    sheet = contact_sheet([Strip("", [grey(2, 200), grey(2, 0)])], zoom=1)
    assert (sheet[MARGIN : MARGIN + 64] == 200).all() and (sheet[MARGIN + 64 :] == 0).all()


def test_short_strips_end_early():
    sheet = contact_sheet([Strip("", [grey(3)]), Strip("", [grey(1)])], zoom=1)
    assert sheet.shape[1] == 192 and not sheet[-64:, 64:].any() and sheet[-64:, :64].all()


def test_nothing_to_show():
    with pytest.raises(ValueError, match="at least one strip"):
        contact_sheet([])


@pytest.mark.parametrize("view, wide", [(0, 0.4), (90, 1.0), (180, 0.4)])
def test_meshes_are_seen_from_the_view(view, wide):
    (picture,) = mesh_pictures(CUBE[None], FACES, view)
    rows, columns = np.nonzero(picture)
    assert np.ptp(columns) == pytest.approx(wide * 64 / 2.4, abs=1.5)
    assert rows.max() == 63 and np.ptp(rows) == pytest.approx(32, abs=1.5)


def test_the_left_side_walks_to_the_left():
    """As a silhouette at view 90, see training.world.clips.Clip."""
    ahead = np.concatenate([CUBE, CUBE * 0.3 + np.float32([0.6, 0, 0])])
    (picture,) = mesh_pictures(ahead[None], np.concatenate([FACES, FACES + len(CUBE)]), 90)
    assert np.nonzero(picture)[1].mean() < 31
