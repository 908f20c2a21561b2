"""What an act needs: the nodes as processes, the player, and somebody who watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rclpy.executors import SingleThreadedExecutor
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore

from sgcross_ros.demo.counting import play_counts
from sgcross_ros.demo.observer import Observer
from sgcross_ros.demo.operator import Operator
from sgcross_ros.demo.processes import Child, Family
from sgcross_ros.demo.progress import Progress
from sgcross_ros.demo.records import Recording
from sgcross_ros.demo.truth import Truth
from sgcross_ros.environment import child_environment

IMAGE, INFO, POINTS = "/camera/image_raw/compressed", "/camera/camera_info", "/lidar/points"
TOPICS = {"camera": (IMAGE, INFO, "/tf_static"), "lidar": (POINTS, "/tf_static")}
TOPICS["both"] = (IMAGE, INFO, POINTS, "/tf_static")
READY_S = 90.0
LOOK_S = 0.1
SETTLE_S = 1.5  # diagnostics come once a second; the last answers sooner
REMAPS = {"image": IMAGE, "camera_info": INFO, "points": POINTS}


class NotReady(RuntimeError):
    """The nodes did not come up in time."""


@dataclass
class Stage:
    """One set of running nodes; made by `stage`."""

    family: Family
    observer: Observer
    executor: SingleThreadedExecutor
    nodes: list[Child]
    rate: float

    def wait_ready(self) -> None:
        """ChildFailed or NotReady when the nodes do not come up."""
        end = time.monotonic() + READY_S
        while not self.observer.ready():
            self.spin(0.1)
            if self.observer.problem:
                raise NotReady(f"{self.observer.problem}; see {self.family.logs}")
            if time.monotonic() > end:
                raise NotReady(f"the nodes were not ready after {READY_S:g} s; see {self.family.logs}")

    def spin(self, seconds: float) -> None:
        """Take messages for a while; ChildFailed when a node has ended."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.executor.spin_once(timeout_sec=left)
        for node in self.nodes:
            node.check_alive()

    def play(
        self, bag: Path, sensor: str, truth: Truth, words: str, operator: Operator | None = None,
        pictures: int = 0, loops: int = 1, each: Callable[[], None] | None = None,
    ) -> Recording:  # fmt: skip
        """Play a bag's topics of one sensor, or of "both", to the end; what was seen meanwhile.

        operator: may enrol; pictures: overlays to keep; each: called ten times a second
        """
        before = dict(self.observer.reports)
        self.observer.begin(operator, pictures)
        command = player_command(bag, sensor, self.rate, loops)
        player = self.family.start(f"player-{bag.stem}-{sensor}", command)
        with Progress(words, truth) as progress:
            while not player.ended():
                self.spin(LOOK_S)
                progress.show(self.observer)
                if each is not None:
                    each()
        player.check()
        self.spin(SETTLE_S)
        recording = self.observer.recording
        played = {key: count * loops for key, count in sent(bag, sensor).items()}
        recording.counts = play_counts(before, self.observer.reports, played)
        return recording


@contextmanager
def stage(logs: Path, gallery: Path, rate: float, weights: str = "") -> Iterator[Stage]:
    """Both nodes, ready, with their gallery and weights ("": the shipped ones); they end with the block."""
    chosen = {"gallery": str(gallery)} | ({"weights": weights} if weights else {})
    with Family(logs, child_environment()) as family:
        nodes = [
            family.start("people_node", node_command("people_node", {"compressed": "true"}, REMAPS)),
            family.start("identity_node", node_command("identity_node", chosen)),
        ]
        executor, observer = SingleThreadedExecutor(), Observer(rate)
        executor.add_node(observer)
        try:
            made = Stage(family, observer, executor, nodes, rate)
            made.wait_ready()
            yield made
        finally:
            observer.destroy_node()


def player_command(bag: Path, sensor: str, rate: float, loops: int = 1) -> list[str]:
    """The command line of the player for one sensor's topics."""
    parameters = {"bag": str(bag), "rate": str(float(rate)), "loops": str(loops)}
    return ros_command("player_node", {**parameters, "topics": ",".join(TOPICS[sensor])})


def node_command(
    name: str, parameters: Mapping[str, str], remaps: Mapping[str, str] | None = None
) -> list[str]:
    """The command line of a node that lives in the bag's time."""
    return ros_command(name, {"use_sim_time": "true", **parameters}, remaps)


def ros_command(
    name: str, parameters: Mapping[str, str], remaps: Mapping[str, str] | None = None
) -> list[str]:
    """A node of ours as a process of this Python."""
    options = [word for key, value in parameters.items() for word in ("-p", f"{key}:={value}")]
    options += [word for old, new in (remaps or {}).items() for word in ("-r", f"{old}:={new}")]
    return [sys.executable, "-m", f"sgcross_ros.{name}", "--ros-args", *options]


def sent(bag: Path, sensor: str) -> dict[str, int]:
    """How many sweeps and frames of a bag are played for a sensor."""
    with AnyReader([bag], default_typestore=get_typestore(Stores.ROS2_JAZZY)) as reader:
        counts = {connection.topic: connection.msgcount for connection in reader.connections}
    return {
        "sweeps": counts.get(POINTS, 0) if POINTS in TOPICS[sensor] else 0,
        "frames": counts.get(IMAGE, 0) if IMAGE in TOPICS[sensor] else 0,
    }
