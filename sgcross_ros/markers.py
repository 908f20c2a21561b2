"""What RViz shows of recognised people: a box, the name above it, the path behind."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point, Vector3
from std_msgs.msg import ColorRGBA, Header
from vision_msgs.msg import Detection3D, Detection3DArray
from visualization_msgs.msg import Marker, MarkerArray

from sgcross_ros.colours import of_label
from sgcross_ros.messages import SECOND, to_ns

SHOWN = Duration(nanosec=600_000_000)  # a person who is no longer reported fades after this
TEXT_M, LINE_M, GAP_M = 0.35, 0.05, 0.25


class MarkerMaker:
    """Keeps the paths. path_s: how long they are."""

    def __init__(self, path_s: float) -> None:
        self._length = round(path_s * SECOND)
        self._paths: dict[int, deque[tuple[int, Point]]] = {}

    def reset(self) -> None:
        """Forget the paths, as after a jump back in time."""
        self._paths.clear()

    def markers(self, identities: Detection3DArray) -> MarkerArray:
        """Markers of one moment; the first ones after a reset replace all earlier ones."""
        first = not self._paths
        self._extend(identities)
        made = [m for d in identities.detections for m in self._person(identities.header, d)]
        return MarkerArray(markers=[Marker(action=Marker.DELETEALL), *made] if first else made)

    def _extend(self, identities: Detection3DArray) -> None:
        now = to_ns(identities.header.stamp)
        for detection in identities.detections:
            centre, size = detection.bbox.center.position, detection.bbox.size
            foot = Point(x=centre.x, y=centre.y, z=centre.z - size.z / 2)
            self._paths.setdefault(int(detection.id), deque()).append((now, foot))
        for track, path in list(self._paths.items()):
            while path and now - path[0][0] > self._length:
                path.popleft()
            if not path:
                del self._paths[track]

    def _person(self, header: Header, detection: Detection3D) -> Iterator[Marker]:
        track, result = int(detection.id), detection.results[0].hypothesis
        red, green, blue = of_label(result.class_id)
        colour = ColorRGBA(r=red, g=green, b=blue, a=1.0)
        yield _box(_marker(header, "box", track, colour), detection)
        yield _text(_marker(header, "name", track, colour), detection, result.class_id, result.score)
        path = [point for _, point in self._paths.get(track, ())]
        if len(path) > 1:
            line = _marker(header, "path", track, colour)
            line.type, line.points, line.scale.x = Marker.LINE_STRIP, path, LINE_M
            yield line


def _marker(header: Header, namespace: str, track: int, colour: ColorRGBA) -> Marker:
    marker = Marker(header=header, ns=namespace, id=track, action=Marker.ADD, color=colour, lifetime=SHOWN)
    marker.pose.orientation.w = 1.0
    return marker


def _box(marker: Marker, detection: Detection3D) -> Marker:
    marker.type, marker.pose, marker.scale = Marker.CUBE, detection.bbox.center, _visible(detection.bbox.size)
    marker.color = ColorRGBA(r=marker.color.r, g=marker.color.g, b=marker.color.b, a=0.35)
    return marker


def _text(marker: Marker, detection: Detection3D, label: str, probability: float) -> Marker:
    centre, height = detection.bbox.center.position, detection.bbox.size.z
    marker.type, marker.scale.z = Marker.TEXT_VIEW_FACING, TEXT_M
    marker.text = label if label == "pending" else f"{label} {probability:.0%}"
    marker.pose.position = Point(x=centre.x, y=centre.y, z=centre.z + height / 2 + GAP_M)
    return marker


def _visible(size: Vector3) -> Vector3:
    """RViz refuses boxes without an extent."""
    return Vector3(x=max(size.x, 0.05), y=max(size.y, 0.05), z=max(size.z, 0.05))
