from __future__ import annotations

import pickle

import numpy as np
import pytest
from gaitfiles import COLOURS, GROUND, POINTS, SILHOUETTES, write_sequence

from training.data import scan
from training.data.layout import DEPTH_VIEWS
from training.data.range_view import JET
from training.data.tiles import CAMERA, LIDAR, guessed_ground, tiles_of

ALL = (POINTS, SILHOUETTES, COLOURS, DEPTH_VIEWS)
CLOUDS, _, VIEWS, PICTURES = LIDAR
ALIGNED, RAW, _ = CAMERA


@pytest.fixture
def made(tmp_path):
    return write_sequence(tmp_path, "0000/00-nm/000", 3, ALL)


@pytest.fixture
def sequence(tmp_path, made):
    (found,) = scan(tmp_path)
    return found


def test_tiles_of_clouds_are_the_nodes_own(sequence, made):
    tiles = tiles_of(sequence, ALIGNED, CLOUDS, GROUND)
    assert tiles.shape == (3, 64, 64, 3) and tiles.dtype == np.uint8
    np.testing.assert_array_equal(tiles[..., 0], made[SILHOUETTES])
    np.testing.assert_array_equal(tiles[..., 1:].transpose(0, 3, 1, 2), made[DEPTH_VIEWS])


def test_the_ground_is_guessed_by_the_feet(sequence):
    known, guessed = (tiles_of(sequence, ALIGNED, CLOUDS, ground) for ground in (GROUND, None))
    np.testing.assert_array_equal(known, guessed)
    feet = [np.array([[5.0, 0.0, z], [5.0, 0.0, 0.0]], np.float32) for z in (-1.5, -1.4, -1.7)]
    assert guessed_ground([*feet, np.zeros((0, 3), np.float32)]) == -1.5
    assert guessed_ground([]) == 0.0


def test_stored_depth_views_are_taken_as_they_are(sequence, made):
    tiles = tiles_of(sequence, ALIGNED, VIEWS, None)
    np.testing.assert_array_equal(tiles[..., 1:].transpose(0, 3, 1, 2), made[DEPTH_VIEWS])


def test_colours_give_the_order_of_depths(sequence, made):
    tiles = tiles_of(sequence, ALIGNED, PICTURES, None)
    black = made[COLOURS].max(axis=1) == 0
    assert not tiles[black][:, 1:].any()
    pure = np.zeros((256, 3, 64, 64), np.uint8)
    pure[:] = JET[:, :, None, None]
    shades = PICTURES.make(pure, None)[:, :, 0, 0].astype(int)
    assert (shades[:, 1] == 255).all()
    assert np.abs(shades[:, 0] - np.arange(256)).max() <= 6  # the map hardly changes where its blue is full


@pytest.mark.parametrize(
    ("name", "source", "content", "words"),
    [
        (SILHOUETTES, (ALIGNED, CLOUDS), np.zeros((3, 64, 44), np.uint8), r"uint8 \(3, 64, 44\)"),
        (SILHOUETTES, (ALIGNED, CLOUDS), np.zeros((3, 64, 64)), "got float64"),
        (POINTS, (ALIGNED, CLOUDS), [np.zeros((5, 2))] * 3, r"points must be .* got shape \(5, 2\)"),
        (COLOURS, (ALIGNED, PICTURES), np.zeros((3, 64, 64, 3), np.uint8), r"depth pictures must be uint8"),
        (DEPTH_VIEWS, (ALIGNED, VIEWS), np.zeros((2, 2, 64, 64), np.uint8), "equally many frames"),
    ],
)  # fmt: skip
def test_files_that_hold_something_else(sequence, name, source, content, words):
    sequence.files[name].write_bytes(pickle.dumps(content))
    with pytest.raises(ValueError, match=f"^0000/00-nm/000.*{words}"):
        tiles_of(sequence, *source, None)


def test_points_too_few_for_a_view_give_an_empty_one(sequence, made):
    clouds = [made[POINTS][0], made[POINTS][1][:10], np.zeros((0, 4), np.float32)]
    sequence.files[POINTS].write_bytes(pickle.dumps(clouds))
    tiles = tiles_of(sequence, ALIGNED, CLOUDS, None)
    assert tiles[..., 1:].any(axis=(1, 2, 3)).tolist() == [True, False, False]


@pytest.mark.parametrize("hole", [np.nan, np.inf])
def test_a_return_without_a_place_is_none(sequence, made, hole):
    clean = tiles_of(sequence, ALIGNED, CLOUDS, None)
    clouds = [np.vstack([np.full_like(points[:2], hole), points]) for points in made[POINTS]]
    sequence.files[POINTS].write_bytes(pickle.dumps(clouds))
    np.testing.assert_array_equal(tiles_of(sequence, ALIGNED, CLOUDS, None), clean)


@pytest.mark.parametrize("white", [np.uint8(255), np.uint8(1), np.float32(1), np.bool_(True)])
def test_raw_silhouettes_are_aligned_here(tmp_path, sequence, white):
    masks = np.zeros((3, 64, 64), white.dtype)
    masks[:, 10:50, 5:15] = white
    path = tmp_path / "0000/00-nm/000/15-sync-000-Camera-Sils_raw.pkl"
    path.write_bytes(pickle.dumps(masks))
    (found,) = scan(tmp_path)
    rows, columns = np.nonzero(tiles_of(found, RAW, CLOUDS, None)[0, ..., 0] > 127)
    assert (rows.min(), rows.max()) == (0, 63) and abs(columns.mean() - 31.5) <= 1


@pytest.mark.parametrize("frames", [np.zeros((3, 64, 64, 3), np.uint8), np.zeros((3, 64)), [np.array("x")]])
def test_raw_silhouettes_that_are_none(frames):
    with pytest.raises(ValueError, match=r"silhouettes must be numbers \(H, W\) a frame; got"):
        RAW.make(frames, None)
