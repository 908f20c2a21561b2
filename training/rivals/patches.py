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
from training.parallel import rank, world

GRID = 4  # squares along a side
SHARE = 0.25  # of the squares of a clip


def exchange_patches(clips: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Clips of the same walks by each sensor, float (B, T, planes, 64, 64), a share of them mixed.

    Draws from torch's generator, for the clips of all processes, and takes those of this one.
    """
    camera, lidar = clips["camera"], clips["lidar"]
    B = len(camera)
    everyone = world() * B
    chosen = (torch.rand(everyone, 1, 1) < share) & (torch.rand(everyone, GRID, GRID) < SHARE)
    own = chosen[rank() * B : (rank() + 1) * B]
    squares = own.repeat_interleave(SIDE // GRID, 1).repeat_interleave(SIDE // GRID, 2)
    there = squares[:, None, None].to(camera.device)  # (B, 1, 1, 64, 64)
    depth = lidar.mean(2, keepdim=True) if lidar.shape[2] == 3 else lidar[:, :, :1]
    return {"camera": torch.where(there, depth, camera), "lidar": torch.where(there, camera, lidar)}
