"""People in camera and LiDAR: masks, clusters, both joined, tracked over time, and their gait frames."""

from sgcross_core.people.clusters import Cluster, ClusterConfig, ClusterFinder
from sgcross_core.people.joining import Sighting, join
from sgcross_core.people.pipeline import PeopleConfig, PeoplePipeline, TrackedPerson
from sgcross_core.people.segment import Segment, Segmenter, SegmenterConfig, make_segmenter
from sgcross_core.people.tracking import Tracker, TrackerConfig

__all__ = [
    "Cluster",
    "ClusterConfig",
    "ClusterFinder",
    "PeopleConfig",
    "PeoplePipeline",
    "Segment",
    "Segmenter",
    "SegmenterConfig",
    "Sighting",
    "TrackedPerson",
    "Tracker",
    "TrackerConfig",
    "join",
    "make_segmenter",
]
