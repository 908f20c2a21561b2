"""The way into and out of a node's process."""

from __future__ import annotations

import gc
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor

from sgcross_ros import environment
from sgcross_ros.diagnostics import Refusals
from sgcross_ros.lifecycle import GaitNode


def run(make: Callable[[], GaitNode[Any]], argv: list[str] | None = None) -> int:
    """Run one lifecycle node until it is told to stop; 0, or 2 when its parameters are not valid."""
    environment.prepare()
    rclpy.init(args=argv)
    try:
        node = make()
    except ValueError as wrong:
        sys.stderr.write(f"{wrong}\n")
        rclpy.try_shutdown()
        return 2
    if node.settings.autostart:
        node.start()
    try:
        spin(node)
    except KeyboardInterrupt:
        pass  # outside of a callback
    finally:
        once_is_enough()
        node.release()
        node.destroy_node()
        rclpy.try_shutdown()
        gc.freeze()  # collecting PyTorch's objects one by one would add a second to the way out
    return 0


def once_is_enough() -> None:
    """From here on the process is ending: a second Ctrl-C must not cut the release short."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def spin(node: Any) -> None:
    """Work on callbacks until Ctrl-C or a shutdown; an error in one is logged and the node lives on."""
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    refusals = Refusals(node.get_logger().error)
    while rclpy.ok():
        try:
            executor.spin_once()
        except (KeyboardInterrupt, ExternalShutdownException):
            return
        except Exception as error:  # noqa: BLE001 -- one bad message must not end the node
            log_failure(node.get_logger(), refusals, "callback", error)


def log_failure(logger: Any, refusals: Refusals, what: str, error: Exception) -> None:
    """Count an unexpected error and log its traceback, not more often than refusals are logged."""
    if rclpy.ok():  # while the process ends, publishing fails and that is no news
        refusals.add("failure", f"{what}: {error!r}")
        logger.debug(traceback.format_exc())
