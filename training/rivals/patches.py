"""Patch exchange: squares of a silhouette and of a depth view change places (TCFDNet).

Published: that patches are exchanged between the sensors. Ours: how many, and that all frames of a clip
exchange the same ones. A silhouette in a depth view is depth and coverage (or all colours) at once; a depth
view in a silhouette is its depth (or the mean of its colours).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from sgcross_core.gait import SIDE

GRID = 4  # squares along a side
SHARE = 0.25  # of the squares of a clip


def exchange_patches(clips: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Clips of the same walks by each sensor, float (B, T, planes, 64, 64), a share of them mixed.

    Draws from torch's generator.
    """
    camera, lidar = clips["camera"], clips["lidar"]
    B = len(camera)
    chosen = (torch.rand(B, 1, 1) < share) & (torch.rand(B, GRID, GRID) < SHARE)
    squares = chosen.repeat_interleave(SIDE // GRID, 1).repeat_interleave(SIDE // GRID, 2)
    there = squares[:, None, None].to(camera.device)  # (B, 1, 1, 64, 64)
    depth = lidar.mean(2, keepdim=True) if lidar.shape[2] == 3 else lidar[:, :, :1]
    return {"camera": torch.where(there, depth, camera), "lidar": torch.where(there, camera, lidar)}
