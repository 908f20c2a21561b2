"""The tiles of a sequence, silhouette, depth view and coverage, made of its files as the robot makes them.

Depth views come from point clouds, by the nodes' own function. Where there are none, from what is stored:
depth views of the robot's kind, or the coloured pictures, of which only the order of depths can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import SIDE, GaitFrame, depth_view, silhouette
from training.data.layout import CLOUDS, DEPTH_VIEWS, IMAGE
from training.data.range_view import JET
from training.data.reader import Frames, GaitSequence

Picture = NDArray[np.uint8]
Views = NDArray[np.uint8]  # (T, 2, 64, 64): depth, coverage

LEVEL_BITS = 5  # of a colour channel: tells shades within two, within six where blue alone is full
DARKEST = 64  # the map's darkest colour is a blue of 127; what resizing left below this is no return


@dataclass(frozen=True)
class Source:
    """How one sensor's channels are made of one modality of the files."""

    modality: str
    words: str
    make: Callable[[Frames, float | None], NDArray[np.uint8]]


def tiles_of(sequence: GaitSequence, camera: Source, lidar: Source, ground: float | None) -> Picture:
    """uint8 (T, 64, 64, 3), all zero where a sensor saw too little.

    ground: height below the person, metres, LiDAR frame; None guesses it by the points.
    ValueError names the sequence and what is wrong with its files.
    """
    frames = sequence.read(camera.modality, lidar.modality)
    try:
        silhouettes = camera.make(frames[camera.modality], ground)
        views = lidar.make(frames[lidar.modality], ground)
    except ValueError as problem:
        raise ValueError(f"{sequence.key}: {problem}") from None
    if len(silhouettes) == 0:
        raise ValueError(f"{sequence.key} has no frames")
    return np.stack([silhouettes, views[:, 0], views[:, 1]], axis=-1)


def guessed_ground(clouds: Iterable[NDArray[Any]]) -> float:
    """Height of the ground below a walker by the lowest return of each sweep: their median, metres.

    A data set gives a person's returns alone, so a plane cannot be fitted; feet are the lowest of them.
    """
    lowest = [float(points[:, 2].min()) for points in clouds if len(points)]
    return float(np.median(lowest)) if lowest else 0.0


def _aligned(frames: Frames, ground: float | None) -> NDArray[np.uint8]:
    return _pictures(frames, (SIDE, SIDE), "silhouettes")


def _raw(frames: Frames, ground: float | None) -> NDArray[np.uint8]:
    pictures = (silhouette(_white(np.asarray(mask))) for mask in frames)
    empty = np.zeros((SIDE, SIDE), np.uint8)
    return _stacked([empty if picture is None else picture for picture in pictures], (SIDE, SIDE))


def _white(mask: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a mask of 0 and 1, or of 0 and 255, says that somebody is."""
    if mask.ndim != 2 or mask.dtype.kind not in "buif":
        raise ValueError(f"silhouettes must be numbers (H, W) a frame; got {mask.dtype} {mask.shape}")
    return np.asarray(mask > mask.max(initial=0) / 2)


def _from_clouds(frames: Frames, ground: float | None) -> Views:
    clouds = [_cloud(points) for points in frames]
    height = guessed_ground(clouds) if ground is None else ground
    views = [GaitFrame(0, None, *(depth_view(points, height) or (None, None))).tile() for points in clouds]
    return _stacked([view[..., 1:].transpose(2, 0, 1) for view in views], (2, SIDE, SIDE))


def _stored(frames: Frames, ground: float | None) -> Views:
    return _pictures(frames, (2, SIDE, SIDE), "depth views")


def _from_colours(frames: Frames, ground: float | None) -> Views:
    pictures = _pictures(frames, (3, SIDE, SIDE), "depth pictures")
    seen = pictures.max(axis=1) >= DARKEST  # (T, 64, 64)
    level = pictures >> (8 - LEVEL_BITS)
    depth = SHADES[level[:, 0], level[:, 1], level[:, 2]]
    return np.stack([np.where(seen, depth, 0), np.where(seen, 255, 0)], axis=1).astype(np.uint8)


def _shades() -> Picture:
    """uint8 (32, 32, 32): 1 the farthest to 255 the nearest, of the nearest colour of the map."""
    levels = 1 << LEVEL_BITS
    colours = (np.stack(np.meshgrid(*[np.arange(levels)] * 3, indexing="ij"), axis=-1) + 0.5) * 256 / levels
    table = JET.astype(np.float64)
    flat = colours.reshape(-1, 3)
    distance = (table**2).sum(axis=1) - 2 * flat @ table.T  # up to a term that is equal for all shades
    return np.maximum(distance.argmin(axis=1), 1).reshape(levels, levels, levels).astype(np.uint8)


def _cloud(points: Any) -> NDArray[np.float32]:
    cloud = np.asarray(points)
    if cloud.ndim != 2 or cloud.shape[1] < 3:
        raise ValueError(f"points must be (N, 3) or wider, metres; got shape {cloud.shape}")
    places = np.ascontiguousarray(cloud[:, :3], np.float32)
    return places[np.isfinite(places).all(axis=1)]  # as the nodes do: a return without a place is none


def _pictures(frames: Frames, shape: tuple[int, ...], what: str) -> NDArray[np.uint8]:
    found = np.asarray(frames)
    if found.shape[1:] != shape or found.dtype != np.uint8:
        sides = ", ".join(map(str, shape))
        raise ValueError(f"{what} must be uint8 (T, {sides}); got {found.dtype} {found.shape}")
    return found


def _stacked(pictures: list[NDArray[np.uint8]], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    return np.stack(pictures) if pictures else np.zeros((0, *shape), np.uint8)


SHADES = _shades()
CAMERA = (
    Source("sync-Camera-Sils_aligned", "silhouettes as stored", _aligned),
    Source("sync-Camera-Sils_raw", "silhouettes, aligned here", _raw),
    Source(IMAGE, "FreeGait's silhouettes, aligned here", _raw),
)
LIDAR = (
    Source("sync-LiDAR-PCDs", "depth views of the point clouds", _from_clouds),
    Source(CLOUDS, "depth views of FreeGait's point clouds", _from_clouds),
    Source(DEPTH_VIEWS, "depth views as stored: there are no point clouds", _stored),
    Source(
        "sync-LiDAR-PCDs_depths",
        "depths read from coloured pictures: there are no point clouds, so their scale is unknown",
        _from_colours,
    ),
)  # fmt: skip
