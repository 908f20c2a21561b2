"""Where sensors are and how a camera draws: rigid transforms, a pinhole with plumb-bob distortion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating[Any]]
Pixels = NDArray[np.float32]

NEAREST_M = 0.1  # what is nearer to the camera's plane has no pixel
ORTHONORMAL = 1e-3  # how far R R' may be from the identity
UNIT_QUATERNION = 0.01  # how far a quaternion's length may be from one


@dataclass(frozen=True, eq=False)
class RigidTransform:
    """A rotation and a shift. matrix: float64 (4, 4), maps points of one frame into another, metres."""

    matrix: NDArray[np.float64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrix", _finite("transform matrix", self.matrix, (4, 4)))
        if not np.allclose(self.matrix[3], (0, 0, 0, 1), atol=1e-9):
            raise ValueError(f"transform: the last row must be 0 0 0 1; got {self.matrix[3].tolist()}")
        misfit = float(np.abs(self.rotation @ self.rotation.T - np.eye(3)).max())
        if misfit > ORTHONORMAL:
            raise ValueError(
                f"transform: rotation times its transpose is off the identity by {misfit:.3g}; at most 0.001"
            )
        if (determinant := float(np.linalg.det(self.rotation))) < 0:
            raise ValueError(
                f"transform: determinant of the rotation must be +1; got {determinant:.3g} (a mirror)"
            )

    @classmethod
    def identity(cls) -> RigidTransform:
        """The transform that changes nothing."""
        return cls(np.eye(4))

    @classmethod
    def from_quaternion(cls, translation: Sequence[float], xyzw: Sequence[float]) -> RigidTransform:
        """From metres (3,) and a unit quaternion in the order x y z w (4,), as ROS transforms have them."""
        shift, quaternion = _finite("translation", translation, (3,)), _finite("quaternion", xyzw, (4,))
        if abs((length := float(np.linalg.norm(quaternion))) - 1) > UNIT_QUATERNION:
            raise ValueError(
                f"quaternion must have length 1; got {quaternion.tolist()} of length {length:.3g}"
            )
        x, y, z, w = quaternion / length
        matrix = np.eye(4)
        matrix[:3, :3] = [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
        matrix[:3, 3] = shift
        return cls(matrix)

    @property
    def rotation(self) -> NDArray[np.float64]:
        """float64 (3, 3)."""
        return self.matrix[:3, :3]

    @property
    def translation(self) -> NDArray[np.float64]:
        """float64 (3,), metres."""
        return self.matrix[:3, 3]

    def apply(self, points: Floats) -> Floats:
        """Points (P, 3) of the source frame in the target frame; float32 stays float32."""
        kind = np.float32 if points.dtype == np.float32 else np.float64
        moved: Floats = points @ self.rotation.T.astype(kind) + self.translation.astype(kind)
        return moved

    def inverse(self) -> RigidTransform:
        """The transform the other way."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.rotation.T
        matrix[:3, 3] = -self.rotation.T @ self.translation
        return RigidTransform(matrix)

    def __matmul__(self, other: RigidTransform) -> RigidTransform:
        """First other, then self."""
        return RigidTransform(self.matrix @ other.matrix)


