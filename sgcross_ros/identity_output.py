"""What identity_node publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from vision_msgs.msg import Detection3DArray
from visualization_msgs.msg import MarkerArray

from sgcross_core.identity import Explanation, Identity
from sgcross_ros import messages
from sgcross_ros.diagnostics import OK, Finding, status
from sgcross_ros.markers import MarkerMaker
from sgcross_ros.qos import RELIABLE

SENSOR_NAMES = {"camera": "camera", "lidar": "LiDAR"}


class IdentityOutput:
    """Publishers of identities, their details and markers; used by the worker's thread."""

    def __init__(self, node: Node, held: ExitStack, path_s: float) -> None:
        self._markers = MarkerMaker(path_s)

        def publisher(kind: Any, topic: str) -> Any:
            made = node.create_publisher(kind, topic, RELIABLE)
            held.callback(node.destroy_publisher, made)
            return made

        self._identities = publisher(Detection3DArray, "identities")
        self._details = publisher(DiagnosticArray, "identity_details")
        self._shown = publisher(MarkerArray, "markers")

    def publish(self, tracks: Detection3DArray, identities: Sequence[Identity]) -> None:
        """The answers for one moment's tracks, in their order."""
        message = messages.identities_message(tracks, identities)
        self._identities.publish(message)
        details = DiagnosticArray(
            header=tracks.header, status=[status(detail(i), "gait") for i in identities]
        )
        self._details.publish(details)
        if self._shown.get_subscription_count():
            self._shown.publish(self._markers.markers(message))

    def reset(self) -> None:
        """Forget the paths after a jump back in time."""
        self._markers.reset()


def detail(identity: Identity) -> Finding:
    """Everything about one answer, in words and as values."""
    values = {
        "track": identity.track,
        "state": identity.state,
        "name": identity.name or "",
        "probability": identity.probability,
        "score": identity.score,
        "probe_modality": identity.probe_modality or "",
        "gallery_modality": identity.gallery_modality or "",
        "frames": identity.frames,
        "frames_needed": identity.frames_needed,
        "runner_up": identity.runner_up or "",
        "runner_up_score": identity.runner_up_score if identity.runner_up else "",
        "walk": identity.walk,
        **_why(identity.explanation),
    }
    return Finding(f"track {identity.track}", OK, sentence(identity), values)


def sentence(identity: Identity) -> str:
    """The answer as one would say it."""
    if identity.state == "pending":
        return f"pending: {identity.frames_needed} more frames are needed"
    seen = f"{identity.frames} frames"
    if identity.probe_modality and identity.gallery_modality:
        probe, gallery = SENSOR_NAMES[identity.probe_modality], SENSOR_NAMES[identity.gallery_modality]
        seen += f", {probe} compared with {gallery}"
    walk = f"; {identity.walk}" if identity.walk else ""
    return f"{messages.label(identity)}, {identity.probability:.0%}: {seen}{walk}"


def _why(found: Explanation | None) -> dict[str, str]:
    """Shares of what carried the score, largest first; strips from the head down, windows as they came."""
    if found is None:
        return dict.fromkeys(("sensors", "body", "strips", "windows"), "")
    sensors = {SENSOR_NAMES[m]: share for m, share in found.sensors.items()}
    return {
        "sensors": _shares(sensors),
        "body": _shares(found.parts()),
        "strips": " ".join(f"{share:.3f}" for share in found.strips),
        "windows": ", ".join(f"frames {a} to {b} {share:.0%}" for a, b, share in found.windows),
    }


def _shares(found: Mapping[str, float]) -> str:
    ordered = sorted(found.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {share:.0%}" for name, share in ordered if share > 0)
