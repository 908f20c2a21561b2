"""Joining: masks and clusters of the same person find each other, and nothing is lost or doubled."""

import numpy as np
import pytest
from toyscene import CALIBRATION, GROUND_Z, Figure, box, figure_mask, moved_lidar, picture, sweep

from sgcross_core.people import Cluster, Segment, Sighting, join
from sgcross_core.people.clusters import ClusterConfig, ClusterFinder
from sgcross_core.people.joining import overlap, seeds_of, with_looks, within
from sgcross_core.people.masks import tight
from sgcross_core.sensing import Calibration, Plane

GROUND = Plane(np.array([0.0, 0, 1]), -GROUND_Z)


def segment_of(figure, whole=True):
    mask = figure_mask(figure, 0)
    rows, columns = tight(mask)
    return Segment(mask[rows, columns], (columns.start, rows.start, columns.stop, rows.stop), 0.9, whole)


def cluster_of(figure):
    finder = ClusterFinder(ClusterConfig(static_sensor=False))
    found = finder.find(sweep([figure], 0), GROUND, np.empty((0, 2)))
    return min(found, key=lambda one: np.hypot(*(one.centre[:2] - figure.at(0))))


ANN, BOB, CAT = Figure(6, 0), Figure(9, 2, height=1.6), Figure(8, -2)
SEGMENTS = {one: segment_of(one) for one in (ANN, BOB, CAT)}
CLUSTERS = {one: cluster_of(one) for one in (ANN, BOB, CAT)}


def names(sightings):
    """Whose mask is with whose cluster."""
    segments, clusters = list(SEGMENTS.items()), list(CLUSTERS.items())
    found = set()
    for one in sightings:
        mask = next((n for n, s in segments if s is one.segment), None)
        points = next((n for n, c in clusters if one.cluster and c.ground_z == one.cluster.ground_z), None)
        found.add((mask, points))
    return found


@pytest.mark.parametrize(
    "masks, clusters, expected",
    [
        ([], [], set()),
        ([ANN], [], {(ANN, None)}),
        ([], [ANN], {(None, ANN)}),
        ([ANN], [ANN], {(ANN, ANN)}),
        ([ANN, BOB, CAT], [CAT, ANN, BOB], {(ANN, ANN), (BOB, BOB), (CAT, CAT)}),
        ([ANN, BOB], [BOB, CAT], {(ANN, None), (BOB, BOB), (None, CAT)}),
    ],
)
def test_who_is_who(masks, clusters, expected):
    sightings = join([SEGMENTS[one] for one in masks], [CLUSTERS[one] for one in clusters], CALIBRATION)
    assert names(sightings) == expected
    assert sum(s.segment is not None for s in sightings) == len(masks)
    assert sum(s.cluster is not None for s in sightings) == len(clusters)


def test_without_calibration_nothing_joins():
    assert names(join([SEGMENTS[ANN]], [CLUSTERS[ANN]], None)) == {(ANN, None), (None, ANN)}


@pytest.mark.parametrize("yaw, joined", [(0.0, True), (0.02, True), (0.5, False)])
def test_a_wrong_calibration_joins_nobody(yaw, joined):
    wrong = Calibration(CALIBRATION.camera, moved_lidar(yaw, (0, 0, 0)))
    assert (len(join([SEGMENTS[ANN]], [CLUSTERS[ANN]], wrong)) == 1) == joined


def test_a_whole_mask_trims_what_lies_beside_it():
    stray = np.array([[6, 1.0, -0.5], [6, 1.1, -0.6], [6, -1.0, 0]], np.float32)
    mixed = Cluster(np.concatenate([CLUSTERS[ANN].points, stray]), GROUND_Z)
    (trimmed,) = join([SEGMENTS[ANN]], [mixed], CALIBRATION)
    assert len(trimmed.cluster.points) == len(CLUSTERS[ANN].points)
    (kept,) = join([segment_of(ANN, whole=False)], [mixed], CALIBRATION)
    assert len(kept.cluster.points) == len(mixed.points)


def test_feet_that_the_mask_lacks_stay():
    whole = SEGMENTS[ANN]
    x0, y0, x1, y1 = whole.box
    footless = Segment(whole.mask[:-14], (x0, y0, x1, y1 - 14), 0.9, True)
    (joined,) = join([footless], [CLUSTERS[ANN]], CALIBRATION)
    assert len(joined.cluster.points) == len(CLUSTERS[ANN].points)


def test_within_counts_pixels_a_little_beside():
    square = Segment(np.ones((50, 20), bool), (100, 100, 120, 150), 1.0, True)
    pixels = np.array([[110, 120], [95, 120], [90, 120], [110, 157], [110, 170], [np.nan, 3]], np.float32)
    assert within(square, pixels).tolist() == [True, True, False, True, False, False]


@pytest.mark.parametrize(
    "pixels, expected",
    [
        ([[0, 0], [10, 10]], 1.0),
        ([[5, 0], [15, 10]], 1 / 3),
        ([[20, 20], [30, 30]], 0.0),
        ([[np.nan, 0], [0, 0], [10, 10]], 1.0),
        ([[np.nan, np.nan]], 0.0),
        ([[5, 5]], 0.0),
    ],
)
def test_overlap(pixels, expected):
    assert overlap((0, 0, 10, 10), np.array(pixels, np.float32)) == pytest.approx(expected)


def test_seeds_are_the_boxes_of_those_in_sight():
    behind = Cluster(CLUSTERS[ANN].points * np.float32([-1, 1, 1]), GROUND_Z)
    (seed,) = seeds_of([behind, CLUSTERS[ANN]], CALIBRATION)
    left, top, right, bottom = box(ANN, 0)
    assert left - 5 < seed[0] < seed[2] < right + 5 and abs(seed[1] - top) < 12 and abs(seed[3] - bottom) < 15
    assert seeds_of([], CALIBRATION).shape == (0, 4)


def test_looks_are_the_colours_of_whole_masks():
    image = picture([ANN], 0)
    cut = Sighting(segment_of(ANN, False), None)
    seen, cut, unseen = with_looks([Sighting(SEGMENTS[ANN], None), cut, Sighting(None, CLUSTERS[ANN])], image)
    assert np.abs(seen.look[:3] - ANN.colour).max() < 8
    assert np.abs(seen.look[3:] - np.array(ANN.colour) / 2).max() < 12
    assert cut.look is None and unseen.look is None
    assert with_looks([Sighting(SEGMENTS[ANN], None)], None)[0].look is None
