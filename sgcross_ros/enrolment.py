"""Commands to the gallery as parameters: `enrol` takes "TRACK NAME", `forget` takes "NAME"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from rcl_interfaces.msg import ParameterDescriptor, SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from sgcross_core.identity import GalleryBusy

HELP = {
    "enrol": 'write-only: "TRACK NAME" stores the walk of a track under a name',
    "forget": 'write-only: "NAME" deletes a person for good',
}


class Register(Protocol):
    """What can enrol and forget; both return the sentence for the user and raise ValueError with a reason."""

    def enrol(self, track: int, name: str) -> str: ...

    def forget(self, name: str) -> str: ...


class GalleryParameters:
    """Two parameters that act when they are set and are empty again afterwards.

    sentence: what the last successful command did; "" when the last change was none of ours.
    """

    def __init__(self, node: Node, register: Callable[[], Register | None]) -> None:
        """register: gives what to command, None while the node is not configured."""
        self.sentence = ""
        self._node, self._register = node, register
        for name, description in HELP.items():
            node.declare_parameter(
                name, "", ParameterDescriptor(description=description), ignore_override=True
            )
        node.add_on_set_parameters_callback(self._act)
        node.add_post_set_parameters_callback(self._clear)

    def _act(self, changes: list[Parameter]) -> SetParametersResult:
        self.sentence = ""
        try:
            for change in changes:
                if change.name in HELP and change.value:
                    self.sentence = self._command(change.name, change.value)
        except (ValueError, GalleryBusy) as refused:
            return SetParametersResult(successful=False, reason=str(refused))
        return SetParametersResult(successful=True)

    def _command(self, name: str, text: str) -> str:
        register = self._register()
        if register is None:
            raise ValueError(f"{self._node.get_name()} is not configured: it has no gallery open")
        if name == "forget":
            return register.forget(text)
        track, _, person = text.strip().partition(" ")
        if not track.isdecimal() or not person.strip():
            raise ValueError(f'enrol needs "TRACK NAME", such as "3 Alice"; got {text!r}')
        return register.enrol(int(track), person.strip())

    def _clear(self, changes: list[Parameter]) -> None:
        """A name that is to be forgotten must not live on as a parameter."""
        done = [
            Parameter(change.name, value="") for change in changes if change.name in HELP and change.value
        ]
        if done:
            sentence = self.sentence
            self._node.set_parameters(done)
            self.sentence = sentence
