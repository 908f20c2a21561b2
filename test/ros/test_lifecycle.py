"""The base of our nodes goes through every transition and survives steps that raise."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from sgcross_core.settings import setting

CONFIGURE, CLEANUP, ACTIVATE, DEACTIVATE, SHUTDOWN = 1, 2, 3, 4, 5  # lifecycle_msgs/Transition


@dataclass(frozen=True)
class Nothing:
    number: int = setting(1, "a number", low=0)


@pytest.fixture
def node(ros: Any) -> Iterator[Any]:
    from sgcross_ros.lifecycle import GaitNode

    class Noted(GaitNode[Nothing]):
        """Notes what it acquires and releases; `broken` names the step that raises half-way."""

        def __init__(self) -> None:
            super().__init__("noted", Nothing())
            self.notes: list[str] = []
            self.broken = ""

        def configure(self, held: ExitStack) -> None:
            self._acquire(held, "model", "configure")

        def activate(self, held: ExitStack) -> None:
            self._acquire(held, "thread", "activate")

        def _acquire(self, held: ExitStack, what: str, step: str) -> None:
            for part in ("first", "second"):
                self.notes.append(f"+{what} {part}")
                held.callback(self.notes.append, f"-{what} {part}")
                if self.broken == step:
                    raise RuntimeError(f"no {what}")

    made = Noted()
    yield made
    made.destroy_node()


def trigger(node: Any, transition: int) -> bool:
    """As the service does it."""
    from lifecycle_msgs.srv import ChangeState

    request = ChangeState.Request()
    request.transition.id = transition
    return bool(node._service_change_state.callback(request, ChangeState.Response()).success)


def state(node: Any) -> str:
    return str(node._state_machine.current_state[1])


UP = ["+model first", "+model second", "+thread first", "+thread second"]
DOWN = ["-thread second", "-thread first", "-model second", "-model first"]


def test_a_whole_life_releases_in_reverse(node: Any) -> None:
    for transition in (CONFIGURE, ACTIVATE, DEACTIVATE, CLEANUP):
        assert trigger(node, transition)
    assert node.notes == UP + DOWN and state(node) == node.phase == "unconfigured"


LEGAL = [
    ([], CONFIGURE, "inactive"),
    ([CONFIGURE], ACTIVATE, "active"),
    ([CONFIGURE], CLEANUP, "unconfigured"),
    ([CONFIGURE, ACTIVATE], DEACTIVATE, "inactive"),
    ([CONFIGURE, ACTIVATE, DEACTIVATE], ACTIVATE, "active"),
    ([], SHUTDOWN, "finalized"),
    ([CONFIGURE], SHUTDOWN + 1, "finalized"),
    ([CONFIGURE, ACTIVATE], SHUTDOWN + 2, "finalized"),
]


@pytest.mark.parametrize("before, transition, after", LEGAL)
def test_every_legal_transition(node: Any, before: list[int], transition: int, after: str) -> None:
    assert all(trigger(node, step) for step in before)
    assert trigger(node, transition) and state(node) == after
    if after == "finalized":
        assert sorted(note[1:] for note in node.notes if note[0] == "+") == sorted(
            note[1:] for note in node.notes if note[0] == "-"
        )


ILLEGAL = [
    ([], ACTIVATE),
    ([], DEACTIVATE),
    ([], CLEANUP),
    ([CONFIGURE], CONFIGURE),
    ([CONFIGURE], DEACTIVATE),
]
ILLEGAL += [([CONFIGURE, ACTIVATE], step) for step in (CONFIGURE, ACTIVATE, CLEANUP)] + [([], 200)]


@pytest.mark.parametrize("before, transition", ILLEGAL)
def test_an_illegal_transition_is_refused_and_changes_nothing(
    node: Any, before: list[int], transition: int
) -> None:
    assert all(trigger(node, step) for step in before)
    held, was = list(node.notes), state(node)
    assert not trigger(node, transition)
    assert (node.notes, state(node)) == (held, was)


@pytest.mark.parametrize("step, before", [("configure", []), ("activate", [CONFIGURE])])
def test_a_step_that_raises_fails_tells_why_and_can_be_repeated(
    node: Any, step: str, before: list[int]
) -> None:
    assert all(trigger(node, earlier) for earlier in before)
    was, held = node.phase, list(node.notes)
    node.broken = step
    transition = CONFIGURE if step == "configure" else ACTIVATE
    assert not trigger(node, transition)
    assert node.phase == was and node.failure.startswith(f"cannot {step}: no ")
    assert node.notes[len(held) :] == [node.notes[len(held)], f"-{node.notes[len(held)][1:]}"]
    node.broken = ""
    assert trigger(node, transition) and node.failure == ""


def test_a_release_that_raises_releases_the_rest(node: Any) -> None:
    assert node.start()
    node._active.callback(lambda: 1 / 0)
    assert trigger(node, DEACTIVATE) and trigger(node, CLEANUP)
    assert node.notes == UP + DOWN


def test_start_stops_at_the_step_that_fails(node: Any) -> None:
    node.broken = "activate"
    assert not node.start() and node.phase == "inactive"


def test_settings_are_fixed_while_configured(node: Any) -> None:
    from rclpy.parameter import Parameter

    def change(value: int) -> bool:
        return bool(node.set_parameters([Parameter("number", value=value)])[0].successful)

    assert change(2) and node.settings.number == 2
    trigger(node, CONFIGURE)
    assert not change(3) and node.settings.number == 2
    trigger(node, CLEANUP)
    assert change(3) and node.settings.number == 3


def test_people_node_holds_nothing_after_many_lives(ros: Any) -> None:
    from sgcross_ros.people_node import PeopleNode

    node = PeopleNode()
    threads = files = 0
    for life in range(15):
        assert all(trigger(node, step) for step in (CONFIGURE, ACTIVATE, DEACTIVATE, CLEANUP))
        if life == 4:
            threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))
    assert threading.active_count() == threads and len(os.listdir("/proc/self/fd")) <= files
    assert not list(node.subscriptions)[1:]  # only the one of the node's own clock, if any
    node.destroy_node()
