"""Finds people before a background that stands still: no weights, fast, masks at full resolution."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sgcross_core.people.backdrop import Backdrop, Warmup
from sgcross_core.people.candidates import Candidate, from_components, from_seeds
from sgcross_core.people.masks import beside, crowded, parted, person_mask, shadows, tight
from sgcross_core.people.segment import NO_BOXES, Boxes, Image, Mask, Segment, SegmenterConfig

Grey = NDArray[np.uint8]

HUMAN_ASPECT = (1.25, 6.0)  # height over width of a person without LiDAR
FEWEST_SHARE = 0.15  # of a person's box; less foreground is nobody
SEEN_SHARE = 0.85  # of a seed's height; a mask that is lower lacks the head or the feet
TOUCH_SHARE = 0.1  # of the height: who touches someone nearer along more is partly hidden
MIX_SHARE = 0.35  # along so much even the nearer one is not cut out well
GHOST_EDGES = 1.6  # the empty picture has so many times the edges of the frame where somebody has left


class BackgroundSegmenter:
    """A Segmenter: people are what differs from the learnt empty picture; in the warm-up nobody is found."""

    def __init__(self, config: SegmenterConfig | None = None) -> None:
        self.config = config or SegmenterConfig()
        self.reset()

    def reset(self) -> None:
        """Learn the empty picture anew."""
        self._warmup = Warmup(self.config.warmup_frames)
        self._backdrop: Backdrop | None = None

    @property
    def warmth(self) -> float:
        """How much of the warm-up is done, 0..1; before 1 nobody is found."""
        return 1.0 if self._backdrop is not None else self._warmup.share

    def segment(self, image: Image, seeds: Boxes, expected: Boxes = NO_BOXES) -> list[Segment]:
        """People in an image, uint8 (H, W, 3) BGR; seeds: float32 (N, 4), where the LiDAR sees people.

        With seeds only what stands there is a person, and people who touch are parted between them. Without
        seeds they are parted between expected, float32 (K, 4), where known people should be.
        """
        if self._backdrop is None or self._backdrop.shape != image.shape or self._backdrop.lost:
            self._learn(image)
            return []
        image = self._backdrop.balanced(image)
        difference, busy = self._backdrop.difference(image)
        if len(seeds):
            candidates = from_seeds(seeds, busy.shape)
        else:
            candidates = from_components(busy, self.config.min_rows, expected)
        people = np.zeros_like(busy)
        found: list[Segment] = []
        for candidate in candidates:
            if cut := self._cut(self._backdrop, image, difference, candidate):
                found += cut
                people[candidate.rows, candidate.columns] = 255
        self._backdrop.update(image, difference, busy, people)
        return _with_contacts(found, busy.shape)

    def _learn(self, image: Image) -> None:
        if self._backdrop is not None:
            self.reset()
        if (empty := self._warmup.add(image)) is not None:
            self._backdrop = Backdrop(empty, self.config.contrast)
            self._warmup = Warmup(self.config.warmup_frames)

    def _cut(self, backdrop: Backdrop, image: Image, difference: Grey, candidate: Candidate) -> list[Segment]:
        """Who is in a candidate's part of the picture: one, or several when nobody knows where they are."""
        rows, columns = candidate.rows, candidate.columns
        part, differs = image[rows, columns].astype(np.float32), difference[rows, columns]
        empty, threshold = backdrop.part(rows, columns)
        likely = (differs > threshold) & candidate.own
        down = (np.nonzero(likely)[0] + rows.start - candidate.top) / max(candidate.bottom - candidate.top, 1)
        likely[likely] = ~shadows(part[likely], empty[likely], down)
        mask = person_mask(differs, likely)
        if not candidate.known and mask.any() and _left(part, empty, mask):
            backdrop.adopt(image, mask, rows, columns)
            return []
        sure = np.minimum(differs / (2.0 * threshold), 1)
        parts = [mask] if candidate.known else parted(mask)
        return [_segment(one, box, candidate, sure) for one in parts if (box := self._box(one, candidate))]

    def _box(self, mask: Mask, candidate: Candidate) -> tuple[slice, slice] | None:
        """Rows and columns of a mask, bool (h, w), that can be a person."""
        if (box := tight(mask)) is None:
            return None
        high, wide = mask[box].shape
        if candidate.known:
            return box if mask.sum() >= FEWEST_SHARE * candidate.area else None
        human = HUMAN_ASPECT[0] <= high / wide <= HUMAN_ASPECT[1] and mask[box].mean() >= FEWEST_SHARE
        return box if human and high >= self.config.min_rows else None


def _segment(
    mask: Mask, box: tuple[slice, slice], candidate: Candidate, sure: NDArray[np.floating[Any]]
) -> Segment:
    rows, columns = box
    y, x = candidate.rows.start, candidate.columns.start
    short = rows.stop - rows.start < SEEN_SHARE * (candidate.bottom - candidate.top)
    frame = (x + columns.start, y + rows.start, x + columns.stop, y + rows.stop)
    whole = not candidate.mixed and not (candidate.known and short) and not crowded(mask[box])
    return Segment(np.ascontiguousarray(mask[box]), frame, float(sure[mask].mean()), whole)


def _left(image: NDArray[np.float32], empty: NDArray[np.float32], mask: Mask) -> bool:
    """Whether someone learnt as background has left: the edge of the mask, bool (h, w), is in empty."""
    edge = mask & (cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
    now, before = (_edges(picture)[edge].mean() for picture in (image, empty))
    return bool(before > GHOST_EDGES * now)


def _edges(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)))


def _with_contacts(segments: list[Segment], shape: tuple[int, ...]) -> list[Segment]:
    """The segments, whole only where neither the picture's border, (H, W), nor someone nearer cuts them."""
    height, width = shape
    whole = []
    for one in segments:
        x0, y0, x1, y1 = one.box
        inside = x0 > 0 and y0 > 0 and x1 < width and y1 < height
        whole.append(
            one.whole and inside and not any(_cuts(other, one) for other in segments if other is not one)
        )
    return [Segment(s.mask, s.box, s.score, w) for s, w in zip(segments, whole, strict=True)]


def _cuts(other: Segment, one: Segment) -> bool:
    """Whether two masks touch along so much that the one's outline is not its own."""
    along = beside(one.mask, one.box, other.mask, other.box) / (one.box[3] - one.box[1])
    nearer = other.box[3] > one.box[3]  # whoever stands lower in the picture is nearer
    return along > (TOUCH_SHARE if nearer else MIX_SHARE)
