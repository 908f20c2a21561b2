"""CUDA graphs: the launches of a function are recorded once and replayed; small batches gain most."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

WARM_UPS = 3  # as PyTorch's notes on CUDA graphs ask: libraries choose their algorithms before the recording


class Replayed:
    """A function of one tensor on a CUDA device to a tuple of tensors.

    It is recorded once a batch size, rounded up to a power of 2.
    The function must return row n of its results from row n of its input alone; the rows beyond the batch
    hold what was there before. One thread at a time, as the buffers are shared.
    """

    def __init__(self, function: Callable[[Tensor], tuple[Tensor, ...]]) -> None:
        self._function = function
        self._recorded: dict[int, tuple[torch.cuda.CUDAGraph, Tensor, tuple[Tensor, ...]]] = {}

    def __call__(self, batch: Tensor) -> tuple[Tensor, ...]:
        """The function of the batch; the results are valid until the next call."""
        size = rounded(len(batch))
        if size not in self._recorded:
            self._recorded[size] = self._record(batch.new_zeros((size, *batch.shape[1:])))
        graph, given, results = self._recorded[size]
        given[: len(batch)].copy_(batch)
        graph.replay()
        return tuple(result[: len(batch)] for result in results)

    def _record(self, given: Tensor) -> tuple[torch.cuda.CUDAGraph, Tensor, tuple[Tensor, ...]]:
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UPS):
                self._function(given)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            results = self._function(given)
        return graph, given, results


def rounded(count: int) -> int:
    """The smallest power of two that is not below count >= 1."""
    return 1 << (count - 1).bit_length()
