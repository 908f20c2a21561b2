"""A picture of clips to judge by eye: each row shows one clip's frames, silhouettes above depth views."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.world.clips import Clip

Picture = NDArray[np.uint8]

MARGIN = 16  # rows of text above each clip


def contact_sheet(clips: list[tuple[str, Clip]], columns: int = 12, zoom: int = 2) -> Picture:
    """uint8 BGR (H, W, 3) of titled clips, the first frames of each; ValueError when there is no clip."""
    if not clips:
        raise ValueError("a contact sheet needs at least one clip")
    return np.vstack([_row(title, clip, columns, zoom) for title, clip in clips])


def _row(title: str, clip: Clip, columns: int, zoom: int) -> Picture:
    tiles = clip.tiles[:columns]
    silhouettes, depths = np.hstack(list(tiles[..., 0])), np.hstack(list(tiles[..., 1]))
    grey = cv2.resize(
        np.vstack([silhouettes, depths]), None, fx=zoom, fy=zoom, interpolation=cv2.INTER_NEAREST
    )
    head = np.zeros((MARGIN, grey.shape[1]), np.uint8)
    view, distance = clip.view, clip.distance
    text = f"{title}  view {view[0]:.0f}-{view[-1]:.0f}  {distance[0]:.1f}-{distance[-1]:.1f} m"
    cv2.putText(head, text, (4, MARGIN - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255, 1, cv2.LINE_AA)
    return np.asarray(cv2.cvtColor(np.vstack([head, grey]), cv2.COLOR_GRAY2BGR), np.uint8)
