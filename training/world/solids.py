"""Things that stand in the world: triangle meshes in metres, x ahead, y left, z up from the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull


@dataclass(frozen=True)
class Surface:
    """What light and laser find: linear RGB albedo, laser reflectivity and texture contrast, all 0..1."""

    albedo: tuple[float, float, float]
    reflectivity: float
    contrast: float = 0.2
    bricks: bool = False


@dataclass(frozen=True)
class Solid:
    """vertices float32 (V, 3), faces uint32 (F, 3) counter-clockwise from outside."""

    name: str
    vertices: NDArray[np.float32]
    faces: NDArray[np.uint32]
    surface: Surface


GRASS = Surface((0.17, 0.20, 0.09), 0.25, contrast=0.45)
BRICK = Surface((0.42, 0.27, 0.20), 0.35, contrast=0.25, bricks=True)
PLASTER = Surface((0.55, 0.52, 0.46), 0.55, contrast=0.12)
CONCRETE = Surface((0.34, 0.34, 0.33), 0.40, contrast=0.25)
WOOD = Surface((0.33, 0.20, 0.10), 0.45, contrast=0.30)
PAINT = Surface((0.08, 0.17, 0.36), 0.60, contrast=0.10)
BARK = Surface((0.16, 0.12, 0.09), 0.30, contrast=0.40)
LEAVES = Surface((0.07, 0.16, 0.04), 0.50, contrast=0.60)


def box(
    name: str, centre: tuple[float, float, float], size: tuple[float, float, float], surface: Surface
) -> Solid:
    """A box standing upright; centre and size (along x, y, z) in metres."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    return convex(name, corners * size + centre, surface)


def pole(name: str, x: float, y: float, radius: float, height: float, surface: Surface) -> Solid:
    """An upright cylinder of 16 sides that stands on the ground."""
    angles = np.arange(16) * np.pi / 8
    ring = np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=-1)
    return convex(name, np.vstack([np.c_[ring, np.zeros(16)], np.c_[ring, np.full(16, height)]]), surface)


def crown(name: str, centre: tuple[float, float, float], radius: float, surface: Surface) -> Solid:
    """A tree's crown: a ball with bumps, the same ones every time."""
    rng = np.random.default_rng(7)
    directions = rng.standard_normal((120, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return convex(name, directions * radius * rng.uniform(0.85, 1, (120, 1)) + centre, surface)


def convex(name: str, points: NDArray[np.float64], surface: Surface) -> Solid:
    """The convex hull of points (N, 3)."""
    hull = ConvexHull(points)
    faces = hull.simplices.copy()
    a, b, c = (points[faces[:, i]] for i in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), hull.equations[:, :3]) < 0
    faces[inward] = faces[inward][:, ::-1]
    return Solid(name, points.astype(np.float32), faces.astype(np.uint32), surface)


def ground(half: float = 120.0) -> Solid:
    """A flat square around the sensors, metres from the middle to an edge."""
    corners = np.array([[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0]], np.float32)
    return Solid("ground", corners, np.array([[0, 1, 2], [0, 2, 3]], np.uint32), GRASS)


def yard() -> list[Solid]:
    """The place of every recording: people come out from behind the screens and walk 5 to 11 m ahead."""
    screens = [box(f"screen {y:+}", (3.9, y, 1.3), (3.2, 0.12, 2.6), PLASTER) for y in (-4, 4)]
    return [
        ground(),
        box("back wall", (16.0, 0.0, 1.75), (0.3, 26.0, 3.5), BRICK),
        *screens,
        box("pillar", (13.2, -1.2, 1.6), (0.45, 0.45, 3.2), CONCRETE),
        box("bench seat", (14.2, 4.6, 0.42), (0.45, 1.8, 0.08), WOOD),
        box("bench leg 1", (14.2, 3.9, 0.19), (0.4, 0.1, 0.38), CONCRETE),
        box("bench leg 2", (14.2, 5.3, 0.19), (0.4, 0.1, 0.38), CONCRETE),
        box("chest", (12.9, 1.8, 0.35), (0.6, 1.0, 0.7), PAINT),
        pole("trunk", 13.6, -5.4, 0.16, 2.4, BARK),
        crown("crown", (13.6, -5.4, 3.3), 1.5, LEAVES),
        pole("post", 12.4, 5.9, 0.07, 1.1, CONCRETE),
    ]


def occluding() -> list[Solid]:
    """What stands between the sensors and the people of a yard: each hides a part of somebody for a while."""
    return [
        pole("near trunk", 4.4, 0.9, 0.13, 4.0, BARK),
        pole("near post", 4.8, -1.5, 0.05, 3.0, CONCRETE),
        crown("bush", (5.0, -0.3, 0.35), 0.5, LEAVES),
    ]
