"""The hand-over to the worker's thread: order, what is pushed out, errors, the end."""

from __future__ import annotations

import threading

import pytest

from sgcross_ros.worker import Worker


class Gate:
    """Work that waits until it is opened."""

    def __init__(self) -> None:
        self.opened, self.begun = threading.Event(), threading.Event()
        self.done: list[int] = []

    def __call__(self, item: int) -> None:
        self.begun.set()
        assert self.opened.wait(10)
        if item < 0:
            raise ValueError(item)
        self.done.append(item)


@pytest.mark.parametrize(
    "capacity, offered, done, dropped",
    [
        (1, [], [], 0),
        (1, [1], [1], 0),
        (1, [1, 2], [1, 2], 0),
        (1, [1, 2, 3], [1, 3], 1),  # the newest wins
        (1, [1, 2, 3, 4, 5], [1, 5], 3),
        (3, [1, 2, 3, 4], [1, 2, 3, 4], 0),
        (3, [1, 2, 3, 4, 5], [1, 3, 4, 5], 1),
    ],
)
def test_hand_over(capacity: int, offered: list[int], done: list[int], dropped: int) -> None:
    gate = Gate()
    worker = Worker(gate, lambda item, error: None, capacity)
    for item in offered:
        worker.offer(item)
        assert gate.begun.wait(10)
    gate.opened.set()
    finish(worker, len(done))
    assert (gate.done, worker.done, worker.dropped) == (done, len(done), dropped)


def test_an_idle_worker_takes_one_more() -> None:
    """Two moments that are settled at once must not cost the first when nothing else is being worked on."""
    gate = Gate()
    gate.opened.set()
    worker: Worker[int] = Worker(gate, lambda item, error: None)
    with worker._changed:  # the thread cannot take the first before the second is offered
        worker.offer(1)
        worker.offer(2)
    finish(worker, 2)
    assert gate.done == [1, 2] and worker.dropped == 0


@pytest.mark.parametrize(
    "bursts, done, dropped",
    [
        ([(1,), ()], [1], 0),
        ([(1,), (2, 3, 4)], [1, 2, 3, 4], 0),
        ([(1,), (2, 3, 4), (5,)], [1, 5], 3),  # the next one pushes out what is too much for the hand-over
        ([(1,), (2,), (3, 4)], [1, 3, 4], 1),
    ],
)
def test_what_comes_together_is_kept_together(
    bursts: list[tuple[int, ...]], done: list[int], dropped: int
) -> None:
    gate = Gate()
    worker: Worker[int] = Worker(gate, lambda item, error: None)
    for burst in bursts:
        worker.offer(*burst)
        assert gate.begun.wait(10)
    gate.opened.set()
    finish(worker, len(done))
    assert (gate.done, worker.dropped) == (done, dropped)


def test_an_error_is_told_and_the_thread_lives_on() -> None:
    told: list[tuple[int, str]] = []
    gate = Gate()
    gate.opened.set()
    worker = Worker(gate, lambda item, error: told.append((item, repr(error))), capacity=5)
    for item in (1, -2, 3):
        worker.offer(item)
    finish(worker, 2, failed=1)
    assert gate.done == [1, 3] and told == [(-2, "ValueError(-2)")]


def test_closing_drops_what_waits_and_reports_a_thread_that_does_not_end() -> None:
    gate = Gate()
    worker = Worker(gate, lambda item, error: None, capacity=5)
    for item in (1, 2, 3):
        worker.offer(item)
    assert gate.begun.wait(10)
    with pytest.raises(TimeoutError, match="did not end"):
        worker.close(0.05)
    gate.opened.set()
    worker.close()
    assert gate.done == [1] and worker.dropped == 2


def finish(worker: Worker[int], done: int, failed: int = 0) -> None:
    """Wait for the expected work, then end the thread."""
    for _ in range(1000):
        if (worker.done, worker.failed) == (done, failed):
            break
        threading.Event().wait(0.005)
    worker.close()
