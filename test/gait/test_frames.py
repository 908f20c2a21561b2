from __future__ import annotations

import cv2
import numpy as np
import pytest

from sgcross_core.gait import GaitFrame, depth_view, gait_frame, silhouette
from sgcross_core.gait.frames import _high, _median, fill_gaps

PICTURE = np.full((64, 64), 200, np.uint8)


def body(rows: int = 120, columns: int = 40) -> np.ndarray:
    """A mask of a crude person, bool, with margins around it: head, trunk, two legs, one arm."""
    mask = np.zeros((128, 96), np.uint8)
    cv2.circle(mask, (48, 12), 8, 1, -1)
    cv2.rectangle(mask, (38, 22), (58, 70), 1, -1)
    cv2.rectangle(mask, (38, 70), (46, 123), 1, -1)
    cv2.rectangle(mask, (51, 70), (58, 123), 1, -1)
    cv2.rectangle(mask, (58, 26), (66, 60), 1, -1)
    resized = cv2.resize(mask, (columns * 96 // 40, rows * 128 // 120), interpolation=cv2.INTER_NEAREST)
    return resized.astype(bool)


def standing(
    distance: float = 8.0, bearing: float = 0.0, height: float = 1.7, count: int = 900
) -> np.ndarray:
    """Points on an upright board of a person's size that faces the sensor; ground at z = -1.8."""
    rng = np.random.default_rng(0)
    across, up = rng.uniform(-0.25, 0.25, count), rng.uniform(0, height, count)
    c, s = np.cos(bearing), np.sin(bearing)
    points = np.stack([distance * c + across * s, distance * s - across * c, up - 1.8], axis=-1)
    return points.astype(np.float32)


def test_silhouette_fills_all_rows_and_is_centred() -> None:
    picture = silhouette(body())
    assert picture is not None and picture.shape == (64, 64) and picture.dtype == np.uint8
    assert (picture.max(axis=1) > 0).all()
    mass = picture.sum(axis=0).cumsum()
    assert abs(int(np.searchsorted(mass, mass[-1] / 2)) - 32) <= 1


@pytest.mark.parametrize(
    "mask",
    [np.zeros((80, 40), bool), np.zeros((0, 0), bool), np.ones((23, 40), bool), np.zeros((0, 5), bool)],
    ids=["empty", "no pixels", "too few rows", "no rows"],
)
def test_a_mask_that_shows_nobody_has_no_silhouette(mask: np.ndarray) -> None:
    assert silhouette(mask) is None


def test_the_smallest_mask_is_taken() -> None:
    assert silhouette(np.ones((24, 8), bool)) is not None


def test_a_mask_wider_than_tall_is_cut_at_both_sides() -> None:
    picture = silhouette(np.ones((64, 200), bool))
    assert picture is not None and (picture == 255).all()


@pytest.mark.parametrize("factor", [0.5, 2, 3])
def test_silhouette_does_not_depend_on_scale(factor: float) -> None:
    small, large = silhouette(body()), silhouette(body(round(120 * factor), round(40 * factor)))
    assert small is not None and large is not None
    assert np.abs(small.astype(int) - large).mean() < 8


def test_silhouette_does_not_depend_on_place() -> None:
    here, there = silhouette(body()), silhouette(np.pad(body(), ((7, 3), (21, 2))))
    assert here is not None and there is not None
    assert np.abs(here.astype(int) - there).mean() < 12  # the middle is found to half a pixel


def test_silhouette_of_a_mirrored_mask_is_mirrored() -> None:
    there, back = silhouette(body()), silhouette(body()[:, ::-1])
    assert there is not None and back is not None
    assert np.abs(there.astype(int) - back[:, ::-1]).mean() < 6  # the middle lies on a pixel, not between two


def test_depth_view_has_values_exactly_where_it_is_covered() -> None:
    view = depth_view(standing(), -1.8)
    assert view is not None
    depth, coverage = view
    assert depth.shape == coverage.shape == (64, 64) and depth.dtype == coverage.dtype == np.uint8
    assert set(np.unique(coverage)) <= {0, 96, 255}
    assert np.array_equal(depth > 0, coverage > 0)
    assert coverage[3:, 28:36].all()


@pytest.mark.parametrize(
    "points",
    [np.zeros((0, 3), np.float32), standing(count=29), standing(height=0.3)],
    ids=["none", "too few", "too low"],
)
def test_points_that_show_nobody_have_no_view(points: np.ndarray) -> None:
    assert depth_view(points, -1.8) is None


@pytest.mark.parametrize(("distance", "bearing"), [(4.0, 0.0), (12.0, 0.0), (8.0, 0.7), (8.0, -2.5)])
def test_depth_view_does_not_depend_on_place(distance: float, bearing: float) -> None:
    near, far = depth_view(standing(), -1.8), depth_view(standing(distance, bearing), -1.8)
    assert near is not None and far is not None
    assert np.mean(near[1] != far[1]) < 0.03
    assert np.abs(near[0].astype(int) - far[0]).mean() < 4


def test_what_is_nearer_is_brighter() -> None:
    points = standing()
    points[points[:, 2] > -0.9, 0] -= 0.3
    view = depth_view(points, -1.8)
    assert view is not None
    assert np.median(view[0][:30][view[0][:30] > 0]) > np.median(view[0][34:][view[0][34:] > 0]) + 30


def test_depth_is_bounded_for_things_far_before_or_behind() -> None:
    points = standing()
    points[:50, 0] -= 3
    points[50:100, 0] += 3
    view = depth_view(points, -1.8)
    assert view is not None and view[0].max() == 255 and view[0][view[0] > 0].min() == 1


def test_of_two_returns_on_a_pixel_the_nearer_counts() -> None:
    both = np.concatenate([standing(), standing(8.2)])
    view = depth_view(both, -1.8)
    assert view is not None
    hit = view[1] == 255
    assert np.median(view[0][hit]) > 128


def test_gaps_beyond_a_few_pixels_stay_open() -> None:
    sparse = np.zeros((64, 64), np.uint8)
    sparse[20, 10], sparse[20, 12], sparse[20, 30] = 100, 140, 90
    depth, coverage = fill_gaps(sparse)
    assert coverage[20, 11] == 96 and depth[20, 11] in (100, 140)
    assert coverage[20, 20] == 0 and depth[20, 20] == 0


@pytest.mark.parametrize(
    ("mask", "points", "seen"),
    [(body(), standing(), (True, True)), (body(), None, (True, False)), (None, standing(), (False, True)),
     (None, None, (False, False)), (np.zeros((9, 9), bool), standing(count=3), (False, False))],
)  # fmt: skip
def test_gait_frame_of_what_there_is(mask: np.ndarray, points: np.ndarray, seen: tuple[bool, bool]) -> None:
    frame = gait_frame(5, mask, points, -1.8)
    assert (frame.silhouette is not None, frame.depth is not None) == seen


@pytest.mark.parametrize("mask", [body(), None])
@pytest.mark.parametrize("points", [standing(), None])
def test_a_tile_keeps_everything(mask: np.ndarray | None, points: np.ndarray | None) -> None:
    frame = gait_frame(7, mask, points, -1.8)
    back = GaitFrame.from_tile(7, frame.tile())
    assert back.stamp == 7
    for name in ("silhouette", "depth", "coverage"):
        there, again = getattr(frame, name), getattr(back, name)
        assert (there is None and again is None) or np.array_equal(there, again)


@pytest.mark.parametrize(
    ("channels", "words"),
    [
        ({"depth": PICTURE}, "come together"),
        ({"coverage": PICTURE}, "come together"),
        ({"silhouette": PICTURE[:, :44]}, r"silhouette must be uint8 \(64, 64\); got uint8 \(64, 44\)"),
        ({"silhouette": PICTURE.astype(float)}, "got float64"),
        ({"depth": PICTURE, "coverage": PICTURE[:5]}, "coverage must be"),
    ],
)
def test_a_frame_of_the_wrong_shape_is_refused(channels: dict[str, np.ndarray], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        GaitFrame(0, **channels)


def test_a_tile_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="a tile must be"):
        GaitFrame.from_tile(0, np.zeros((64, 44, 3), np.uint8))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 2, 30, 31, 100, 101, 457])
def test_medians_and_high_values_are_numpys_to_the_bit(count, kind):
    for seed in range(50):
        values = np.random.default_rng(seed).normal(8, 0.3, count).astype(kind)
        assert float(_median(values)) == float(np.median(values))
        wide = values.astype(np.float64)
        assert _high(wide) == float(np.percentile(wide, 99))
