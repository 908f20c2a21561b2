"""What a model gets to see of a walk: a contact strip of a few frames, one picture, no faces.

Silhouettes are made black and white before they leave. Masked crops show colours inside the silhouette only
below its upper third; above, where a face can be (under an umbrella it is lower), they show the silhouette.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.annotation.settings import SILHOUETTES, PictureSettings
from training.annotation.walks import is_freegait
from training.data import GaitSequence
from training.data.layout import IMAGE

Picture = NDArray[np.uint8]

COLUMNS, LINE = 6, 2  # tiles in a row; pixels between tiles
GREY = 128
MOST_GREY = 0.3  # share of pixels between black and white in a silhouette that was scaled: below 0.2
MOST_CELLS = 4096 * 4096  # of a frame; more is no crop of a person


def strip(walk: GaitSequence, settings: PictureSettings) -> Picture:
    """uint8 (H, W) of silhouettes or (H, W, 3) RGB of masked crops; ValueError names what cannot be shown."""
    names = settings.modalities
    if is_freegait(walk):
        if settings.kind != SILHOUETTES:
            raise ValueError(f"{walk.key}: masked crops need SUSTech1K's layout; use silhouettes")
        names = (IMAGE,)
    frames = [walk.read(*names)[name] for name in names]
    chosen = _middle(len(frames[0]), settings)
    if not chosen:
        raise ValueError(f"{walk.key} has no frame")
    masks = [silhouette(frames[0][n], walk.key) for n in chosen]
    if not any(mask.any() for mask in masks):
        raise ValueError(f"{walk.key}: nobody is in the frames")
    tiles = masks
    if len(frames) > 1:
        tiles = [masked(frames[1][n], mask, walk.key) for n, mask in zip(chosen, masks, strict=True)]
    return _sheet([_fitted(tile, settings.tile) for tile in tiles])


def png(picture: Picture) -> bytes:
    """The picture as the bytes of a PNG file."""
    content = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".png", content)
    return encoded.tobytes()


def size(settings: PictureSettings) -> tuple[int, int]:
    """Width and height of a full strip in pixels."""
    columns = min(settings.frames, COLUMNS)
    rows = -(-settings.frames // COLUMNS)
    return columns * (settings.tile + LINE) - LINE, rows * (settings.tile + LINE) - LINE


def silhouette(frame: Any, key: str) -> Picture:
    """uint8 (H, W), 0 and 255, of numbers (H, W); ValueError for colours or a photograph in grey."""
    frame = np.asarray(frame)
    if frame.ndim != 2 or frame.dtype.kind not in "buif" or not 0 < frame.size <= MOST_CELLS:
        raise ValueError(f"{key}: silhouettes must be numbers (H, W); got {frame.dtype} of {frame.shape}")
    values = np.nan_to_num(frame.astype(np.float32))
    most = float(values.max()) or 1.0
    if (np.abs(values / most - 0.5) < 0.3).mean() > MOST_GREY:
        raise ValueError(f"{key}: a frame is grey, not black and white: it is no silhouette and stays here")
    return np.where(values > most / 2, 255, 0).astype(np.uint8)


def masked(frame: Any, mask: Picture, key: str) -> Picture:
    """uint8 (H, W, 3): colours (H, W, 3) or (3, H, W) in the lower two thirds of the mask, grey above."""
    frame = np.asarray(frame)
    if frame.ndim == 3 and frame.shape[0] == 3:
        frame = frame.transpose(1, 2, 0)
    if frame.shape != (*mask.shape, 3) or frame.dtype != np.uint8:
        raise ValueError(
            f"{key}: a crop must be uint8 of {(*mask.shape, 3)}; got {frame.dtype} of {frame.shape}"
        )
    picture = np.where(mask[..., None] > 0, frame, 0).astype(np.uint8)
    rows = np.flatnonzero(mask.any(axis=1))
    if len(rows):
        top = rows[0] + -(-(rows[-1] + 1 - rows[0]) // 3)
        picture[:top] = np.where(mask[:top, :, None] > 0, GREY, 0)
    return picture


def _middle(length: int, settings: PictureSettings) -> range:
    """Frames in a row around the middle: a cycle of steps seen in order tells more than scattered frames."""
    span = min(length, (settings.frames - 1) * settings.step + 1)
    first = (length - span) // 2
    return range(first, first + span, settings.step)


def _fitted(tile: Picture, side: int) -> Picture:
    """Scaled into a square, its proportions kept, black around it."""
    scale = side / max(tile.shape[:2])
    width, height = (max(1, round(n * scale)) for n in (tile.shape[1], tile.shape[0]))
    scaled = cv2.resize(tile, (width, height), interpolation=cv2.INTER_NEAREST)
    up, left = (side - height) // 2, (side - width) // 2
    edges = (up, side - height - up, left, side - width - left)
    return np.asarray(cv2.copyMakeBorder(scaled, *edges, cv2.BORDER_CONSTANT, value=0), np.uint8)


def _sheet(tiles: Sequence[Picture]) -> Picture:
    side = len(tiles[0]) + LINE
    columns, rows = min(len(tiles), COLUMNS), -(-len(tiles) // COLUMNS)
    sheet = np.full((rows * side - LINE, columns * side - LINE, *tiles[0].shape[2:]), GREY, np.uint8)
    for n in range(rows * columns):
        row, column = n // COLUMNS * side, n % COLUMNS * side
        sheet[row : row + side - LINE, column : column + side - LINE] = tiles[n] if n < len(tiles) else 0
    return sheet
