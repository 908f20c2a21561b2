"""The world without people: what rays meet, how it is coloured, and how sun and sky light it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import open3d as o3d
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from training.world.solids import Solid

Floats = NDArray[np.float32]

SKY_RGB = (0.50, 0.62, 0.80)
SUN, SKY = 0.75, 0.5  # light from the sun at right angles, and from the sky on level ground
GAMMA = 1 / 2.2
TOUCH = 2e-3  # metres; rays that start on a surface start this far above it


@dataclass(frozen=True)
class Hits:
    """Where N rays first meet something.

    distance: float32 (N,), in lengths of the ray's direction, inf for no hit; normal: float32 (N, 3), towards
    the viewer; face: int64 (N,) and weight: float32 (N, 2), the triangle and where in it (barycentric u, v)
    thing: int64 (N,), which mesh of the scene, -1 for no hit
    """

    distance: Floats
    normal: Floats
    face: NDArray[np.int64]
    weight: Floats
    thing: NDArray[np.int64]


def ray_scene(meshes: Sequence[tuple[Floats, NDArray[np.uint32]]]) -> o3d.t.geometry.RaycastingScene:
    """An Open3D scene of (vertices, faces), on one thread."""
    scene = o3d.t.geometry.RaycastingScene(nthreads=1)
    for vertices, faces in meshes:
        scene.add_triangles(o3d.core.Tensor.from_numpy(vertices), o3d.core.Tensor.from_numpy(faces))
    return scene


def cast(scene: o3d.t.geometry.RaycastingScene, origin: Floats, direction: Floats) -> Hits:
    """Rays from origin, (3,) or (N, 3), along direction (N, 3), float32."""
    found = scene.cast_rays(_rays(origin, direction), nthreads=1)
    distance, normal = found["t_hit"].numpy(), found["primitive_normals"].numpy()
    away = np.einsum("ij,ij->i", normal, direction) > 0
    normal[away] *= -1
    thing = np.where(np.isfinite(distance), found["geometry_ids"].numpy().astype(np.int64), -1)
    face = found["primitive_ids"].numpy().astype(np.int64)
    return Hits(distance, normal, face, found["primitive_uvs"].numpy(), thing)


def shaded_from(scene: o3d.t.geometry.RaycastingScene, points: Floats, sun: Floats) -> NDArray[np.bool_]:
    """Whether the scene lies between points (N, 3) and the sun, a unit vector (3,): bool (N,)."""
    toward = np.broadcast_to(sun, points.shape).astype(np.float32)
    return np.asarray(scene.test_occlusions(_rays(points, toward), tnear=TOUCH, nthreads=1).numpy())


def lit(albedo: Floats, normal: Floats, sun: Floats, shaded: NDArray[np.bool_] | bool) -> Floats:
    """Lambert: linear light (N, 3) from surfaces of an albedo (N, 3) under the sun and half a sky."""
    direct = np.where(shaded, 0, np.clip(normal @ sun, 0, None)) * SUN
    sky = SKY * (0.65 + 0.35 * normal[:, 2])
    return (albedo * (direct + sky)[:, None]).astype(np.float32)


def pixels(light: Floats) -> NDArray[np.uint8]:
    """Linear RGB light 0..1 as BGR bytes of the same shape, with the usual gamma."""
    return np.rint(np.clip(light[..., ::-1], 0, 1) ** GAMMA * 255).astype(np.uint8)


class Surroundings:
    """The static part of a scene; sun: unit vector (3,) towards the sun."""

    def __init__(self, solids: Sequence[Solid], sun: Floats, seed: int = 0) -> None:
        if not solids:
            raise ValueError("surroundings need one solid at least; got none")
        self.solids, self.sun = list(solids), np.asarray(sun, np.float32)
        self.scene = ray_scene([(s.vertices, s.faces) for s in solids])
        self._grain = np.random.default_rng([seed, 11]).standard_normal((3, 256, 256)).astype(np.float32)
        surfaces = [s.surface for s in solids]
        self._albedo = np.array([s.albedo for s in surfaces], np.float32)
        self._contrast = np.array([s.contrast for s in surfaces], np.float32)
        self._bricks = np.array([s.bricks for s in surfaces])
        self.reflectivity = np.array([s.reflectivity for s in surfaces], np.float32)

    def light(self, origin: Floats, direction: Floats, sunny: bool = True) -> Floats:
        """Linear RGB light (N, 3) that comes along rays; sunny False is the same place in a shadow."""
        hits = cast(self.scene, origin, direction)
        result = _sky(direction)
        at = np.flatnonzero(hits.thing >= 0)
        points = origin + direction[at] * hits.distance[at, None]
        shaded = shaded_from(self.scene, points, self.sun) if sunny else True
        result[at] = lit(
            self._colour(points, hits.normal[at], hits.thing[at]), hits.normal[at], self.sun, shaded
        )
        return result

    def _colour(self, points: Floats, normal: Floats, thing: NDArray[np.int64]) -> Floats:
        """Albedo (N, 3) with the texture of each thing."""
        axis = np.abs(normal).argmax(axis=1)
        u = np.where(axis == 0, points[:, 1], points[:, 0])
        v = np.where(axis == 2, points[:, 1], points[:, 2])
        change = 1 + self._contrast[thing] * self._noise(u, v)
        change *= np.where(self._bricks[thing] & _mortar(u, v), 1.35, 1)
        return np.clip(self._albedo[thing] * change[:, None], 0.01, 0.95).astype(np.float32)

    def _noise(self, u: Floats, v: Floats) -> Floats:
        """Three octaves of smooth noise over metres, about -1..1."""
        total = np.zeros(len(u), np.float32)
        for grain, cells_a_metre, share in zip(self._grain, (1.3, 6, 24), (0.35, 0.3, 0.2), strict=True):
            grid = np.stack([u, v]) * cells_a_metre + 128
            total += share * map_coordinates(grain, grid, order=1, mode="grid-wrap")
        return total


def _mortar(u: Floats, v: Floats) -> NDArray[np.bool_]:
    row = np.floor(v / 0.25)
    return np.asarray((v % 0.25 < 0.03) | ((u + row % 2 * 0.3) % 0.6 < 0.03))


def _sky(direction: Floats) -> Floats:
    """Paler towards the horizon."""
    height = direction[:, 2] / np.linalg.norm(direction, axis=1)
    blue = np.clip(height * 2.5, 0, 1)[:, None]
    return (np.array(SKY_RGB) * blue + np.array([0.80, 0.83, 0.86]) * (1 - blue)).astype(np.float32)


def _rays(origin: Floats, direction: Floats) -> o3d.core.Tensor:
    start = np.broadcast_to(origin, direction.shape)
    return o3d.core.Tensor.from_numpy(np.concatenate([start, direction], axis=1, dtype=np.float32))
