"""A picture to judge walks by eye: titled strips of frames, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

MARGIN = 16  # rows of text above each strip
SIDE = 64
TALLEST_M = 2.4  # what a mesh picture spans, an umbrella included
LIGHT = np.array([0.5, 0.3, 0.8]) / np.linalg.norm([0.5, 0.3, 0.8])  # ahead, right and up of the viewer


@dataclass(frozen=True)
class Strip:
    """rows: each uint8 (T, 64, 64), the frames of one sensor or one way to draw them."""

    title: str
    rows: Sequence[Picture]


def contact_sheet(strips: Sequence[Strip], columns: int = 12, zoom: int = 2) -> Picture:
    """uint8 BGR (H, W, 3), the first frames of each strip; ValueError when there is none."""
    if not strips:
        raise ValueError("a contact sheet needs at least one strip")
    drawn = [_drawn(strip, columns, zoom) for strip in strips]
    widest = max(picture.shape[1] for picture in drawn)
    padded = [np.pad(picture, ((0, 0), (0, widest - picture.shape[1]))) for picture in drawn]
    return np.asarray(cv2.cvtColor(np.vstack(padded), cv2.COLOR_GRAY2BGR), np.uint8)


def mesh_pictures(meshes: Floats, faces: NDArray[np.int32], view_deg: float) -> Picture:
    """uint8 (T, 64, 64): bodies (T, V, 3) as shaded solids, seen level from view_deg (see clips.Clip)."""
    turn = np.radians(view_deg)
    towards, right = np.array([np.cos(turn), np.sin(turn), 0]), np.array([-np.sin(turn), np.cos(turn), 0])
    return np.stack([_solid(mesh, faces, towards, right) for mesh in meshes])


def _solid(mesh: Floats, faces: NDArray[np.int32], towards: Floats, right: Floats) -> Picture:
    """The painter's way: far faces first."""
    corners = mesh[faces].astype(np.float64)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    light = np.abs(normal @ np.stack([towards, right, [0, 0, 1]], axis=1) @ LIGHT)
    scale, fine = SIDE / TALLEST_M, 16
    pixels = np.stack([SIDE / 2 + corners @ right * scale, SIDE - 1 - corners[..., 2] * scale], axis=-1)
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    for face in np.argsort((corners @ towards).mean(axis=1)):
        shape = np.rint(pixels[face] * fine).astype(np.int32)
        cv2.fillConvexPoly(canvas, shape, int(60 + 190 * light[face]), cv2.LINE_8, 4)
    return canvas


def _drawn(strip: Strip, columns: int, zoom: int) -> Picture:
    grey = np.vstack([np.hstack(list(row[:columns])) for row in strip.rows])
    grey = np.kron(grey, np.ones((zoom, zoom), np.uint8))
    head = np.zeros((MARGIN, grey.shape[1]), np.uint8)
    cv2.putText(head, strip.title, (4, MARGIN - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255, 1, cv2.LINE_AA)
    return np.vstack([head, grey])
