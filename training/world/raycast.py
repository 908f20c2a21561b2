"""Rays against a body in many poses: all poses in one Open3D scene, stacked in height.

One scene means one search tree and one call. Poses are STACK_M apart, so that no ray within 20 degrees of the
horizon, from a sensor up to 20 m away, meets another pose's body.
"""

from __future__ import annotations

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

Floats = NDArray[np.float32]

STACK_M = 12.0


class StackedBodies:
    """Meshes of P poses, all standing at the origin, that rays can be cast at, each ray at one pose.

    vertices: float32 (P, V, 3), metres; faces: int32 (F, 3)
    """

    def __init__(self, vertices: Floats, faces: NDArray[np.int32]) -> None:
        poses, corners, _ = vertices.shape
        self._faces = len(faces)
        lifted = vertices.reshape(-1, 3).copy()
        lifted[:, 2] += np.repeat(np.arange(poses, dtype=np.float32) * STACK_M, corners)
        shifted = faces[None] + (np.arange(poses) * corners)[:, None, None]
        self._scene = o3d.t.geometry.RaycastingScene(nthreads=1)
        self._scene.add_triangles(lifted, shifted.reshape(-1, 3).astype(np.uint32))

    def hits(self, poses: NDArray[np.intp], origins: Floats, directions: Floats) -> NDArray[np.bool_]:
        """Whether each ray meets the body of its pose, (R,); arguments as in distances."""
        rays = _rays(poses, origins, directions)
        return np.asarray(self._scene.test_occlusions(rays, nthreads=1).numpy())

    def distances(self, poses: NDArray[np.intp], origins: Floats, directions: Floats) -> Floats:
        """How far along each ray the body of its pose is, in lengths of the direction, (R,); inf for a miss.

        poses: (R,), 0 <= pose < P; origins: float32 (R, 3) or (3,); directions: float32 (R, 3)
        """
        return np.asarray(
            self._scene.cast_rays(_rays(poses, origins, directions), nthreads=1)["t_hit"].numpy()
        )

    def returns(
        self, poses: NDArray[np.intp], origins: Floats, directions: Floats
    ) -> tuple[Floats, NDArray[np.intp], Floats]:
        """Distances as above; the face (R,) that each ray meets, -1 for none; the cosine (R,) between the ray
        and the face's normal, for directions of unit length."""
        found = self._scene.cast_rays(_rays(poses, origins, directions), nthreads=1)
        distances = found["t_hit"].numpy()
        faces = found["primitive_ids"].numpy().astype(np.intp) % self._faces
        facing = np.abs(np.einsum("ij,ij->i", found["primitive_normals"].numpy(), directions))
        return distances, np.where(np.isfinite(distances), faces, -1), facing


def _rays(poses: NDArray[np.intp], origins: Floats, directions: Floats) -> o3d.core.Tensor:
    rays = np.empty((len(directions), 6), np.float32)
    rays[:, :3] = origins
    rays[:, 2] += poses * np.float32(STACK_M)
    rays[:, 3:] = directions
    return o3d.core.Tensor.from_numpy(rays)