@dataclass(frozen=True, eq=False)
class CameraModel:
    """A pinhole camera with plumb-bob distortion, as in sensor_msgs/CameraInfo.

    matrix: float64 (3, 3) K, pixels; distortion: float64 (5,) k1 k2 p1 p2 k3; width, height: pixels.
    """

    matrix: NDArray[np.float64]
    distortion: NDArray[np.float64]
    width: int
    height: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrix", _finite("camera matrix", self.matrix, (3, 3)))
        object.__setattr__(self, "distortion", _finite("camera distortion", self.distortion, (5,)))
        if self.width < 1 or self.height < 1:
            raise ValueError(f"camera width and height must be at least 1; got {self.width}x{self.height}")
        if self.matrix[0, 0] <= 0 or self.matrix[1, 1] <= 0:
            raise ValueError(
                f"camera matrix: fx and fy must be positive (is it calibrated?); got {self._diagonal()}"
            )
        if not np.allclose(self.matrix[[0, 1, 2, 2, 2], [1, 0, 0, 1, 2]], (0, 0, 0, 0, 1)):
            raise ValueError(f"camera matrix must be fx 0 cx, 0 fy cy, 0 0 1; got {self.matrix.tolist()}")

    def project(self, points: Floats) -> Pixels:
        """Pixels (u right, v down), float32 (P, 2), of points (P, 3) in the optical frame.

        NaN when nearer than 0.1 m to the camera's plane or behind it, and outside the angle up to which the
        distortion's polynomial grows: beyond it points would fold back into the picture.
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            flat: Floats = points[:, :2] / np.where(points[:, 2:] > NEAREST_M, points[:, 2:], np.nan)
            if self.distortion.any():
                flat = self._distorted(flat)
            pixels = flat * self.matrix[[0, 1], [0, 1]] + self.matrix[:2, 2]
        return pixels.astype(np.float32)

    def rays(self, pixels: Floats) -> Pixels:
        """Directions float32 (P, 3) with z = 1 in the optical frame that pixels (P, 2) look along."""
        if len(pixels) == 0:
            return np.empty((0, 3), np.float32)
        columns = np.ascontiguousarray(pixels, np.float64).reshape(-1, 1, 2)
        flat = cv2.undistortPoints(columns, self.matrix, self.distortion).reshape(-1, 2)
        return np.column_stack([flat, np.ones(len(flat))]).astype(np.float32)

    def _distorted(self, flat: Floats) -> Floats:
        k1, k2, p1, p2, k3 = self.distortion
        x, y = flat.T
        square = np.where((r2 := x * x + y * y) < self._widest, r2, np.nan)
        radial = 1 + square * (k1 + square * (k2 + square * k3))
        return np.column_stack([
            x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x),
            y * radial + 2 * p2 * x * y + p1 * (square + 2 * y * y),
        ])  # fmt: skip

    @cached_property
    def _widest(self) -> float:
        """Square of the radius where distortion stops growing: d/dr r (1 + k1 r2 + k2 r4 + k3 r6) = 0."""
        k1, k2, _, _, k3 = self.distortion
        roots = np.roots([7 * k3, 5 * k2, 3 * k1, 1.0])
        turns = roots.real[(np.abs(roots.imag) < 1e-9) & (roots.real > 0)]
        return float(turns.min(initial=np.inf))

    def _diagonal(self) -> str:
        return f"fx={self.matrix[0, 0]:g}, fy={self.matrix[1, 1]:g}"


@dataclass(frozen=True, eq=False)
class Calibration:
    """A camera and where the LiDAR is relative to it."""

    camera: CameraModel
    lidar_to_camera: RigidTransform

    @classmethod
    def forward(cls, camera: CameraModel) -> Calibration:
        """A camera at the LiDAR's origin that looks along x, for when there is a camera and nothing else."""
        matrix = np.eye(4)
        matrix[:3, :3] = [[0, -1, 0], [0, 0, -1], [1, 0, 0]]  # optical x is -y, y is -z, z is x
        return cls(camera, RigidTransform(matrix))

    def project(self, points: Floats) -> Pixels:
        """Pixels, float32 (P, 2), of LiDAR points (P, 3); NaN as in CameraModel.project."""
        return self.camera.project(self.lidar_to_camera.apply(points))

    def rays(self, pixels: Floats) -> Pixels:
        """Directions, float32 (P, 3), in the LiDAR frame of pixels (P, 2); not of unit length."""
        return np.asarray(self.camera.rays(pixels) @ self.lidar_to_camera.rotation, np.float32)

    @cached_property
    def camera_position(self) -> NDArray[np.float64]:
        """Where the camera is, float64 (3,), metres, LiDAR frame."""
        return self.lidar_to_camera.inverse().translation


def _finite(name: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    array = np.array(values, np.float64)
    if array.shape != shape:
        raise ValueError(f"{name} must have the shape {shape}; got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; got {array.tolist()}")
    array.setflags(write=False)
    return array
