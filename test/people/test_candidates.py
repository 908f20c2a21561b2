"""Candidates: parts of the picture with one person each, and whose the pixels between two people are."""

import numpy as np
import pytest

from sgcross_core.people.candidates import from_components, from_seeds

SHAPE = (480, 640)
NOBODY = np.empty((0, 4), np.float32)


def seeds(*boxes):
    return np.array(boxes, np.float32).reshape(-1, 4)


@pytest.mark.parametrize(
    "box",
    [
        (700, 100, 740, 200),
        (-200, 100, -100, 200),
        (100, 500, 140, 700),
        (np.nan, 0, 50, 100),
        (0, -np.inf, 50, 100),
        (639.9, 100, 700, 110),
    ],
)
def test_seeds_outside_are_left_out(box):
    assert from_seeds(seeds(box), SHAPE) == []


def test_no_seeds():
    assert from_seeds(NOBODY, SHAPE) == []


@pytest.mark.parametrize("box", [(300, 150, 340, 300), (-20, 150, 20, 300), (620, 400, 660, 550)])
def test_a_lone_seed_owns_its_part(box):
    (one,) = from_seeds(seeds(box), SHAPE)
    assert one.own.all() and one.known and not one.mixed
    assert one.own.shape == (one.rows.stop - one.rows.start, one.columns.stop - one.columns.start)
    assert 0 <= one.columns.start < one.columns.stop <= 640 and 0 <= one.rows.start < one.rows.stop <= 480


def test_the_nearest_comes_first_and_owns_what_it_covers():
    far, near = (300, 150, 340, 250), (320, 140, 380, 320)
    front, back = from_seeds(seeds(far, near), SHAPE)
    assert front.bottom == 320 and back.bottom == 250
    assert front.mixed and back.mixed
    owned = back.own[0]
    columns = np.arange(back.columns.start, back.columns.stop)
    assert not owned[(columns >= 320) & (columns < 380)].any()
    assert owned[(columns > 300) & (columns < 319)].all()


def test_neighbours_share_the_space_between():
    canvas = np.zeros(SHAPE, int)
    for one in from_seeds(seeds((300, 150, 330, 250), (345, 150, 375, 250)), SHAPE):
        assert not one.mixed
        canvas[one.rows, one.columns] += one.own
    assert canvas.max() == 1 and (canvas[200, 300:330] == 1).all() and (canvas[200, 345:375] == 1).all()


def test_people_in_other_rows_do_not_share():
    one, two = from_seeds(seeds((300, 50, 340, 150), (300, 300, 340, 400)), SHAPE)
    assert one.own.all() and two.own.all() and not one.mixed


def busy(*boxes):
    canvas = np.zeros(SHAPE, np.uint8)
    for x0, y0, x1, y1 in boxes:
        canvas[y0:y1, x0:x1] = 255
    return canvas


@pytest.mark.parametrize(
    "boxes, count",
    [
        ([], 0),
        ([(100, 100, 130, 200)], 1),
        ([(100, 100, 130, 200), (300, 100, 330, 200)], 2),
        ([(100, 100, 130, 130)], 0),  # lower than 40 rows
        ([(100, 100, 130, 150), (100, 156, 130, 200)], 1),  # a gap at the belt
        ([(0, 0, 640, 480)], 1),
        ([(x, 100, x + 1, 101) for x in range(0, 600, 7)], 0),  # noise
    ],
)
def test_components(boxes, count):
    found = from_components(busy(*boxes), 40, NOBODY)
    assert len(found) == count and not any(one.known or one.mixed for one in found)


@pytest.mark.parametrize(
    "expected, count",
    [
        ([], 1),
        ([(100, 100, 130, 200)], 1),
        ([(100, 100, 130, 200), (150, 100, 180, 200)], 2),
        ([(100, 100, 130, 200), (400, 100, 430, 200)], 1),
    ],
)
def test_a_group_is_shared_between_expected_people(expected, count):
    assert len(from_components(busy((100, 100, 180, 200)), 40, seeds(*expected))) == count
