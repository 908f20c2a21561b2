"""Splitting: two people are parted, one person never is."""

import numpy as np
import pytest

from sgcross_core.people.splitting import split

NOBODY = np.empty((0, 2))


def person(x, y, *, arms=0.25, stride=0.3, height=1.75, seed=0):
    """Returns (N, 3) on a body: trunk, legs apart along y, arms out along y; z is the height."""
    random = np.random.default_rng(seed)
    trunk = np.column_stack(
        [random.uniform(-0.1, 0.1, 90), random.uniform(-0.2, 0.2, 90), random.uniform(0.8, 1.45, 90)]
    )
    head = np.column_stack([random.normal(0, 0.04, (20, 2)), random.uniform(height - 0.25, height, 20)])
    parts = [trunk, head]
    for side in (-1, 1):
        legs = np.linspace(0, 1, 40)
        parts.append(np.column_stack([0 * legs, side * stride * (1 - legs), 0.9 * legs]))
        reach = np.linspace(0.2, 0.2 + arms, 15)
        parts.append(np.column_stack([0 * reach, side * reach, np.full(15, 1.2)]))
    return np.concatenate(parts) + np.array([x, y, 0])


def together(*people):
    points = np.concatenate(people)
    owner = np.repeat(np.arange(len(people)), [len(one) for one in people])
    return points.astype(np.float32), owner


def purity(parts, owner):
    """Share of the returns that are with most of their part."""
    return sum(np.bincount(owner[part]).max() for part in parts) / len(owner)


@pytest.mark.parametrize("shape", [{}, {"arms": 0.0}, {"arms": 0.6}, {"stride": 0.45}, {"height": 1.2}])
def test_one_person_stays_one(shape):
    points, _ = together(person(5, 0, **shape))
    for expected in (NOBODY, np.array([[5.0, 0.0]]), np.array([[9.0, 9.0], [5.0, 0.1]])):
        parts = split(points, points[:, 2], expected, 1.4)
        assert len(parts) == 1 and len(parts[0]) == len(points)


@pytest.mark.parametrize("apart", [0.7, 0.9, 1.2])
def test_two_side_by_side_without_knowledge(apart):
    points, owner = together(person(5, 0, arms=0.05, seed=1), person(5, apart, arms=0.05, height=1.6, seed=2))
    parts = split(points, points[:, 2], NOBODY, 1.4)
    assert len(parts) == 2 and purity(parts, owner) > 0.85


@pytest.mark.parametrize("apart", [0.45, 0.6, 1.0])
def test_two_who_are_expected(apart):
    points, owner = together(person(5, 0, arms=0.0, stride=0.1), person(5, apart, arms=0.0, stride=0.1))
    expected = np.array([[5.05, -0.1], [4.95, apart + 0.1]])
    parts = split(points, points[:, 2], expected, 1.4)
    assert len(parts) == 2 and purity(parts, owner) > 0.9


def test_three_in_a_row():
    points, owner = together(*(person(5, 0.8 * k, arms=0.05, stride=0.15, seed=k) for k in range(3)))
    parts = split(points, points[:, 2], np.array([[5, 0.8 * k] for k in range(3)]), 1.4)
    assert len(parts) == 3 and purity(parts, owner) > 0.9


def test_every_return_is_in_exactly_one_part():
    points, _ = together(person(5, 0), person(5, 0.8), person(5.5, 1.7))
    for expected in (NOBODY, np.array([[5, 0], [5, 0.8], [5.5, 1.7]])):
        parts = split(points, points[:, 2], expected, 1.4)
        assert sorted(np.concatenate(parts)) == list(range(len(points)))


def test_expected_people_in_one_place_do_not_part_anybody():
    points, _ = together(person(5, 0))
    assert len(split(points, points[:, 2], np.array([[5.0, 0], [5.0, 0.02]]), 1.4)) == 1


def test_a_few_returns():
    points = np.array([[5, 0, 0.1], [5, 0.05, 1.7]], np.float32)
    assert len(split(points, points[:, 2], np.array([[5, 0], [5, 0.3]]), 1.4)) == 1
