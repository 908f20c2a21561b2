"""People by a network of the ultralytics package (AGPL-3.0, optional), from the user's weight file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sgcross_core.optional import needs
from sgcross_core.people.masks import tight
from sgcross_core.people.segment import NO_BOXES, Box, Boxes, Image, Mask, Segment, SegmenterConfig

PERSON = 0  # the class in COCO's order
HIDDEN_SHARE = 0.08  # of the box that lies in the box of somebody nearer
SAME_SHARE = 0.6  # of the smaller mask that lies in another one of the same person
BORDER = 3  # pixels: the network's boxes end a little inside of the picture


class UltralyticsSegmenter:
    """Any segmentation model that YOLO() opens; see Segmenter. It needs no warm-up and no still camera.

    ImportError when the package is missing, FileNotFoundError when the weights are: nothing is ever fetched.
    """

    def __init__(self, config: SegmenterConfig) -> None:
        self.config = config
        if not config.weights or not (path := Path(config.weights)).is_file():
            raise FileNotFoundError(
                f"SegmenterConfig.weights must be a segmentation model's file for the ultralytics backend; "
                f"got {config.weights!r}"
            )
        package = needs("ultralytics", "yolo", "the ultralytics segmenter")
        self._model: Any = package.YOLO(str(path), task="segment")

    @property
    def warmth(self) -> float:
        """Always 1: nothing is learnt."""
        return 1.0

    def reset(self) -> None:
        """Nothing is remembered."""

    def segment(self, image: Image, seeds: Boxes, expected: Boxes = NO_BOXES) -> list[Segment]:
        """People in an image, uint8 (H, W, 3) BGR; the network needs neither seeds nor expected boxes."""
        result = self._model.predict(
            image, classes=[PERSON], conf=self.config.confidence, retina_masks=True,
            device=self.config.device, verbose=False,
        )[0]  # fmt: skip
        if result.masks is None:
            return []
        masks = np.asarray(result.masks.data.cpu()) > 0.5
        return segments_of(masks, np.asarray(result.boxes.conf.cpu()), image.shape[:2])


def segments_of(masks: Mask, scores: Any, shape: tuple[int, ...]) -> list[Segment]:
    """Segments from masks, bool (N, h, w), of the whole picture of shape (H, W), and scores (N,), best first.

    Of two masks of the same person the better one stays.
    """
    drawn: list[tuple[Mask, Box, float]] = []
    taken: list[Mask] = []
    for number in np.argsort(-np.asarray(scores), kind="stable"):
        mask = masks[number]
        if mask.shape != shape:
            mask = cv2.resize(mask.astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
        if (box := tight(mask)) is not None and not any(_same(mask, other) for other in taken):
            rows, columns = box
            edges = (columns.start, rows.start, columns.stop, rows.stop)
            drawn.append((np.ascontiguousarray(mask[box]), edges, float(scores[number])))
            taken.append(mask)
    boxes = [edges for _, edges, _ in drawn]
    return [Segment(mask, edges, score, _whole(edges, boxes, shape)) for mask, edges, score in drawn]


def _same(one: Mask, other: Mask) -> bool:
    """Whether two masks, bool (H, W), are of the same person."""
    return bool((one & other).sum() > SAME_SHARE * min(one.sum(), other.sum()))


def _whole(box: Box, boxes: list[Box], shape: tuple[int, ...]) -> bool:
    """Whether neither the border nor the box of somebody nearer, who stands lower, cuts a box."""
    x0, y0, x1, y1 = box
    inside = min(x0, y0) > BORDER and x1 < shape[1] - BORDER and y1 < shape[0] - BORDER
    nearer = [other for other in boxes if other[3] > y1]
    hidden = [max(0, min(x1, c) - max(x0, a)) * max(0, min(y1, d) - max(y0, b)) for a, b, c, d in nearer]
    return inside and all(share <= HIDDEN_SHARE * (x1 - x0) * (y1 - y0) for share in hidden)
