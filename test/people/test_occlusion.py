"""Occlusion: something nearer in front or right beside what is seen hides a part."""

import numpy as np
import pytest

from sgcross_core.people.occlusion import Outlook


def wall(x, left, right, low, high, step=0.03):
    """Returns (N, 3) of an upright board across the x axis."""
    y, z = (grid.ravel() for grid in np.meshgrid(np.arange(left, right, step), np.arange(low, high, step)))
    return np.column_stack([np.full(y.shape, x), y, z]).astype(np.float32)


PERSON = wall(8, -0.25, 0.25, -1.5, 0.2)


def turned(points, degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (points @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])).astype(np.float32)


@pytest.mark.parametrize("degrees", [0, 90, 179, -135])
@pytest.mark.parametrize(
    "thing, low, high",
    [
        pytest.param(PERSON[:0], 0, 0, id="nothing"),
        pytest.param(wall(12, -5, 5, -1.5, 2), 0, 0, id="a wall behind"),
        pytest.param(wall(7.8, -0.2, 0.2, -1.5, 0), 0, 0, id="an arm's length in front"),
        pytest.param(wall(4, 1, 2, -1.5, 1), 0, 0, id="to the side"),
        pytest.param(wall(4, -0.3, 0.3, 0.5, 1), 0, 0, id="above"),
        pytest.param(wall(4, -0.5, 0.5, -1.5, 0.5), 0.95, 1, id="all of it"),
        pytest.param(wall(4, -0.5, 0.5, -1.5, -0.4), 0.2, 0.6, id="the legs"),
        pytest.param(wall(4, -0.05, 0.05, -1.5, 0.5), 0.1, 0.5, id="a pole"),
        pytest.param(wall(4, 0.13, 1, -1.5, 0.5), 0.06, 0.3, id="the part beside is hidden"),
    ],
)
def test_hidden_share(thing, low, high, degrees):
    outlook = Outlook(turned(np.concatenate([PERSON, thing]), degrees))
    assert low <= outlook.hidden_share(turned(PERSON, degrees)) <= high


def test_one_return_hides_little():
    speck = np.array([[4, 0, -0.3]], np.float32)
    assert Outlook(np.concatenate([PERSON, speck])).hidden_share(PERSON) < 0.02


def test_a_flat_person_divides_by_nothing():
    assert Outlook(PERSON).hidden_share(np.array([[8, 0, 0], [8, 0, 0]], np.float32)) == 0
