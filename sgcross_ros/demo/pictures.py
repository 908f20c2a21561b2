"""Pictures of the report: strips of gait tiles as the model saw them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import SIDE
from sgcross_ros.demo.records import Recording

TILES = 6
GAP = 2
WIDTH = 44  # of a tile's 64 columns: the outer ones are empty but for an outstretched arm
MIDDLE = slice((SIDE - WIDTH) // 2, (SIDE + WIDTH) // 2)
Pictures = dict[str, bytes]
CHANNEL = {"camera": 0, "lidar": 1}  # of a tile; see sgcross_core.gait.GaitFrame.tile


def strip(tiles: Sequence[NDArray[np.uint8]], modality: str, count: int = TILES) -> bytes | None:
    """A PNG of `count` of the tiles, uint8 (64, 64, 3) each, that the sensor filled; None without any.

    Silhouettes are grey; depth views go from dark (far) to yellow (near).
    """
    filled = [tile for tile in tiles if tile[..., CHANNEL[modality]].any()]
    if not filled:
        return None
    chosen = [filled[i] for i in np.linspace(0, len(filled) - 1, min(count, len(filled))).astype(int)]
    step = WIDTH + GAP
    canvas = np.zeros((SIDE, count * step - GAP, 4), np.uint8)  # (64, W, BGRA), clear between tiles
    for i, tile in enumerate(chosen):
        canvas[:, i * step : i * step + WIDTH] = _coloured(tile[:, MIDDLE, CHANNEL[modality]], modality)
    return cv2.imencode(".png", canvas)[1].tobytes()


def act_strips(recording: Recording, modality: str, tracks: dict[str, int]) -> Pictures:
    """A strip for each person, by name; tracks says which track of the recording shows them."""
    sensor = "lidar" if modality == "both" else modality
    strips = {name: strip(recording.tiles.get(track, ()), sensor) for name, track in tracks.items()}
    return {name: picture for name, picture in strips.items() if picture is not None}


def _coloured(channel: NDArray[np.uint8], modality: str) -> NDArray[np.uint8]:
    """uint8 (H, W) to opaque BGRA (H, W, 4)."""
    if modality == "camera":
        colour = cv2.cvtColor(channel, cv2.COLOR_GRAY2BGR)
    else:
        colour = cv2.applyColorMap(channel, cv2.COLORMAP_VIRIDIS)
        colour[channel == 0] = 0
    return np.dstack([colour, np.full_like(channel, 255)]).astype(np.uint8)
