"""Clusters: people of the toy place and of made-up returns, and nothing else."""

import numpy as np
import pytest
from toyscene import GROUND_Z, POLE, Figure, sweep

from sgcross_core.people.clusters import Cluster, ClusterConfig, ClusterFinder, shrunk
from sgcross_core.sensing import Plane

GROUND = Plane(np.array([0.0, 0, 1]), -GROUND_Z)
NOBODY = np.empty((0, 2))
MOVING = ClusterConfig(static_sensor=False)


def places(clusters):
    return sorted((round(float(c.centre[0]), 1), round(float(c.centre[1]), 1)) for c in clusters)


def find(points, config=MOVING, expected=NOBODY):
    return ClusterFinder(config).find(points.astype(np.float32), GROUND, expected)


def block(x, y, wide, deep, high, low=0.0, step=0.06):
    """Returns (N, 3) of a block that stands on the ground: its front and its sides."""
    across, up = np.meshgrid(np.arange(-wide / 2, wide / 2 + 1e-9, step), np.arange(low, high, step))
    along, side = np.meshgrid(np.arange(0, deep + 1e-9, step), np.arange(low, high, step))
    front = np.column_stack([np.full(across.size, x), y + across.ravel(), GROUND_Z + up.ravel()])
    left = np.column_stack([x + along.ravel(), np.full(along.size, y + wide / 2), GROUND_Z + side.ravel()])
    return np.concatenate([front, left, left - [0, wide, 0]])


@pytest.mark.parametrize("x, y", [(3, 0), (5, 2), (8, -3), (12, 1), (13, -5)])
@pytest.mark.parametrize("height", [1.2, 1.75, 2.0])
def test_a_person_is_found_where_they_are(x, y, height):
    found = find(sweep([Figure(x, y, height=height)], 0))
    (person,) = [one for one in found if np.hypot(*(one.centre[:2] - POLE)) > 0.5]
    assert np.hypot(*(person.centre[:2] - (x, y))) < 0.12
    assert person.height == pytest.approx(height, abs=0.16)
    assert person.ground_z == pytest.approx(GROUND_Z, abs=0.03)
    assert person.centre[2] == pytest.approx(GROUND_Z + height / 2, abs=0.1)
    assert person.whole and person.points.dtype == np.float32
    assert person.points[:, 2].min() < GROUND_Z + 0.3  # the feet are there


@pytest.mark.parametrize(
    "thing",
    [
        pytest.param(np.empty((0, 3)), id="nothing"),
        pytest.param(block(6, 0, 0.4, 0.2, 0.8), id="too low"),
        pytest.param(block(6, 0, 0.4, 0.2, 2.35), id="too high"),
        pytest.param(block(6, 0, 2.2, 0.2, 1.7), id="too wide"),
        pytest.param(block(6, 0, 0.4, 2.2, 1.7), id="too deep"),
        pytest.param(block(6, 0, 8, 0.2, 1.7), id="a wall"),
        pytest.param(block(6, 0, 0.4, 0.2, 2.0, low=1.1), id="floats"),
        pytest.param(block(6, 0, 0.4, 0.2, 1.7)[::40], id="too few returns"),
        pytest.param(block(30, 0, 0.4, 0.2, 1.7), id="too far"),
        pytest.param(block(0.3, 0, 0.2, 0.1, 1.7), id="the robot itself"),
    ],
)
def test_what_is_no_person(thing):
    assert find(thing) == []


def test_a_person_sized_block_is_one_without_a_memory():
    assert len(find(block(6, 0, 0.4, 0.2, 1.7))) == 1


def test_scenery_fades_and_people_stay():
    finder, people = ClusterFinder(), [Figure(7, -4, 0, 1.2), Figure(9, -2)]
    for k in range(40):
        expected = np.array([person.at(k / 10) for person in people])
        found = places(finder.find(sweep(people, k / 10, k), GROUND, expected))
    assert len(found) == 2  # not the pole
    assert np.abs(np.array(found) - sorted(person.at(3.9) for person in people)).max() < 0.15


def test_reset_forgets_the_scenery():
    finder = ClusterFinder()
    for k in range(20):
        before = finder.find(sweep([], 0, k), GROUND, NOBODY)
    finder.reset()
    assert before == [] and len(finder.find(sweep([], 0), GROUND, NOBODY)) == 1  # the pole


@pytest.mark.parametrize("apart", [0.6, 0.8, 1.2])
def test_two_side_by_side(apart):
    people = [Figure(6, -apart / 2), Figure(6, apart / 2, height=1.65)]
    expected = np.array([person.at(0) for person in people])
    found = find(sweep(people, 0), expected=expected)
    assert np.abs(np.array(places(found))[:2] - expected).max() < 0.15 and len(found) == 3  # and the pole


@pytest.mark.parametrize("y, whole", [(0.0, None), (0.2, False), (0.3, False), (0.5, True), (1.5, True)])
def test_who_is_hidden_is_not_whole(y, whole):
    found = find(sweep([Figure(5, 0), Figure(9, 1.8 * y)], 0))
    assert [one.whole for one in found if one.centre[0] < 6] == [True]
    assert [one.whole for one in found if 8 < one.centre[0] < 10] == ([] if whole is None else [whole])


def test_uneven_ground():
    """A pavement 12 cm above the street: the plane is the street's, the person stands on the pavement."""
    x, y = (grid.ravel() for grid in np.meshgrid(np.arange(5, 8, 0.1), np.arange(-3, 3, 0.1)))
    points = np.column_stack([x, y, np.full(len(x), GROUND_Z + 0.12)])
    person = block(6, 0, 0.4, 0.2, 1.7) + np.array([0, 0, 0.12])
    (found,) = find(np.concatenate([points, person]))
    assert found.ground_z == pytest.approx(GROUND_Z + 0.12, abs=0.02)
    assert len(found.points) < len(person) + 5


def test_the_size_and_the_empty_upper_body():
    points = np.array([[5, 0, -1.5], [5.2, 0.1, -1.5], [5, 0, -1.49]], np.float32)
    cluster = Cluster(points, GROUND_Z)
    assert cluster.size == pytest.approx([0.2, 0.1, 0.11], abs=0.02)
    assert np.isfinite(cluster.centre).all()


def test_far_places_are_drawn_nearer():
    far = shrunk(np.array([[6.0, 0], [12, 0], [24, 0], [0, -48]]))
    np.testing.assert_allclose(far, [[6, 0], [12, 0], [20.3, 0], [0, -28.6]], atol=0.1)


@pytest.mark.parametrize(
    "values, words",
    [
        ({"min_height_m": 2.0, "max_height_m": 1.5}, "min_height_m must be below"),
        ({"cell_m": 0.0}, "cell_m"),
        ({"static_sensor": 1}, "static_sensor must be a bool"),
        ({"min_points": 2}, "min_points"),
    ],
)
def test_bad_settings(values, words):
    with pytest.raises(ValueError, match=words):
        ClusterConfig(**values)
