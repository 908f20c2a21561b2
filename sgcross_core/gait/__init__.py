"""From a person's mask and points to normalised gait frames, and the rolling windows of a track."""

from sgcross_core.gait.frames import SIDE, VERSION, GaitFrame, depth_view, gait_frame, silhouette

__all__ = ["SIDE", "VERSION", "GaitFrame", "depth_view", "gait_frame", "silhouette"]
