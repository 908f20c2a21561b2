"""Masks: small pictures drawn as text, # inside."""

import numpy as np
import pytest
from toyscene import Figure, figure_mask

from sgcross_core.people.masks import (
    beside,
    crowded,
    filled,
    main_parts,
    parted,
    person_mask,
    shadows,
    tight,
    without_halo,
)


def mask(text):
    return np.array([[c == "#" for c in line] for line in text.split()])


def drawn(flags):
    return " ".join("".join("#" if one else "." for one in row) for row in flags)


BLOCK = np.pad(np.ones((40, 20), bool), 10)
FIGURE = figure_mask(Figure(6, 0), 0)
FIGURE = np.pad(FIGURE[tight(FIGURE)], 3)


@pytest.mark.parametrize(
    "given, expected",
    [
        ("... ... ...", "... ... ..."),
        ("### ### ###", "### ### ###"),
        ("##. ##. ...", "##. ##. ..."),
        ("#.# .#. #.#", "#.# .#. #.#"),  # diagonals belong together
    ],
)
def test_main_parts_of_small_masks(given, expected):
    assert drawn(main_parts(mask(given))) == expected


@pytest.mark.parametrize("pixels, kept", [(1, False), (15, False), (17, True), (400, True)])
def test_main_parts_leave_specks_out(pixels, kept):
    whole = np.zeros((60, 80), bool)
    whole[10:50, 10:30] = True  # 800 pixels
    whole[10 : 10 + -(-pixels // 20), 40:60].flat[:pixels] = True
    far = np.zeros_like(whole)
    far[:, 35:] = True
    assert (main_parts(whole) & far).any() == kept
    assert main_parts(whole)[10:50, 10:30].all()


@pytest.mark.parametrize("side, closed", [(1, True), (2, True), (6, False)])
def test_holes(side, closed):
    holed = BLOCK.copy()
    holed[30 : 30 + side, 18 : 18 + side] = False
    assert filled(holed)[30, 18] == closed
    assert drawn(filled(holed) | ~BLOCK) == drawn(np.ones_like(BLOCK)) or not closed


def test_a_gap_that_reaches_the_border_is_no_hole():
    open_side = np.ones((20, 20), bool)
    open_side[10, :5] = False
    assert (filled(open_side) == open_side).all()


@pytest.mark.parametrize("contrast, expected", [(200, 40 * 20), (60, 40 * 20)])
def test_a_halo_is_cut_off(contrast, expected):
    difference = np.where(BLOCK, contrast, 0).astype(np.uint8)
    halo = np.zeros_like(BLOCK)
    halo[9:51, 9:31] = True
    difference[halo & ~BLOCK] = int(0.3 * contrast)
    assert abs(int(without_halo(halo, difference).sum()) - expected) <= 8  # the corners


@pytest.mark.parametrize("likely", [np.zeros((30, 20), bool), np.eye(30, 20, dtype=bool) & False])
def test_nobody(likely):
    found = person_mask(np.zeros(likely.shape, np.uint8), likely)
    assert not found.any() and tight(found) is None


def test_a_person_is_cut_out_of_noise():
    random = np.random.default_rng(0)
    noisy = (FIGURE & (random.random(FIGURE.shape) > 0.05)) | (random.random(FIGURE.shape) < 0.02)
    found = person_mask(np.where(FIGURE, 120, 20).astype(np.uint8), noisy)
    assert (found & FIGURE).sum() / (found | FIGURE).sum() > 0.9


@pytest.mark.parametrize(
    "row, share, colour, shaded",
    [
        pytest.param(90, 0.7, (1, 1, 1), True, id="on the ground"),
        pytest.param(90, 0.4, (1, 1, 1), False, id="too dark for a shadow"),
        pytest.param(90, 1.2, (1, 1, 1), False, id="lighter"),
        pytest.param(90, 0.7, (1, 1, 0.7), False, id="another colour"),
        pytest.param(10, 0.7, (1, 1, 1), False, id="dark at the height of the head: hair"),
        pytest.param(10, 0.9, (1, 1, 1), True, id="a faint shadow on the wall"),
    ],
)
def test_shadows(row, share, colour, shaded):
    empty = np.full((4, 3), (120, 140, 130), np.float32)
    seen = empty * share * np.array(colour, np.float32)
    assert (shadows(seen, empty, np.full(4, row / 100)) == shaded).all()


def test_black_divides_by_nothing():
    black = np.zeros((10, 3), np.float32)
    assert shadows(black, black, np.zeros(10)).shape == (10,)
    assert shadows(black[:0], black[:0], np.zeros(0)).shape == (0,)


@pytest.mark.parametrize("apart", [45, 55, 70])
@pytest.mark.parametrize("lower", [0, 12])
def test_two_people_are_parted_between_their_heads(apart, lower):
    high, wide = FIGURE.shape
    both = np.zeros((high + lower, wide + apart), bool)
    both[:high, :wide] |= FIGURE
    both[lower:, apart:] |= FIGURE
    parts = parted(both)
    assert len(parts) == 2 and (parts[0] ^ parts[1] == both).all()
    assert (parts[0][:high, :wide] & FIGURE).sum() > 0.8 * FIGURE.sum()


@pytest.mark.parametrize("one", [FIGURE, BLOCK, np.zeros((5, 5), bool), np.ones((1, 1), bool)])
def test_one_person_is_not_parted(one):
    assert len(parted(one)) == 1


@pytest.mark.parametrize(
    "one, answer",
    [
        (FIGURE[tight(FIGURE)], False),
        (np.ones((100, 30), bool), False),
        (np.ones((100, 45), bool), True),
        (np.ones((1, 1), bool), True),
    ],
)
def test_crowded(one, answer):
    assert crowded(one) == answer


@pytest.mark.parametrize(
    "box, touching",
    [
        ((4, 0, 8, 4), 4),
        ((5, 0, 9, 4), 0),
        ((4, 2, 8, 6), 3),
        ((4, 4, 8, 8), 1),
        ((0, 0, 4, 4), 16),
        ((50, 50, 54, 54), 0),
    ],
)
def test_beside(box, touching):
    square = np.ones((4, 4), bool)
    assert beside(square, (0, 0, 4, 4), square, box) == touching


def test_tight():
    assert tight(mask("..... ..#.. .##..")) == (slice(1, 3), slice(1, 3))
    assert tight(np.zeros((0, 4), bool)) is None
