"""What a segmenter is: it finds the people in a picture, with a mask each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sgcross_core import settings
from sgcross_core.settings import setting

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Boxes = NDArray[np.float32]
Box = tuple[int, int, int, int]

NO_BOXES: Boxes = np.empty((0, 4), np.float32)
BACKENDS = ("background", "ultralytics")


@dataclass(frozen=True, eq=False)
class Segment:
    """One person in a picture.

    mask: bool (h, w) of the box; box: x0, y0, x1, y1, pixels, the last ones outside; score: 0..1;
    whole: False when the picture's border or another person cuts a part off, which then is no silhouette
    """

    mask: Mask
    box: Box
    score: float
    whole: bool

    def __post_init__(self) -> None:
        x0, y0, x1, y1 = self.box
        if self.mask.shape != (y1 - y0, x1 - x0) or self.mask.dtype != np.bool_:
            raise ValueError(
                f"segment: the mask of the box {self.box} must be bool {(y1 - y0, x1 - x0)}; "
                f"got {self.mask.dtype} {self.mask.shape}"
            )


class Segmenter(Protocol):
    """Anything that finds people in pictures of one camera."""

    def segment(self, image: Image, seeds: Boxes, expected: Boxes = NO_BOXES) -> list[Segment]:
        """People in an image, uint8 (H, W, 3) BGR; seeds: float32 (N, 4), boxes where the LiDAR sees people.

        Without seeds, (0, 4), the picture decides; expected: float32 (K, 4), where known people should be.
        """
        ...

    def reset(self) -> None:
        """Forget earlier pictures."""
        ...


@dataclass(frozen=True)
class SegmenterConfig:
    """Which segmenter, and its settings."""

    backend: str = setting("background", "how people are found in pictures", choices=BACKENDS)
    warmup_frames: int = setting(20, "frames from which the empty picture is learnt", low=9, high=1000)
    contrast: float = setting(
        16.0, "a person differs from the background by more", low=1.0, high=255.0, unit="grey levels"
    )
    min_rows: int = setting(36, "smallest person without LiDAR", low=8, high=2000, unit="pixels")
    weights: str = setting("", "weight file of the ultralytics backend")
    confidence: float = setting(0.4, "least score of the ultralytics backend", low=0.0, high=1.0)
    device: str = setting("cpu", "where the ultralytics backend runs, such as cpu or cuda:0")

    def __post_init__(self) -> None:
        settings.check(self)


def make_segmenter(config: SegmenterConfig) -> Segmenter:
    """The segmenter that the settings name; ImportError or FileNotFoundError say what is missing."""
    if config.backend == "ultralytics":
        from sgcross_core.people.ultralytics import UltralyticsSegmenter

        return UltralyticsSegmenter(config)
    from sgcross_core.people.background import BackgroundSegmenter

    return BackgroundSegmenter(config)
