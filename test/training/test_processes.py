from __future__ import annotations

import os
import signal

import pytest
import torch

from training.world.processes import cores, mapping


def state(number: int) -> tuple[int, int, int]:
    return number, os.getpid(), torch.get_num_threads()


def test_one_job_stays_here_with_one_thread():
    before = torch.get_num_threads()
    with mapping(1) as mapped:
        assert [*mapped(state, [1, 2])] == [(1, os.getpid(), 1), (2, os.getpid(), 1)]
    assert torch.get_num_threads() == before


def test_more_jobs_keep_the_order():
    with mapping(2) as mapped:
        assert [*mapped(os.path.basename, ["a/b", "c/d", "e/f"])] == ["b", "d", "f"]


def test_workers_leave_ctrl_c_to_the_parent():
    with mapping(2) as mapped:
        assert [*mapped(signal.getsignal, [signal.SIGINT] * 2)] == [signal.SIG_IGN] * 2


@pytest.mark.parametrize("jobs", [0, -3])
def test_no_jobs(jobs):
    with pytest.raises(ValueError, match=f"jobs must be 1 or more; got {jobs}"), mapping(jobs):
        pass


def test_cores():
    assert 1 <= cores() <= (os.cpu_count() or 1)
