"""Tracked and recognised people as vision_msgs/Detection3DArray."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from geometry_msgs.msg import Point, Vector3
from std_msgs.msg import Header
from vision_msgs.msg import Detection3D, Detection3DArray, ObjectHypothesisWithPose

if TYPE_CHECKING:
    from sgcross_core.identity import Identity
    from sgcross_core.people.pipeline import TrackedPerson

PERSON = "person"


def tracks_message(header: Header, people: Iterable[TrackedPerson]) -> Detection3DArray:
    """The people of one moment: id is the track's number, the box in metres in the header's frame."""
    detections = [_track(header, person) for person in people]
    return Detection3DArray(header=header, detections=detections)


def track_numbers(message: Detection3DArray) -> list[int]:
    """The track number of each detection; ValueError for an id that is none, or that comes twice."""
    try:
        numbers = [int(detection.id) for detection in message.detections]
    except ValueError as wrong:
        raise ValueError(f"tracks: an id must be a whole number; {wrong}") from wrong
    if len(set(numbers)) != len(numbers):
        raise ValueError(f"tracks: an id may occur once; got {numbers}")
    return numbers


def identities_message(tracks: Detection3DArray, identities: Sequence[Identity]) -> Detection3DArray:
    """The same people with class_id name, "unknown" or "pending" and the probability of that as score."""
    detections = [_identified(d, i) for d, i in zip(tracks.detections, identities, strict=True)]
    return Detection3DArray(header=tracks.header, detections=detections)


def label(identity: Identity) -> str:
    """What an identity is called in class_id."""
    return identity.name if identity.state == "name" and identity.name else identity.state


def _track(header: Header, person: TrackedPerson) -> Detection3D:
    detection = Detection3D(header=header, id=str(person.track))
    detection.results = [_hypothesis(PERSON, person.score)]
    detection.bbox.center.position = Point(**_xyz(person.position))
    detection.bbox.size = Vector3(**_xyz(person.size))
    detection.results[0].pose.pose = detection.bbox.center
    return detection


def _identified(track: Detection3D, identity: Identity) -> Detection3D:
    detection = Detection3D(header=track.header, id=track.id, bbox=track.bbox)
    detection.results = [_hypothesis(label(identity), identity.probability)]
    detection.results[0].pose.pose = track.bbox.center
    return detection


def _hypothesis(class_id: str, score: float) -> ObjectHypothesisWithPose:
    result = ObjectHypothesisWithPose()
    result.hypothesis.class_id, result.hypothesis.score = class_id, float(score)
    return result


def _xyz(values: Any) -> dict[str, float]:
    return dict(zip("xyz", map(float, values), strict=True))
