"""From a camera frame and a LiDAR sweep to tracked people with their gait frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import GaitFrame, gait_frame
from sgcross_core.people.clusters import Cluster, ClusterConfig, ClusterFinder
from sgcross_core.people.joining import join, seeds_of, with_looks
from sgcross_core.people.measuring import BODY_M
from sgcross_core.people.segment import NO_BOXES, Boxes, Image, Segment, SegmenterConfig, make_segmenter
from sgcross_core.people.tracking import Track, Tracker, TrackerConfig
from sgcross_core.sensing.calibration import Calibration
from sgcross_core.sensing.ground import Plane, ground_plane
from sgcross_core.settings import check, nested, setting

Points = NDArray[np.float32]
Floats = NDArray[np.float64]

WIDTH_M = 0.6  # of somebody whose returns do not say
SLENDER = 0.21  # half the width of a walking person over the height
NEAR_M = 0.7  # a cluster so near to where a track should be can be the track's


@dataclass(frozen=True)
class PeopleConfig:
    """Everything between the sensors and the tracked people."""

    segmenter: SegmenterConfig = nested(SegmenterConfig)  # noqa: RUF009
    clusters: ClusterConfig = nested(ClusterConfig)  # noqa: RUF009
    tracker: TrackerConfig = nested(TrackerConfig)  # noqa: RUF009
    ground_sweeps: int = setting(10, "the ground is found anew every so many sweeps", low=1, high=10000)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, eq=False)
class TrackedPerson:
    """Somebody who is seen in this moment.

    track: number from 1 on; position: float64 (3,), middle of the body, metres, LiDAR frame; size: float64
    (3,), along x, y, z, metres; velocity: float64 (2,), m/s; score: 0..1; segment, cluster: None when that
    sensor does not see them; gait: their gait frame, parts of it None where a sensor does not see all of them
    """

    track: int
    position: Floats
    size: Floats
    velocity: Floats
    score: float
    segment: Segment | None
    cluster: Cluster | None
    gait: GaitFrame


class PeoplePipeline:
    """One camera, one LiDAR, or both. calibration: None for a LiDAR alone; it may be set later."""

    def __init__(self, config: PeopleConfig | None = None, calibration: Calibration | None = None) -> None:
        self.config = config or PeopleConfig()
        self.calibration = calibration
        self.segmenter = make_segmenter(self.config.segmenter)
        self.ground: Plane | None = None
        self.groundless = 0  # sweeps in which no ground was found
        self._clusters = ClusterFinder(self.config.clusters)
        self._tracker = Tracker(self.config.tracker)
        self._sweeps = 0

    def reset(self) -> None:
        """Forget tracks, scenery, ground and background: the clock or the place has changed."""
        self._clusters.reset()
        self._tracker.reset()
        self.segmenter.reset()
        self.ground, self._sweeps = None, 0

    def step(self, stamp: int, image: Image | None, xyz: Points | None) -> list[TrackedPerson]:
        """The people of a moment.

        stamp: nanoseconds, rising; image: uint8 (H, W, 3) BGR; xyz: float32 (P, 3), metres, LiDAR frame;
        either may be None. ValueError when the image has not the size that the calibration was made for.
        """
        expected = self._tracker.expected(stamp)
        clusters = [] if xyz is None else self._find_clusters(xyz, expected)
        segments = self._find_segments(image, clusters, expected)
        sightings = with_looks(join(segments, clusters, self.calibration), image)
        seen = self._tracker.step(stamp, sightings, self.calibration)
        return [_person(track, stamp) for track in seen]

    def _find_clusters(self, xyz: Points, expected: list[Track]) -> list[Cluster]:
        if self.ground is None or self._sweeps % self.config.ground_sweeps == 0:
            self._find_ground(xyz)
        self._sweeps += 1
        if self.ground is None:
            return []
        places = np.array([track.walk.place for track in expected]).reshape(-1, 2)
        return self._clusters.find(xyz, self.ground, places)

    def _find_ground(self, xyz: Points) -> None:
        """Keeps the last ground when this sweep shows none, which is counted."""
        try:
            self.ground = ground_plane(xyz)
        except ValueError:
            self.groundless += 1

    def _find_segments(
        self, image: Image | None, clusters: list[Cluster], expected: list[Track]
    ) -> list[Segment]:
        if image is None or self.calibration is None:
            return []
        camera = self.calibration.camera
        if image.shape[:2] != (camera.height, camera.width):
            raise ValueError(
                f"image: the calibration is for {camera.width}x{camera.height}; "
                f"got {image.shape[1]}x{image.shape[0]}"
            )
        boxes = _boxes(expected, self.calibration)
        if not clusters:
            return self.segmenter.segment(image, NO_BOXES, boxes)
        unseen = _boxes([track for track in expected if not _near(track, clusters)], self.calibration)
        return self.segmenter.segment(image, np.concatenate([seeds_of(clusters, self.calibration), unseen]))


def _near(track: Track, clusters: list[Cluster]) -> bool:
    """Whether one of the clusters can be a track's."""
    return any(np.hypot(*(cluster.centre[:2] - track.walk.place)) < NEAR_M for cluster in clusters)


def _boxes(tracks: list[Track], calibration: Calibration) -> Boxes:
    """Where tracks should be in the picture, float32 (K, 4), pixels, without those out of its sight."""
    feet = np.array([[*track.walk.place, track.ground_z] for track in tracks]).reshape(-1, 3)
    crowns = feet + np.array([[0, 0, track.height or BODY_M] for track in tracks]).reshape(-1, 3)
    ends = calibration.project(np.concatenate([feet, crowns])).reshape(2, -1, 2)
    (foot_u, foot_v), (crown_u, crown_v) = ends.transpose(0, 2, 1)
    middle, half = (foot_u + crown_u) / 2, SLENDER * (foot_v - crown_v)
    boxes = np.column_stack([middle - half, crown_v, middle + half, foot_v])
    return boxes[half > 0]


def _person(track: Track, stamp: int) -> TrackedPerson:
    """What a track that is seen now tells; a sensor that does not see all of the person gives no gait."""
    sighting = track.sighting
    segment, cluster = (None, None) if sighting is None else (sighting.segment, sighting.cluster)
    height = track.height or BODY_M
    hidden = cluster is not None and not cluster.whole  # the camera stands near the LiDAR and sees no more
    mask = segment.mask if segment is not None and segment.whole and not hidden else None
    points = cluster.points if cluster is not None and not hidden else None
    return TrackedPerson(
        track=track.number,
        position=np.array([*track.walk.place, track.ground_z + height / 2]),
        size=np.array([WIDTH_M, WIDTH_M, height]) if cluster is None else cluster.size,
        velocity=track.walk.velocity.copy(),
        score=track.score,
        segment=segment,
        cluster=cluster,
        gait=gait_frame(stamp, mask, points, track.ground_z),
    )
