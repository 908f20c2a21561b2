"""Patch exchange: squares of a silhouette and of a depth view change places (TCFDNet).

Published: that patches are exchanged between the sensors. Ours: how many, and that all frames of a clip
exchange the same ones. A silhouette in a depth view is depth and coverage at once; a depth view in a
silhouette is its depth.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import SIDE

GRID = 4  # squares along a side
SHARE = 0.25  # of the squares of a clip
SILHOUETTE, DEPTH, COVERAGE = range(3)  # channels of a tile

Tiles = NDArray[np.uint8]


def exchange_patches(tiles: Mapping[str, Tiles], share: float, rng: np.random.Generator) -> dict[str, Tiles]:
    """Tiles of the same walks by each sensor, uint8 (B, T, 64, 64, 3), a share of the walks mixed.

    Of the camera's tiles the silhouette changes, of the LiDAR's the depth view and its coverage.
    """
    camera, lidar = tiles["camera"], tiles["lidar"]
    B = len(camera)
    chosen = (rng.random((B, 1, 1)) < share) & (rng.random((B, GRID, GRID)) < SHARE)
    there = chosen.repeat(SIDE // GRID, 1).repeat(SIDE // GRID, 2)[:, None]  # (B, 1, 64, 64)
    mixed = {"camera": camera.copy(), "lidar": lidar.copy()}
    mixed["camera"][..., SILHOUETTE] = np.where(there, lidar[..., DEPTH], camera[..., SILHOUETTE])
    for channel in (DEPTH, COVERAGE):
        mixed["lidar"][..., channel] = np.where(there, camera[..., SILHOUETTE], lidar[..., channel])
    return mixed
