"""ROS for tests: a domain of its own, a node to talk with, child processes that do not outlive a test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sgcross_ros import environment

environment.prepare()


@pytest.fixture(scope="session")
def domain() -> int:
    """A ROS domain that no other run on this machine has at the same time."""
    return environment.claim_domain()


@pytest.fixture(scope="module")
def ros(domain: int) -> Iterator[Any]:
    """rclpy, started for this module's tests."""
    rclpy = pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.private(domain).items():
            patch.setenv(name, value)
        rclpy.init()
        yield rclpy
        rclpy.try_shutdown()


class Peer:
    """A node of the test: publishes, listens, calls; heard: the messages of each topic."""

    def __init__(self, rclpy: Any) -> None:
        from rclpy.executors import SingleThreadedExecutor

        self.node = rclpy.create_node("test_peer")
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.heard: dict[str, list[Any]] = defaultdict(list)
        self._publishers: dict[str, Any] = {}

    def listen(self, kind: type, topic: str, qos: Any) -> None:
        """Keep what comes on a topic."""
        self.node.create_subscription(kind, topic, self.heard[topic].append, qos)

    def advertise(self, kind: type, topic: str, qos: Any = 10) -> None:
        """Be ready to publish on a topic."""
        self._publishers[topic] = self.node.create_publisher(kind, topic, qos)

    def say(self, topic: str, message: Any) -> None:
        """Publish on an advertised topic."""
        self._publishers[topic].publish(message)

    def listened_to(self, *topics: str) -> bool:
        """Whether each of these topics has a subscriber."""
        return all(self._publishers[topic].get_subscription_count() for topic in topics)

    def until(self, true: Callable[[], Any], seconds: float = 20.0) -> Any:
        """Work until something is true and return it; fails the test after some seconds."""
        end = time.monotonic() + seconds
        while not (found := true()):
            if time.monotonic() > end:
                pytest.fail(
                    f"not true within {seconds} s; heard { ({t: len(m) for t, m in self.heard.items()}) }"
                )
            self.executor.spin_once(timeout_sec=0.02)
        return found

    def spin(self, seconds: float) -> None:
        """Work for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.02)

    def findings(self, source: str) -> dict[str, Any]:
        """Newest diagnostic status of a node by its name without the node's."""
        newest = {}
        for report in self.heard["/diagnostics"]:
            newest |= {s.name.split(": ")[1]: s for s in report.status if s.name.startswith(f"{source}: ")}
        return newest

    def call(self, kind: type, name: str, request: Any) -> Any:
        """The response of a service."""
        client = self.node.create_client(kind, name)
        self.until(client.service_is_ready)
        future = client.call_async(request)
        self.until(future.done)
        self.node.destroy_client(client)
        return future.result()


@pytest.fixture(scope="module")
def peer(ros: Any) -> Iterator[Peer]:
    """One for a module's tests."""
    made = Peer(ros)
    yield made
    made.executor.shutdown()
    made.node.destroy_node()


@pytest.fixture
def new_peer(ros: Any) -> Iterator[Callable[[], Peer]]:
    """Makes peers for one test."""
    made: list[Peer] = []
    yield lambda: made.append(Peer(ros)) or made[-1]  # type: ignore[func-returns-value]
    for peer in made:
        peer.executor.shutdown()
        peer.node.destroy_node()


class Child:
    """A process of ours."""

    def __init__(self, module: str, arguments: Sequence[str], log: Path) -> None:
        self.log = log
        with log.open("wb") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=environment.child_environment(),
            )

    def interrupt(self, seconds: float = 20.0) -> int:
        """Ctrl-C by an impatient person; the exit status."""
        self.process.send_signal(signal.SIGINT)
        time.sleep(0.05)
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)

    def words(self) -> str:
        """What it has said."""
        return self.log.read_text(errors="replace")


@pytest.fixture(scope="module")
def start(ros: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Child]]:
    """Starts a module of ours with arguments; what still runs in the end is killed."""
    folder = tmp_path_factory.mktemp("logs")
    children: list[Child] = []

    def make(module: str, *arguments: str) -> Child:
        children.append(Child(module, arguments, folder / f"{len(children)}.log"))
        return children[-1]

    yield make
    for child in children:
        if child.process.poll() is None:
            os.kill(child.process.pid, signal.SIGKILL)
            child.process.wait()


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weight file that knows nobody."""
    from sgcross_core.runtime.untrained import write_untrained

    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    write_untrained(path)
    return path
