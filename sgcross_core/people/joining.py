"""Which mask and which returns are the same person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from sgcross_core.people.clusters import Cluster
from sgcross_core.people.segment import Boxes, Image, Segment
from sgcross_core.sensing.calibration import Calibration

Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]
Look = NDArray[np.float64]

LEAST = 0.3  # mean of the share of returns in the mask and the overlap of the boxes, to be one person
SIDE, END = 0.08, 0.15  # of the height: how far returns may lie beside, above or below a mask that is theirs
TRIM_FROM = 0.6  # share of returns in the mask from which those outside are not the person's


@dataclass(frozen=True, eq=False)
class Sighting:
    """One person in one moment: seen by the camera, by the LiDAR or by both.

    look: float64 (6,), mean colours BGR of the upper and lower half of the mask, None when not all is seen
    """

    segment: Segment | None
    cluster: Cluster | None
    look: Look | None = None


def with_looks(sightings: Sequence[Sighting], image: Image | None) -> list[Sighting]:
    """The sightings with the looks of those whose whole mask is seen in the image, uint8 (H, W, 3)."""
    if image is None:
        return list(sightings)
    return [replace(one, look=_look(one.segment, image)) for one in sightings]


def join(
    segments: Sequence[Segment], clusters: Sequence[Cluster], calibration: Calibration | None
) -> list[Sighting]:
    """The best one-to-one match of masks and clusters, and everything that is left alone.

    A whole mask takes away the returns of its cluster that lie clearly beside it. Without calibration nothing
    joins.
    """
    if calibration is None or not (segments and clusters):
        return [Sighting(s, None) for s in segments] + [Sighting(None, c) for c in clusters]
    pixels = [calibration.project(cluster.points) for cluster in clusters]
    ends = np.cumsum([len(points) for points in pixels])[:-1]
    inside = [np.split(within(segment, np.concatenate(pixels)), ends) for segment in segments]
    score = np.array([
        [(flags.mean() + overlap(segment.box, points)) / 2 for flags, points in zip(row, pixels, strict=True)]
        for segment, row in zip(segments, inside, strict=True)
    ])  # fmt: skip
    pairs = [(s, c) for s, c in zip(*linear_sum_assignment(-score), strict=True) if score[s, c] >= LEAST]
    joined = [Sighting(segments[s], _trimmed(clusters[c], segments[s], inside[s][c])) for s, c in pairs]
    lone_segments = [Sighting(one, None) for s, one in enumerate(segments) if s not in {p[0] for p in pairs}]
    lone_clusters = [Sighting(None, one) for c, one in enumerate(clusters) if c not in {p[1] for p in pairs}]
    return joined + lone_segments + lone_clusters


def seeds_of(clusters: Sequence[Cluster], calibration: Calibration) -> Boxes:
    """Pixel boxes, float32 (N, 4), of the clusters that the camera can see, as seeds for a segmenter."""
    boxes = []
    for cluster in clusters:
        pixels = calibration.project(cluster.points)
        seen = pixels[np.isfinite(pixels).all(axis=1)]
        if 2 * len(seen) > len(pixels):
            boxes.append([*seen.min(axis=0), *seen.max(axis=0)])
    return np.array(boxes, np.float32).reshape(-1, 4)


def within(segment: Segment, pixels: Floats) -> Flags:
    """Which pixels (P, 2) lie in a mask or a little beside it, bool (P,)."""
    x0, y0, _, y1 = segment.box
    side, end = round(SIDE * (y1 - y0)) + 1, round(END * (y1 - y0)) + 1
    framed = cv2.copyMakeBorder(
        segment.mask.astype(np.uint8), end, end, side, side, cv2.BORDER_CONSTANT, value=0
    )
    grown = cv2.dilate(framed, np.ones((2 * end + 1, 2 * side + 1), np.uint8)) > 0
    column, row = pixels[:, 0] - (x0 - side), pixels[:, 1] - (y0 - end)
    with np.errstate(invalid="ignore"):
        inside = (column >= 0) & (column < grown.shape[1]) & (row >= 0) & (row < grown.shape[0])
    found = np.zeros(len(pixels), bool)
    found[inside] = grown[row[inside].astype(int), column[inside].astype(int)]
    return found


def overlap(box: Sequence[float], pixels: Floats) -> float:
    """Intersection over union of a box and the box around the finite ones of pixels (P, 2)."""
    seen = pixels[np.isfinite(pixels).all(axis=1)]
    if not len(seen):
        return 0.0
    (a0, b0), (a1, b1) = seen.min(axis=0).tolist(), seen.max(axis=0).tolist()
    x0, y0, x1, y1 = box
    common = max(0.0, min(x1, a1) - max(x0, a0)) * max(0.0, min(y1, b1) - max(y0, b0))
    both = (x1 - x0) * (y1 - y0) + (a1 - a0) * (b1 - b0) - common
    return common / both if both > 0 else 0.0


def _trimmed(cluster: Cluster, segment: Segment, inside: Flags) -> Cluster:
    """The cluster without returns beside the mask, when the mask is whole and has most of them."""
    if not segment.whole or inside.all() or inside.mean() < TRIM_FROM:
        return cluster
    return replace(cluster, points=cluster.points[inside])


def _look(segment: Segment | None, image: Image) -> Look | None:
    """Mean colours (6,) of the upper and the lower half of a mask that shows all of a person."""
    if segment is None or not segment.whole:
        return None
    x0, y0, x1, y1 = segment.box
    half = (y1 - y0) // 2
    person, mask = image[y0:y1, x0:x1], segment.mask.astype(np.uint8)
    return np.array([*cv2.mean(person[:half], mask[:half])[:3], *cv2.mean(person[half:], mask[half:])[:3]])
