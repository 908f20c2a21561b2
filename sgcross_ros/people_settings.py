"""The settings of people_node; its parameters, the YAML file and the checks come from these."""

from __future__ import annotations

from dataclasses import dataclass

from sgcross_core import settings
from sgcross_core.people import PeopleConfig
from sgcross_core.sensing import PairingConfig, RigidTransform
from sgcross_core.settings import nested, setting


@dataclass(frozen=True)
class PeopleSettings:
    """people_node: from camera and LiDAR to tracked people."""

    autostart: bool = setting(True, "configure and activate without a lifecycle manager")
    camera: bool = setting(True, "listen to a camera")
    lidar: bool = setting(True, "listen to a LiDAR")
    compressed: bool = setting(False, "image is a sensor_msgs/CompressedImage instead of an Image")
    overlay_width: int = setting(
        960, "wider camera pictures are made smaller for the overlay", low=64, high=7680, unit="pixels"
    )
    lidar_to_camera: str = setting(
        "",
        "the LiDAR in the optical frame of the camera, x y z (m) qx qy qz qw; empty means from /tf_static",
    )
    pairing: PairingConfig = nested(PairingConfig)  # noqa: RUF009
    people: PeopleConfig = nested(PeopleConfig)  # noqa: RUF009

    def __post_init__(self) -> None:
        settings.check(self)
        if not (self.camera or self.lidar):
            raise ValueError("camera and lidar are both false; people_node needs at least one of them")
        self.given_transform()

    def given_transform(self) -> RigidTransform | None:
        """`lidar_to_camera`, None when it is empty; ValueError when it is not seven numbers or not rigid."""
        words = self.lidar_to_camera.split()
        if not words:
            return None
        try:
            numbers = [float(word) for word in words]
            if len(numbers) != 7:
                raise ValueError(f"got {len(numbers)} of seven numbers")
            return RigidTransform.from_quaternion(numbers[:3], numbers[3:])
        except ValueError as wrong:
            raise ValueError(f"lidar_to_camera must be x y z qx qy qz qw: {wrong}") from wrong
