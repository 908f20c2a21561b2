"""The settings of player_node, which are its parameters."""

from __future__ import annotations

from dataclasses import dataclass

from sgcross_core import settings
from sgcross_core.settings import setting


@dataclass(frozen=True)
class PlayerSettings:
    """player_node: plays a recording."""

    bag: str = setting("", "recording: an .mcap or .db3 file or the folder of a rosbag2")
    rate: float = setting(1.0, "times real time; 0 is as fast as the consumers keep up", low=0.0, high=100.0)
    loops: int = setting(1, "how often to play it; 0 is without end", low=0, high=1_000_000)
    topics: str = setting("", "topics to play, separated by commas; empty means all")
    remap: str = setting("", "old:=new pairs of topics, separated by commas")
    clock: bool = setting(True, "publish /clock")
    wait_for: str = setting(
        "", "topics of the bag that need a subscriber before the start; empty means any one"
    )
    wait_for_nodes: str = setting("", "topics that need a publisher before the start, such as identities")
    wait_s: float = setting(
        30.0, "longest wait for subscribers and publishers", low=0.0, high=3600.0, unit="s"
    )
    settle_s: float = setting(
        1.5, "pause after that, in which nodes find each other", low=0.0, high=60.0, unit="s"
    )
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
