"""From a person's mask and points to normalised gait frames, and the rolling windows of a track."""

from sgcross_core.gait.frames import SIDE, VERSION, GaitFrame, depth_view, gait_frame, silhouette
from sgcross_core.gait.windows import WindowConfig, Windows

__all__ = [
    "SIDE",
    "VERSION",
    "GaitFrame",
    "WindowConfig",
    "Windows",
    "depth_view",
    "gait_frame",
    "silhouette",
]
