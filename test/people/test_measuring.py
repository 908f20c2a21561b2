"""Measuring: where sightings put people, and in which direction that is uncertain."""

import numpy as np
import pytest
from toyscene import CALIBRATION, CAMERA, GROUND_Z, Figure, figure_mask, moved_lidar

from sgcross_core.people import Cluster, Segment, Sighting
from sgcross_core.people.masks import tight
from sgcross_core.people.measuring import CUT, HEIGHTS, PARTLY, STEADY, measure
from sgcross_core.sensing import Calibration, RigidTransform


def segment_of(figure, whole=True):
    mask = figure_mask(figure, 0)
    rows, columns = tight(mask)
    return Segment(mask[rows, columns], (columns.start, rows.start, columns.stop, rows.stop), 0.9, whole)


def along_and_across(measurement):
    """Standard deviations along and across the line of sight from the eye."""
    off = measurement.place - measurement.eye
    along = off / np.hypot(*off)
    across = np.array([-along[1], along[0]])
    return tuple(float(np.sqrt(d @ measurement.noise @ d)) for d in (along, across))


@pytest.mark.parametrize("x, y", [(5, 0), (8, 3), (10, -4)])
@pytest.mark.parametrize("height", [1.55, 1.7, 1.85])
def test_a_mask_gives_the_direction_and_the_range_of_somebody_of_170(x, y, height):
    found = measure(Sighting(segment_of(Figure(x, y, height=height)), None), CALIBRATION)
    assert np.arctan2(*found.place[::-1]) == pytest.approx(np.arctan2(y, x), abs=0.01)
    assert np.hypot(*found.place) == pytest.approx(np.hypot(x, y) * 1.7 / height, rel=0.03)
    assert found.ground_z == pytest.approx(GROUND_Z * 1.7 / height, abs=0.1)
    along, across = along_and_across(found)
    assert along == pytest.approx(HEIGHTS * np.hypot(*found.place)) and across < 0.1


@pytest.mark.parametrize("height", [1.55, 1.85])
def test_a_known_height_gives_the_right_range(height):
    found = measure(Sighting(segment_of(Figure(8, 1, height=height)), None), CALIBRATION).of_height(height)
    assert np.abs(found.place - (8, 1)).max() < 0.25
    assert along_and_across(found)[0] == pytest.approx(STEADY * np.hypot(*found.place))


@pytest.mark.parametrize(
    "figure, share", [(Figure(8, 1), PARTLY), (Figure(2.5, 0), CUT), (Figure(3.2, 1), CUT)]
)
def test_a_mask_that_is_not_whole_gives_little_but_the_direction(figure, share):
    """Others hide a part, or the picture ends above the feet."""
    found = measure(Sighting(segment_of(figure, whole=False), None), CALIBRATION)
    for one in (found, found.steady(), found.of_height(1.7)):
        along, across = along_and_across(one)
        assert along > 0.95 * share * np.hypot(*one.place) and along > 2 * across
    assert np.arctan2(*found.place[::-1]) == pytest.approx(np.arctan2(figure.y, figure.x), abs=0.01)


@pytest.mark.parametrize("yaw, shift", [(0.3, (0.2, -0.1, 0.1)), (-0.4, (0, 0, 0)), (0.0, (0.5, 0.5, -0.3))])
def test_any_place_of_the_camera(yaw, shift):
    """The same mask seen by a camera that stands elsewhere in the LiDAR's frame."""
    to_toy = RigidTransform.from_quaternion(shift, (0, 0, np.sin(yaw / 2), np.cos(yaw / 2)))
    seen = Sighting(segment_of(Figure(8, 1, height=1.7)), None)
    found = measure(seen, Calibration(CAMERA, moved_lidar(yaw, shift)))
    in_toy = to_toy.apply(np.array([[*found.place, found.ground_z]]))[0]
    assert np.abs(in_toy - (8, 1, GROUND_Z)).max() < 0.25


@pytest.mark.parametrize("whole, sd", [(True, 0.08), (False, 0.2)])
def test_a_cluster_is_measured_as_it_is(whole, sd):
    cluster = Cluster(np.array([[5, 0.1, z] for z in np.linspace(-1.5, 0.1, 40)], np.float32), -1.6, whole)
    found = measure(Sighting(segment_of(Figure(9, 3)), cluster), CALIBRATION)
    assert np.abs(found.place - (5.09, 0.1)).max() < 0.02 and found.eye is None
    assert found.noise[0, 0] == pytest.approx(sd**2)
    assert (found.height is not None) == whole
    assert found.of_height(1.9) is found and found.steady() is found


@pytest.mark.parametrize(
    "sighting, calibration",
    [
        (Sighting(None, None), CALIBRATION),
        (Sighting(segment_of(Figure(8, 1)), None), None),
    ],
)
def test_nothing_to_measure(sighting, calibration):
    assert measure(sighting, calibration) is None
