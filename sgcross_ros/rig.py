"""What is known of the sensors: camera model, frames and the transform between them, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sgcross_core.sensing import Calibration, CameraModel, RigidTransform
from sgcross_ros.diagnostics import OK, WARN, Finding
from sgcross_ros.static_tf import FrameTree

PLUMB_BOB = ("plumb_bob", "rational_polynomial", "")


@dataclass(frozen=True)
class View:
    """What the work on one moment needs. frame: of its results; calibration: None when unknown."""

    frame: str
    calibration: Calibration | None
    camera_frame: str = ""
    camera_alone: bool = False


class Rig:
    """Follows CameraInfo, transforms and the frames of messages.

    given: LiDAR to optical frame from the parameters; the tree is then not asked.
    Without a LiDAR the results are in `forward_frame`: at the camera, x forward, y left, z up.
    """

    def __init__(self, tree: FrameTree, given: RigidTransform | None = None) -> None:
        self.camera: CameraModel | None = None
        self.camera_frame = self.lidar_frame = ""
        self.fixed = False  # whether every link between the sensors is from /tf_static
        self._tree, self._given = tree, given
        self._info: tuple[Any, ...] | None = None
        self._view: View | None = None
        self._problem = ""

    @property
    def forward_frame(self) -> str:
        """Name of the frame of results without a LiDAR."""
        return f"{self.camera_frame or 'camera'}_forward"

    @property
    def view(self) -> View:
        """What the next moment needs; the same object until something changes."""
        if self._view is None:
            self._view = self._look()
        return self._view

    def saw_sweep(self, frame: str) -> None:
        """A sweep came in this frame."""
        if frame != self.lidar_frame:
            self.lidar_frame = frame
            self.refresh()

    def saw_camera_info(self, info: Any) -> None:
        """Take a sensor_msgs/CameraInfo; ValueError for a camera that is not calibrated or no pinhole."""
        known = (info.header.frame_id, info.distortion_model, *info.k, *info.d, info.width, info.height)
        if known == self._info:
            return
        self.camera = camera_model(info)
        self.camera_frame, self._info = info.header.frame_id, known
        self.refresh()

    def refresh(self) -> None:
        """Look the transform up again when it is needed next: something has changed."""
        self._view = None

    def finding(self) -> Finding:
        """Whether points can be projected into the picture, and what is missing otherwise."""
        view = self.view
        values = {
            "camera_frame": self.camera_frame,
            "lidar_frame": self.lidar_frame,
            "output_frame": view.frame,
        }
        if view.calibration is not None and not self._problem:
            where = "static" if self.fixed else "moving"
            sentence = "camera alone" if not self.lidar_frame else f"camera and LiDAR, {where} transform"
            return Finding("calibration", OK, sentence, values)
        return Finding("calibration", WARN, self._problem, values)

    def _look(self) -> View:
        self._problem, self.fixed = "", False
        if not self.lidar_frame:
            return self._camera_alone()
        if self.camera is None:
            self._problem = "no camera_info yet, so points are not projected"
            return View(self.lidar_frame, None, self.camera_frame)
        try:
            transform, self.fixed = self._transform()
        except LookupError as missing:
            self._problem = f"{missing.args[0]}, so camera and LiDAR are not joined"
            return View(self.lidar_frame, None, self.camera_frame)
        return View(self.lidar_frame, Calibration(self.camera, transform), self.camera_frame)

    def _transform(self) -> tuple[RigidTransform, bool]:
        if self._given is not None:
            return self._given, True
        return self._tree.lookup(self.lidar_frame, self.camera_frame)

    def _camera_alone(self) -> View:
        if self.camera is None:
            self._problem = "neither camera_info nor a sweep yet"
            return View(self.forward_frame, None, self.camera_frame, True)
        return View(self.forward_frame, Calibration.forward(self.camera), self.camera_frame, True)


def camera_model(info: Any) -> CameraModel:
    """The camera of a CameraInfo; ValueError names what does not fit."""
    if info.distortion_model not in PLUMB_BOB:
        raise ValueError(f"distortion_model must be plumb_bob; got {info.distortion_model!r}")
    distortion = np.zeros(5)
    given = np.array(info.d, np.float64)
    if given[5:].any():
        raise ValueError(f"only five distortion coefficients are supported; got {given.tolist()}")
    distortion[: min(5, len(given))] = given[:5]
    return CameraModel(np.array(info.k).reshape(3, 3), distortion, info.width, info.height)


def forward_to_camera(camera: CameraModel) -> RigidTransform:
    """From the forward frame into the optical frame."""
    return Calibration.forward(camera).lidar_to_camera
