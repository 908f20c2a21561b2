"""The way into and out of a node's process."""

from __future__ import annotations

import gc
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from sgcross_ros import environment
from sgcross_ros.diagnostics import Refusals
from sgcross_ros.lifecycle import GaitNode

LOOK_S = 0.1  # between two looks whether to stop


def run(make: Callable[[], GaitNode[Any]], argv: list[str] | None = None) -> int:
    """Run one lifecycle node until it is told to stop; 0, or 2 when its parameters are not valid."""
    environment.prepare()
    # rclpy's own handlers shut the middleware down in another thread while this one still releases
    # subscriptions, which ended in a segmentation fault about once in twenty times.
    rclpy.init(args=argv, signal_handler_options=SignalHandlerOptions.NO)
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    try:
        node = make()
    except ValueError as wrong:
        sys.stderr.write(f"{wrong}\n")
        rclpy.try_shutdown()
        return 2
    if node.settings.autostart:
        node.start()
    try:
        spin(node, told)
    finally:
        once_is_enough()
        node.release()
        node.destroy_node()
        rclpy.try_shutdown()
        gc.freeze()  # collecting PyTorch's objects one by one would add a second to the way out
    return 0


def once_is_enough() -> None:
    """From here on the process is ending: a second Ctrl-C must not cut the way out short."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a handler of Python's would be gone before the process is


def spin(node: Any, told: threading.Event) -> None:
    """Work on callbacks until told to stop or a shutdown; an error in one is logged and the node lives on."""
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    # Waiting for messages, Python does not come to its signal handlers: something has to wake it.
    waker = node.create_timer(LOOK_S, lambda: None, clock=Clock(clock_type=ClockType.STEADY_TIME))
    refusals = Refusals(node.get_logger().error)
    while rclpy.ok() and not told.is_set():
        try:
            executor.spin_once()
        except ExternalShutdownException:
            return
        except Exception as error:  # noqa: BLE001 -- one bad message must not end the node
            log_failure(node.get_logger(), refusals, "callback", error)
    executor.remove_node(node)
    node.destroy_timer(waker)


def log_failure(logger: Any, refusals: Refusals, what: str, error: Exception) -> None:
    """Count an unexpected error and log its traceback, not more often than refusals are logged."""
    if rclpy.ok():  # while the process ends, publishing fails and that is no news
        refusals.add("failure", f"{what}: {error!r}")
        logger.debug(traceback.format_exc())
