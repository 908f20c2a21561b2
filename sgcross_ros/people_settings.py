"""The settings of people_node; its parameters, the YAML file and the checks come from these."""

from __future__ import annotations

from dataclasses import dataclass

from sgcross_core import settings
from sgcross_core.people import PeopleConfig
from sgcross_core.sensing import PairingConfig
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
    pairing: PairingConfig = nested(PairingConfig)  # noqa: RUF009
    people: PeopleConfig = nested(PeopleConfig)  # noqa: RUF009

    def __post_init__(self) -> None:
        settings.check(self)
        if not (self.camera or self.lidar):
            raise ValueError("camera and lidar are both false; people_node needs at least one of them")
