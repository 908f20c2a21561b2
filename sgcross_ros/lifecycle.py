"""A lifecycle node that tells why a transition failed, survives it, and gives back what it held."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Generic, TypeVar

from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.service import Service

from sgcross_ros.parameters import NodeParameters

T = TypeVar("T")

LOCKED = "fixed while the node is configured; deactivate and clean it up first"


class GaitNode(LifecycleNode, Generic[T]):
    """Base of our nodes. What `configure` and `activate` put on their stack is released on the way back.

    A step that raises logs its traceback, releases what it had acquired and leaves the node where it was.
    phase: "unconfigured", "inactive" or "active"; failure: why the last step up failed, else "".
    """

    def __init__(self, name: str, defaults: T) -> None:
        """ValueError for a parameter that is not valid, naming it."""
        super().__init__(name)
        self.phase, self.failure = "unconfigured", ""
        self.parameters: NodeParameters[T] = NodeParameters(self, defaults)
        self._configured, self._active = ExitStack(), ExitStack()
        answer_illegal_transitions(self)

    @property
    def settings(self) -> T:
        """The settings as the parameters say."""
        return self.parameters.value

    def configure(self, held: ExitStack) -> None:
        """Open and load what the settings name."""

    def activate(self, held: ExitStack) -> None:
        """Start to listen and to work."""

    def start(self) -> bool:
        """Configure and activate without waiting for a lifecycle manager; whether both went well."""
        success = TransitionCallbackReturn.SUCCESS
        return bool(self.trigger_configure() == success and self.trigger_activate() == success)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """rclpy calls this."""
        return self._up("configure", self.configure, self._configured, "inactive", LOCKED)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """rclpy calls this."""
        return self._up("activate", self.activate, self._active, "active", LOCKED)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """rclpy calls this."""
        return self._down("inactive", self._active)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """rclpy calls this."""
        return self._down("unconfigured", self._active, self._configured)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """rclpy calls this."""
        return self._down("unconfigured", self._active, self._configured)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """rclpy calls this."""
        return self._down("unconfigured", self._active, self._configured)

    def release(self) -> None:
        """Give back everything, whatever the phase: the way out of the process."""
        self._down("unconfigured", self._active, self._configured)

    def _up(
        self, step: str, acquire: Callable[[ExitStack], None], kept: ExitStack, phase: str, lock: str
    ) -> TransitionCallbackReturn:
        try:
            with ExitStack() as held:
                acquire(held)
                kept.push(held.pop_all())
        except Exception as error:  # noqa: BLE001 -- rclpy would swallow it without a word
            self.failure = f"cannot {step}: {error}"
            self.get_logger().error(f"{self.failure}\n{traceback.format_exc()}")
            return TransitionCallbackReturn.FAILURE
        self.failure, self.parameters.locked = "", lock
        self._enter(phase)
        return TransitionCallbackReturn.SUCCESS

    def _down(self, phase: str, *kept: ExitStack) -> TransitionCallbackReturn:
        for stack in kept:
            try:
                stack.close()
            except Exception:  # noqa: BLE001 -- the rest must be released all the same
                self.get_logger().error(f"while going {phase}:\n{traceback.format_exc()}")
        self._enter(phase)
        self.parameters.locked = "" if phase == "unconfigured" else LOCKED
        return TransitionCallbackReturn.SUCCESS

    def _enter(self, phase: str) -> None:
        if phase != self.phase and self.context.ok():  # a log message after the shutdown is an error itself
            self.get_logger().info(phase)
        self.phase = phase


def answer_illegal_transitions(node: LifecycleNode) -> None:
    """Let the change_state service answer false to a transition that its state does not have.

    rclpy raises there instead, which ends the node (ros2/rclpy issue 1209).
    """
    service: Service = node._service_change_state
    change: Callable[[Any, Any], Any] = service.callback

    def guarded(request: Any, response: Any) -> Any:
        try:
            return change(request, response)
        except Exception as error:  # noqa: BLE001 -- RCLError is private to rclpy
            wanted = request.transition.label or request.transition.id
            node.get_logger().error(f"no transition {wanted!r} from here: {error}")
            response.success = False
            return response

    service.callback = guarded
