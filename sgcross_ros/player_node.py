"""player_node: plays a recorded bag with /clock, at a rate or as fast as the other nodes keep up."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import rclpy
from rclpy.executors import ExternalShutdownException, ShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rosgraph_msgs.msg import Clock
from std_msgs.msg import String
from vision_msgs.msg import Detection3DArray

from sgcross_ros import environment, messages
from sgcross_ros.parameters import NodeParameters
from sgcross_ros.player_settings import PlayerSettings, words
from sgcross_ros.playing import Playing
from sgcross_ros.qos import LATCHED, RELIABLE
from sgcross_ros.recording import Recorded, Recording, message_class
from sgcross_ros.running import once_is_enough

PROGRESS_S = 0.2
LATEST = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
STATIC = "/tf_static"


class PlayerNode(Node):
    """Publishes the bytes of a recording as they are; ~/progress tells how far it is, as JSON."""

    def __init__(self, cli_args: Sequence[str] | None = None) -> None:
        """ValueError for a parameter, a bag or a topic that is not there; cli_args: as after --ros-args."""
        super().__init__("player_node", cli_args=list(cli_args or ()))
        self.parameters = NodeParameters(self, PlayerSettings())
        self.settings = self.parameters.value
        self.parameters.locked = "fixed while the player runs"
        self.recording = Recording(self.settings.bag, words(self.settings.topics))
        if self.recording.missing:
            self.get_logger().warning(f"not played, the types are not installed: {self.recording.missing}")
        self._names = renamed(list(self.recording.types), words(self.settings.remap))
        self.awaited = self._awaited()
        self._outputs = {topic: self._publisher(topic) for topic in self.recording.types}
        self._ticker = self.create_publisher(Clock, "/clock", RELIABLE) if self.settings.clock else None
        self._progress = self.create_publisher(String, "~/progress", LATEST)
        self._told_s = float("-inf")
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self)
        self.playing = Playing(self, self.recording, self.settings)
        for topic in words(self.settings.answers):
            self.create_subscription(Detection3DArray, topic, partial(self._answered, topic), RELIABLE)

    def publish(self, message: Recorded) -> None:
        """Send a recorded message on its topic."""
        self._outputs[message.topic].publish(message.data)

    def tick(self, bag_time: int) -> None:
        """Say what time it is in the bag, nanoseconds."""
        if self._ticker is not None:
            self._ticker.publish(Clock(clock=messages.to_time(bag_time)))

    def tell(self, state: str, values: dict[str, Any], force: bool = False) -> None:
        """Publish the progress, not more often than five times a second unless forced."""
        now = time.monotonic()
        if force or now - self._told_s >= PROGRESS_S:
            self._told_s = now
            self._progress.publish(String(data=json.dumps({"state": state, **values})))

    def deaf(self) -> list[str]:
        """Topics that are waited for and have no subscriber yet; one is enough when none was named."""
        silent = [t for t in self.awaited if self._outputs[t].get_subscription_count() == 0]
        enough = not words(self.settings.wait_for) and len(silent) < len(self.awaited)
        return [] if enough else silent

    def absent(self) -> list[str]:
        """Topics of consumers that have no publisher yet."""
        wanted = [self.resolve_topic_name(topic) for topic in words(self.settings.wait_for_nodes)]
        return [topic for topic in wanted if self.count_publishers(topic) == 0]

    def spin_until(self, end_s: float) -> None:
        """Work on callbacks until a time of the steady clock, at least once."""
        self._executor.spin_once(timeout_sec=max(0.0, end_s - time.monotonic()))
        while (left := end_s - time.monotonic()) > 0:
            self._executor.spin_once(timeout_sec=left)

    def _awaited(self) -> list[str]:
        """Recorded topics that need a subscriber, by their recorded names."""
        wanted = words(self.settings.wait_for)
        found = [t for t, name in self._names.items() if not wanted or t in wanted or name in wanted]
        if not found:
            has, which = ", ".join(sorted(self._names)) or "none that can be played", ", ".join(wanted)
            raise ValueError(f"{self.settings.bag} has none of the topics {which}; it has: {has}")
        return found

    def _publisher(self, topic: str) -> Any:
        kind = message_class(self.recording.types[topic])
        return self.create_publisher(kind, self._names[topic], LATCHED if topic == STATIC else RELIABLE)

    def _answered(self, topic: str, message: Detection3DArray) -> None:
        self.playing.answered(topic, messages.to_ns(message.header.stamp))


def renamed(topics: Sequence[str], rules: Sequence[str]) -> dict[str, str]:
    """New name of each topic by old:=new rules; ValueError for a rule of another form or an unknown topic."""
    names = {topic: topic for topic in topics}
    for rule in rules:
        old, sign, new = rule.partition(":=")
        if not (sign and new) or old not in names:
            raise ValueError(f"remap needs old:=new with old one of {', '.join(sorted(names))}; got {rule!r}")
        names[old] = new
    return names


def main(argv: list[str] | None = None) -> int:
    """Play; 2 when there is nothing that can be played, 1 when nobody listens."""
    environment.prepare()
    rclpy.init(args=argv)
    try:
        node = PlayerNode()
        node.playing.play()
        while not node.settings.exit:
            node.spin_until(time.monotonic() + 1.0)
    except (KeyboardInterrupt, ExternalShutdownException, ShutdownException):
        return 0
    except (ValueError, TimeoutError) as wrong:
        sys.stderr.write(f"player_node: {wrong}\n")
        return 2 if isinstance(wrong, ValueError) else 1
    finally:
        once_is_enough()
        rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
