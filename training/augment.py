"""Makes clean tiles look like those of the running chain: of a background segmenter and of clustered sweeps.

What goes wrong there goes wrong before a person is scaled to 64 rows, so a lost foot stretches the picture.
Some errors stay for a whole clip (a shadow, a wrong ground height), others come and go with a frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import SIDE
from training.augment_config import AugmentConfig
from training.silhouette_errors import disturb_silhouettes
from training.view_errors import disturb_views

Picture = NDArray[np.uint8]

__all__ = ["AugmentConfig", "augment"]


def augment(
    modality: str,
    clips: Picture,
    config: AugmentConfig,
    rng: np.random.Generator,
    mirrored: NDArray[np.bool_],
) -> Picture:
    """Tiles uint8 (B, T, 64, 64, 3) of clips, one modality's channels disturbed, the others as they are.

    mirrored: bool (B,), which clips are shown as in a mirror.
    """
    B, T = clips.shape[:2]
    tiles = clips.reshape(B * T, SIDE, SIDE, 3).copy()
    if modality == "camera":
        tiles[..., 0] = disturb_silhouettes(tiles[..., 0], T, config, rng)
    else:
        tiles[..., 1:] = disturb_views(tiles[..., 1:], T, config, rng)
    turned = np.repeat(mirrored, T)
    tiles[turned] = tiles[turned, :, ::-1]
    return tiles.reshape(B, T, SIDE, SIDE, 3)
