from __future__ import annotations

import numpy as np
import pytest

from training.world.devices import device
from training.world.views import FAR_M, NEAR_M, USUAL_M, VIEWS, covered, heading, view


@pytest.mark.parametrize(
    "name, angle, distances",
    [("000", 0, USUAL_M), ("135", 135, USUAL_M), ("315", 315, USUAL_M), ("000-far", 0, FAR_M),
     ("090-near", 90, NEAR_M), ("270-far", 270, FAR_M)],
)  # fmt: skip
def test_names_are_geometry(name, angle, distances):
    found = view(name)
    assert (found.name, found.angle) == (name, angle) and (found.nearest, found.farthest) == distances


def test_the_twelve_views_are_in_the_order_of_folders():
    assert len(VIEWS) == 12 and list(VIEWS) == sorted(VIEWS)


@pytest.mark.parametrize("name", ["", "0", "090-far", "000-near", "360"])
def test_no_such_view(name):
    with pytest.raises(ValueError, match="view must be one of 000, 000-far, 045"):
        view(name)


@pytest.mark.parametrize("bearing", [0.0, 0.5, -0.4])
@pytest.mark.parametrize("name", ["000", "090", "180", "270"])
def test_a_heading_shows_the_view(name, bearing):
    """Turned from the heading to the sensor by the view's angle, counter-clockwise."""
    to_sensor = np.exp(1j * (bearing + np.pi))
    ahead = np.exp(1j * heading(name, bearing))
    assert np.degrees(np.angle(to_sensor / ahead)) % 360 == pytest.approx(view(name).angle, abs=1e-6)


def test_the_left_side_is_shown_at_090():
    assert np.cos(heading("000", 0.0)) == pytest.approx(-1)  # straight at the sensor
    assert np.sin(heading("090", 0.0)) == pytest.approx(1)  # to the left, its left side shows


@pytest.mark.parametrize(
    "beams, height, tallest, nearest, farthest",
    [
        ([-45.0, 45.0], 1.8, 2.0, 1.8, np.inf),
        ([-45.0, 5.0], 1.8, 2.0, 0.2 / np.tan(np.radians(5)), np.inf),
        ([-45.0, -10.0], 2.5, 2.0, 2.5, 0.5 / np.tan(np.radians(10))),
    ],
)
def test_from_where_beams_reach_feet_and_crown(beams, height, tallest, nearest, farthest):
    assert covered(beams, height, tallest) == pytest.approx((nearest, farthest))


@pytest.mark.parametrize("name", VIEWS)
def test_a_128_beam_sensor_sees_everybody_whole(name):
    """Umbrellas reach 2.3 m over the tallest; a step brings the feet 0.5 m nearer."""
    nearest, farthest = covered(device("vls-128").elevations, 1.8, 2.4)
    assert nearest <= view(name).nearest - 0.5 and view(name).farthest <= farthest


@pytest.mark.parametrize("beams, height", [([1.0, 5.0], 1.8), ([-20.0, -1.0], 1.8), ([-20.0, 5.0], 0.0)])
def test_beams_that_show_nobody_whole(beams, height):
    with pytest.raises(ValueError, match=r"never show somebody of 2.0 m from head to feet"):
        covered(beams, height, 2.0)
