from __future__ import annotations

import numpy as np
import pytest

from training.world.paths import HIDDEN_DEG, VIEW_DEG, Path, crossing, gap, through, u_turn

LINE = Path([[2, 0], [5, 0], [5, 4]])  # three metres ahead, then four to the left


def azimuths(path):
    x, y = path.at(np.arange(0, path.length, 0.05)).T
    return np.degrees(np.arctan2(y, x))


@pytest.mark.parametrize(
    "distance, place", [(-1, (2, 0)), (0, (2, 0)), (1.5, (3.5, 0)), (3, (5, 0)), (6, (5, 3)), (99, (5, 4))]
)
def test_a_place_along_a_path(distance, place):
    assert LINE.length == 7
    assert np.allclose(LINE.at([distance]), [place])


def test_no_places():
    assert LINE.at([]).shape == (0, 2) and LINE.heading([]).shape == (0,)


@pytest.mark.parametrize("distance, degrees", [(0, 0), (1, 0), (3, 45), (5, 90), (7, 90), (99, 90)])
def test_heading_follows_the_path(distance, degrees):
    assert np.degrees(LINE.heading(np.array([distance])))[0] == pytest.approx(degrees)


@pytest.mark.parametrize(
    "points, said",
    [
        ([[1, 2]], "K >= 2"),
        ([[1, 2, 3], [4, 5, 6]], "K >= 2"),
        ([[1, 2], [np.nan, 3]], "finite"),
        ([[1, 2], [1, 2]], "twice in a row"),
    ],
)
def test_a_broken_path(points, said):
    with pytest.raises(ValueError, match=said):
        Path(points)


@pytest.mark.parametrize(
    "knots", [[(0, 0), (4, 3)], [(0, 0), (2, 1), (5, 0)], [(0, 0), (1, 2), (3, 2), (4, 0)]]
)
def test_a_curve_goes_through_its_points(knots):
    path = through(knots)
    walked = path.at(np.linspace(0, path.length, 4000))
    for knot in knots:
        assert np.hypot(*(walked - knot).T).min() < 0.05
    assert np.allclose(walked[[0, -1]], [knots[0], knots[-1]])


@pytest.mark.parametrize("knots", [[], [(1, 2)]])
def test_a_curve_needs_two_points(knots):
    with pytest.raises(ValueError, match="two or more"):
        through(knots)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("x_from, x_to, bulge", [(6.2, 7.5, 0.6), (10.8, 7.8, -0.6), (9, 9, 0)])
def test_a_crossing_goes_from_screen_to_screen(side, x_from, x_to, bulge):
    path = crossing(side, x_from, x_to, bulge)
    azimuth = azimuths(path) * side
    assert azimuth[0] == pytest.approx(HIDDEN_DEG, abs=0.1) and azimuth[-1] < -HIDDEN_DEG + 1
    assert (np.diff(azimuth) < 0).all()
    first, last = path.seen()
    assert np.allclose(path.at([first, last])[:, 0], [x_from, x_to], atol=0.3)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("turn_y", [-1.5, 0.0, 3.0])
def test_a_u_turn_comes_back_and_turns_half_round(side, turn_y):
    path = u_turn(side, turn_y, 9.8, 6.2)
    azimuth = azimuths(path) * side
    assert azimuth[0] == pytest.approx(HIDDEN_DEG) and azimuth[-1] == pytest.approx(HIDDEN_DEG, abs=0.5)
    assert azimuth.min() < VIEW_DEG / 2
    heading = np.unwrap(path.heading(np.linspace(0, path.length, 200)))
    assert np.degrees(np.ptp(heading)) == pytest.approx(180, abs=3)
    assert path.at([path.length / 2])[0, 0] < 9.8


@pytest.mark.parametrize("path", [crossing(1, 6.2, 6.2), u_turn(-1, 0, 9.8, 6.2)])
def test_nobody_walks_into_the_screens(path):
    x, y = np.abs(path.at(np.arange(0, path.length, 0.05))).T
    assert np.hypot(x - np.clip(x, 2.3, 5.5), y - 4).min() > 0.5


def test_a_turn_without_width():
    with pytest.raises(ValueError, match="8 m twice"):
        u_turn(1, 0, 8, 8)


def test_a_path_outside_the_view():
    with pytest.raises(ValueError, match="never comes"):
        Path([[5, 9], [6, 9]]).seen()


AHEAD, BACK = Path([[0, 0], [10, 0]]), Path([[10, 0.0], [0, 0]])
BESIDE = Path([[0, 2], [10, 2]])


@pytest.mark.parametrize(
    "first, second, metres",
    [
        ((AHEAD, 0, 1), (BACK, 0, 1), 0.0),
        ((AHEAD, 0, 1), (BESIDE, 0, 1), 2.0),
        ((AHEAD, 0, 1), (AHEAD, 3, 1), 3.0),
        ((AHEAD, 0, 1), (BACK, 10, 1), float("inf")),
        ((AHEAD, 0, 2), (BACK, 6, 1), float("inf")),
    ],
)
def test_how_near_two_walkers_come(first, second, metres):
    assert gap(first, second) == pytest.approx(metres, abs=0.1)
    assert gap(first, second) == gap(second, first)
