"""What a folder of recordings holds: a table in words, and a picture to judge the walkers by eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.mocap.joints import JointMap
from training.mocap.recordings import Recording, read_folder
from training.mocap.walker import MotionWalker

Picture = NDArray[np.uint8]

AHEAD, LEFT = np.eye(3)[:2]
TALL_M, WIDE_M = 2.1, 1.5  # what a tile of the picture shows
MARGIN = 16  # rows of text above each walker
HEAD = "file                 subject trial frames   fps   m/s strides/s stride m used s"


@dataclass(frozen=True)
class Row:
    """One trial: speed m/s, cadence strides a second, stride_length and leg metres as recorded; seconds used.

    refused: why the trial is not used, then the numbers are 0; empty where it is
    """

    file: str
    subject: int
    trial: int
    frames: int
    fps: float
    speed: float
    cadence: float
    stride_length: float
    leg: float
    seconds: float
    refused: str

    def __str__(self) -> str:
        start = f"{self.file:20} {self.subject:7d} {self.trial:5d} {self.frames:6d} {self.fps:5.0f} "
        if self.refused:
            return start + self.refused
        return start + f"{self.speed:5.2f} {self.cadence:9.3f} {self.stride_length:8.2f} {self.seconds:6.2f}"


def describe(folder: str | Path, maps: Sequence[JointMap] = ()) -> list[Row]:
    """A row for each trial of a folder, broken and refused ones with the reason; HEAD goes above them."""
    return [_row(recording) for recording in read_folder(folder, maps)]


def _row(one: Recording) -> Row:
    frames, fps = (len(one.motion), one.motion.fps) if one.motion else (0, 0.0)
    start = (one.file, one.subject, one.trial, frames, fps)
    if one.walk is None:
        return Row(*start, 0.0, 0.0, 0.0, 0.0, 0.0, one.refused)
    walk = one.walk
    return Row(*start, walk.speed, 1 / walk.period, walk.stride_length, walk.leg, walk.seconds, "")


def contact_sheet(titled: Sequence[tuple[str, MotionWalker]], columns: int = 12, rows: int = 160) -> Picture:
    """uint8 BGR (H, W, 3): each walker through one stride, from the right and below it from the front.

    rows: of pixels a body; ValueError when there is no walker.
    """
    if not titled:
        raise ValueError("a contact sheet needs at least one walker")
    return np.vstack([_strip(title, walker, columns, rows) for title, walker in titled])


def _strip(title: str, walker: MotionWalker, columns: int, rows: int) -> Picture:
    meshes = walker.poses(np.arange(columns) / columns / walker.cadence).astype(np.float64)
    strips = [
        np.hstack([_drawn(mesh, walker.faces, across, eye, rows) for mesh in meshes])
        for across, eye in ((AHEAD, -LEFT), (LEFT, AHEAD))
    ]
    head = np.zeros((MARGIN, strips[0].shape[1]), np.uint8)
    text = f"{title}  {walker.speed:.2f} m/s  {walker.cadence:.2f} strides/s  {walker.height:.2f} m"
    cv2.putText(head, text, (4, MARGIN - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255, 1, cv2.LINE_AA)
    return np.asarray(cv2.cvtColor(np.vstack([head, *strips]), cv2.COLOR_GRAY2BGR), np.uint8)


def _drawn(
    mesh: NDArray[np.float64],
    faces: NDArray[np.int32],
    across: NDArray[np.float64],
    eye: NDArray[np.float64],
    rows: int,
) -> Picture:
    """A mesh seen from the direction eye, across to the right; faces towards the eye are brighter."""
    scale = rows / TALL_M
    places = np.stack([mesh @ across + WIDE_M / 2, TALL_M - 0.05 - mesh[:, 2]], axis=1) * scale
    corners = mesh[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    tile = np.zeros((rows, round(WIDE_M * scale)), np.uint8)
    for face in np.argsort((corners @ eye).mean(axis=1)):
        shade = int(90 + 150 * max(0.0, float(normals[face] @ eye)))
        cv2.fillConvexPoly(tile, places[faces[face]].round().astype(np.int32), shade)
    tile[int((TALL_M - 0.05) * scale)] = np.maximum(tile[int((TALL_M - 0.05) * scale)], 60)
    return tile
