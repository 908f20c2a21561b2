"""Feet: the ground below a person is found where the plane misses it, and feet are told from ground."""

import numpy as np
import pytest

from sgcross_core.people.feet import Floor

RANDOM = np.random.default_rng(0)
AROUND = np.column_stack([RANDOM.uniform(4, 6, 400), RANDOM.uniform(-1, 1, 400), np.zeros(400)])
SHINS = np.array([[5, y, 0.35 + 0.05 * k] for k in range(12) for y in (-0.2, 0.2)], np.float32)
FEET = np.array([[5 + dx, y, 0.1] for dx in (0, 0.1, 0.2) for y in (-0.2, 0.2)], np.float32)


def up(level):
    return np.array([0, 0, level], np.float32)


def floor(level=0.0, *extra, noise=0.01):
    points = np.concatenate([AROUND + up(level), *extra]).astype(np.float32)
    points[: len(AROUND), 2] += RANDOM.normal(0, noise, len(AROUND)).astype(np.float32)
    return Floor(points, points[:, 2].copy())


@pytest.mark.parametrize("level", [-0.15, -0.02, 0.0, 0.05, 0.12])
def test_ground_and_feet(level):
    feet, found = floor(level, FEET + up(level)).below(SHINS, SHINS[:, 2], 0.06)
    assert found == pytest.approx(level, abs=0.02)
    assert len(feet) == len(FEET)


def test_low_things_beside_do_not_become_feet():
    kerb = FEET + np.float32([0.7, 0, 0.05])
    feet, _ = floor(0.0, FEET, kerb).below(SHINS, SHINS[:, 2], 0.06)
    assert len(feet) == len(FEET)


def test_without_legs_there_are_no_feet():
    feet, level = floor(0.0, FEET).below(SHINS + np.float32([0, 0, 1]), SHINS[:, 2] + 1, 0.06)
    assert len(feet) == 0 and level == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("count", [0, 7])
def test_too_few_returns_tell_nothing(count):
    points = AROUND[:count].astype(np.float32)
    feet, level = Floor(points, np.full(count, 0.2, np.float32)).below(SHINS, SHINS[:, 2], 0.06)
    assert feet.shape == (0, 3) and level == 0.0
