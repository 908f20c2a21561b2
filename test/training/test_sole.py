from __future__ import annotations

import numpy as np
import pytest

from training.world.sole import PITCHES, TOES_MOST_DEG, Sole, toe_bend

HEEL, BALL, TIP, DEEP = 0.05, -0.15, -0.21, -0.08
POINTS = np.array([[HEEL, DEEP], [BALL, DEEP], [TIP, DEEP]])


def sole(toes=(0.0, 0.0, 1.0)):
    return Sole.of(POINTS, np.array(toes), np.array([BALL, DEEP]))


def test_a_flat_foot_stands_at_its_place():
    ahead, up = sole().ankle(np.array([0.0]))
    assert ahead[0] == pytest.approx(0, abs=1e-12) and up[0] == pytest.approx(-DEEP)


@pytest.mark.parametrize("pitch, pivot", [(-20.0, HEEL), (20.0, BALL), (45.0, BALL)])
def test_the_ankle_turns_about_what_touches(pitch, pivot):
    ahead, up = sole().ankle(np.array([pitch]))
    cos, sin = np.cos(np.radians(pitch)), np.sin(np.radians(pitch))
    # The pivot stays: the ankle is where the turned lever from pivot to ankle ends.
    assert ahead[0] == pytest.approx(pivot * cos - DEEP * sin - pivot, abs=2e-4)
    assert up[0] == pytest.approx(-(pivot * sin + DEEP * cos), abs=1e-9)


def test_a_stiff_foot_rolls_on_to_its_tip():
    bent, stiff = (sole(toes).ankle(np.array([45.0]))[1][0] for toes in ((0, 0, 1), (0, 0, 0)))
    assert stiff > bent + 0.03


def test_the_ankle_moves_ahead_as_the_foot_rolls():
    assert (np.diff(sole().ahead[PITCHES < 80]) > 0).all()


@pytest.mark.parametrize("pitch, bend", [(-30, 0), (0, 0), (20, 20), (90, TOES_MOST_DEG)])
def test_toes_bend_up_only(pitch, bend):
    assert toe_bend(pitch) == bend
