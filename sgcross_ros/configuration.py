"""The settings of each node; its parameters, the YAML file and the checks come from these."""

from __future__ import annotations

from dataclasses import dataclass

from sgcross_core import settings
from sgcross_core.identity import RecogniserConfig
from sgcross_core.people import PeopleConfig
from sgcross_core.sensing import PairingConfig
from sgcross_core.settings import nested, setting

AUTOSTART = "configure and activate without a lifecycle manager"


@dataclass(frozen=True)
class PeopleSettings:
    """people_node: from camera and LiDAR to tracked people."""

    autostart: bool = setting(True, AUTOSTART)
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


@dataclass(frozen=True)
class IdentitySettings:
    """identity_node: from tracked people to names."""

    autostart: bool = setting(True, AUTOSTART)
    gallery: str = setting(
        "~/.local/share/sgcross/gallery.db", "file of the enrolled people; made when missing"
    )
    weights: str = setting("", "weight file of the network; empty means the shipped one")
    device: str = setting("auto", "where the network runs", choices=("auto", "cpu", "cuda"))
    threads: int = setting(1, "CPU threads of the network; 0 leaves the choice to PyTorch", low=0, high=256)
    path_s: float = setting(10.0, "length of the path that the markers show", low=0.0, high=600.0, unit="s")
    recogniser: RecogniserConfig = nested(RecogniserConfig)  # noqa: RUF009

    def __post_init__(self) -> None:
        settings.check(self)


@dataclass(frozen=True)
class PlayerSettings:
    """player_node: plays a recording."""

    bag: str = setting("", "recording: an .mcap or .db3 file or the folder of a rosbag2")
    rate: float = setting(1.0, "times real time; 0 is as fast as the consumers keep up", low=0.0, high=100.0)
    loops: int = setting(1, "how often to play it; 0 is without end", low=0, high=1_000_000)
    topics: str = setting("", "topics to play, separated by commas; empty means all")
    remap: str = setting("", "old:=new pairs of topics, separated by commas")
    clock: bool = setting(True, "publish /clock")
    wait_for: str = setting("", "topics that need a subscriber before the start; empty means any one of them")
    wait_s: float = setting(30.0, "longest wait for subscribers", low=0.0, high=3600.0, unit="s")
    answers: str = setting(
        "tracks,identities", "topics whose stamps show how far the consumers are, for rate 0"
    )
    stuck_s: float = setting(
        2.0, "go on at rate 0 when no answer came for so long", low=0.1, high=600.0, unit="s"
    )
    exit: bool = setting(True, "end the process after the last message")

    def __post_init__(self) -> None:
        settings.check(self)


def words(text: str) -> list[str]:
    """The parts of a list that is separated by commas or spaces."""
    return text.replace(",", " ").split()
