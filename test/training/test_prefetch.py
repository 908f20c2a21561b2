from __future__ import annotations

import threading

import pytest

from training.prefetch import AHEAD, Prefetch


def test_the_next_ones_are_made_meanwhile_in_another_thread() -> None:
    made: dict[int, int] = {}
    far = threading.Event()

    def make(i: int) -> int:
        made[i] = threading.get_ident()
        if i == 4 + AHEAD:
            far.set()
        return 10 * i

    prefetch = Prefetch(make, 100)
    assert prefetch(4) == 40 and far.wait(10)
    assert prefetch(5) == 50
    prefetch.close()
    assert threading.get_ident() not in made.values()
    assert sorted(made)[:3] == [4, 5, 6] and max(made) <= 5 + AHEAD


def test_nothing_is_made_behind_the_end() -> None:
    made: list[int] = []
    prefetch = Prefetch(lambda i: made.append(i) or i, 3)
    assert [prefetch(i) for i in range(3)] == [0, 1, 2]
    prefetch.close()
    assert made == [0, 1, 2]


def test_another_order_is_served_too() -> None:
    prefetch = Prefetch(lambda i: i, 100)
    assert [prefetch(i) for i in (0, 50, 3, 3, 4)] == [0, 50, 3, 3, 4]
    prefetch.close()


def test_an_error_comes_out_where_the_batch_is_needed() -> None:
    def make(i: int) -> int:
        if i == 1:
            raise OSError("the disk is gone")
        return i

    prefetch = Prefetch(make, 10)
    assert prefetch(0) == 0
    with pytest.raises(OSError, match="the disk is gone"):
        prefetch(1)
    prefetch.close()
