"""A person frozen at one moment, placed in the world, ready for rays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import open3d as o3d
from numpy.typing import NDArray
from scipy.sparse import csr_array

from training.world.surroundings import Hits, lit, ray_scene, shaded_from

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Skin:
    """What stays the same over a walk: faces uint32 (F, 3), linear RGB albedo float32 (F, 3) 0..1."""

    faces: NDArray[np.uint32]
    albedo: Floats

    @cached_property
    def reflectivity(self) -> Floats:
        """For the laser, float32 (F,): cloth returns 20 to 80 percent, brighter cloth more."""
        return (0.2 + 0.6 * self.albedo.mean(axis=1)).astype(np.float32)

    @cached_property
    def corners(self) -> csr_array:
        """(V, F): which faces meet at a vertex."""
        rows, columns = self.faces.ravel(), np.repeat(np.arange(len(self.faces)), 3)
        return csr_array((np.ones(len(rows), np.float32), (rows, columns)))


@dataclass(frozen=True)
class Body:
    """person: seed; vertices: float32 (V, 3), metres, world frame."""

    person: int
    vertices: Floats
    skin: Skin

    @cached_property
    def scene(self) -> o3d.t.geometry.RaycastingScene:
        return ray_scene([(self.vertices, self.skin.faces)])

    @cached_property
    def normals(self) -> Floats:
        """Of the vertices, float32 (V, 3), unit length, outwards."""
        a, b, c = (self.vertices[self.skin.faces[:, i]] for i in range(3))
        sums = self.skin.corners @ np.cross(b - a, c - a)
        return (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    def light(self, points: Floats, face: NDArray[np.int64], weight: Floats, sun: Floats) -> Floats:
        """Linear RGB light (N, 3) from points (N, 3) on the body, see Hits; the body shades itself."""
        normal = self._smooth_normal(face, weight)
        shaded = shaded_from(self.scene, points + normal * 0.01, sun)
        return lit(self.skin.albedo[face], normal, sun, shaded)

    def _smooth_normal(self, face: NDArray[np.int64], weight: Floats) -> Floats:
        shares = np.stack([1 - weight.sum(axis=1), weight[:, 0], weight[:, 1]], axis=1)
        normal = np.einsum("nk,nkd->nd", shares, self.normals[self.skin.faces[face]])
        return (normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def visible(hits: Hits) -> NDArray[np.intp]:
    """Which rays met the body."""
    return np.flatnonzero(hits.thing >= 0)
