from __future__ import annotations

import pytest
import torch

from sgcross_core.runtime.cuda_graphs import Replayed, rounded


@pytest.mark.parametrize(("count", "size"), [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (31, 32), (33, 64)])
def test_batches_are_rounded_up(count: int, size: int) -> None:
    assert rounded(count) == size


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("counts", [[3, 4, 1, 3], [1]])
def test_a_replay_is_the_function(counts: list[int]) -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.ReLU()).cuda().eval()
    with torch.inference_mode():
        replayed = Replayed(lambda batch: (net(batch), batch.sum(1)))
        for count in counts:
            batch = torch.randn(count, 8, device="cuda")
            torch.testing.assert_close(replayed(batch), (net(batch), batch.sum(1)))
