"""Where things hang on a body: a frame fitted to its chest, arms held still, and simple shapes."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from training.world import body
from training.world.gait import bone_rotations
from training.world.people import Body, GaitStyle

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

CHEST = ("spine01", "spine02", "spine03")
ARM = ("upperarm", "lowerarm", "wrist", "metacarpal", "finger")


@lru_cache(maxsize=32)
def vertices_of(*bones: str) -> Indices:
    """The vertices that bones whose names start with one of the words move most."""
    return np.flatnonzero([name.startswith(bones) for name in body.bone_of_vertex()])


@lru_cache(maxsize=2)
def arm_weight(side: str) -> Floats:
    """(V,): which share of each vertex the left ("L") or right ("R") arm's bones move."""
    model = body.body_model()
    of_arm = np.array([label.startswith(ARM) and label.endswith(f".{side}") for label in model.bone_labels])
    weights = model.vertex_bone_weights.numpy() * of_arm[model.vertex_bone_indices.numpy()]
    return np.asarray(weights.sum(axis=1), np.float32)


def standing(figure: Body, **arms: float) -> Floats:
    """The body upright, both arms held as GaitStyle's fields say: float32 (V, 3), x ahead, z up."""
    still = replace(GaitStyle(), arm_swing=0.0, **arms)
    held = {k: r for k, r in bone_rotations(still, [0.0]).items() if k.startswith(ARM)}
    return body.posed(figure, {"root": np.eye(3)[None], **held})[0]


class ChestFrame:
    """Carries points from the upright body to where its chest is, best by least squares (Kabsch, 1976)."""

    def __init__(self, upright: Floats) -> None:
        self._at = vertices_of(*CHEST)
        chest = upright[self._at].astype(np.float64)
        self._middle = chest.mean(axis=0)
        self._chest = chest - self._middle

    def carried(self, points: Floats, vertices: Floats) -> Floats:
        """Points (K, 3) of the upright body, for each frame of vertices (T, V, 3): float32 (T, K, 3)."""
        chest = vertices[:, self._at].astype(np.float64)
        middle = chest.mean(axis=1, keepdims=True)
        u, _, vt = np.linalg.svd(self._chest.T @ (chest - middle))
        u[:, :, 2] *= np.linalg.det(u @ vt)[:, None]
        return ((points - self._middle) @ (u @ vt) + middle).astype(np.float32)


def rounded_box(size: tuple[float, float, float], sharpness: float = 0.4) -> tuple[Floats, NDArray[np.int32]]:
    """A superellipsoid about the origin, sizes along x, y, z: vertices (K, 3), faces (F, 3) from outside.

    sharpness: 1 is an ellipsoid, towards 0 a box
    """
    rings, sectors = 7, 12
    up = (np.arange(1, rings + 1) / (rings + 1) - 0.5) * np.pi
    round_ = np.arange(sectors) * 2 * np.pi / sectors + np.pi / sectors
    flat = _power(np.cos(up), sharpness)[:, None]
    x, y = flat * _power(np.cos(round_), sharpness), flat * _power(np.sin(round_), sharpness)
    z = np.broadcast_to(_power(np.sin(up), sharpness)[:, None], x.shape)
    sides = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    points = np.vstack([sides, [[0, 0, -1], [0, 0, 1]]]) * np.asarray(size) / 2
    return points.astype(np.float32), tube_faces(rings, sectors)


def tube_faces(rings: int, sectors: int) -> NDArray[np.int32]:
    """Faces (F, 3) of rings of sectors vertices each, upwards and counter-clockwise from above, closed.

    After the rings come the middle of the bottom and the middle of the top.
    """
    here = np.arange(rings * sectors).reshape(rings, sectors)
    beside = np.roll(here, -1, axis=1)
    low, low_next, high, high_next = here[:-1], beside[:-1], here[1:], beside[1:]
    walls = [np.stack([low, low_next, high_next], -1), np.stack([low, high_next, high], -1)]
    bottom, top = np.full(sectors, rings * sectors), np.full(sectors, rings * sectors + 1)
    lids = [np.stack([bottom, beside[0], here[0]], -1), np.stack([top, here[-1], beside[-1]], -1)]
    return np.concatenate([part.reshape(-1, 3) for part in (*walls, *lids)]).astype(np.int32)


def rod(start: Floats, end: Floats, width: float) -> tuple[Floats, NDArray[np.int32]]:
    """A thin bar of four sides from start to end, (3,) each: vertices (10, 3), faces (F, 3)."""
    along = (end - start) / np.linalg.norm(end - start)
    side = np.cross(along, [0.0, 1.0, 0.0] if abs(along[1]) < 0.9 else [1.0, 0.0, 0.0])
    side *= width / 2 / np.linalg.norm(side)
    ring = np.array([side, np.cross(along, side), -side, -np.cross(along, side)])
    points = np.vstack([start + ring, end + ring, start[None], end[None]])
    return points.astype(np.float32), tube_faces(2, 4)


def _power(values: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    return np.asarray(np.sign(values) * np.abs(values) ** exponent)
