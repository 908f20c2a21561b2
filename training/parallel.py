"""One run in several processes, so that it equals one process with the whole batch.

Each process encodes its own share of the clips, with batch norms over all shares; then the features are
gathered, and from there on every process computes the same losses of the whole batch. A process' own slice of
the gradient is that of its own features, so nothing is sent on the way back but the norms' sums and, by
DistributedDataParallel, the parameters' gradients.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.autograd import Function

DEVICES = ("auto", "cpu", "cuda")


def start(device: str = "auto") -> torch.device:
    """The device of this process; under torchrun it also joins the others.

    ValueError for CUDA where there is none.
    """
    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        raise ValueError("--device cuda: PyTorch finds no CUDA device here; choose auto or cpu")
    cuda = there and device != "cpu"
    if "LOCAL_RANK" in os.environ and not distributed.is_initialized():
        distributed.init_process_group("nccl" if cuda else "gloo")
    if not cuda:
        return torch.device("cpu")
    own = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(own)
    return own


def stop() -> None:
    """Leave the other processes."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def world() -> int:
    """How many processes there are."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def rank() -> int:
    """Which of them this is; 0 is the one that writes."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def any_of(flag: bool, device: torch.device) -> bool:
    """Whether the flag is set in some process, the same answer in all."""
    if world() == 1:
        return flag
    found = torch.tensor(float(flag), device=device)
    distributed.all_reduce(found)
    return bool(found)


_inside = False  # of what a process does to its own share


@contextmanager
def own_share() -> Iterator[None]:
    """In here tensors are of this process' share of the clips, and batch norms look at all shares."""
    global _inside
    _inside = True
    try:
        yield
    finally:
        _inside = False


def gathered(features: Tensor, blocks: int = 1) -> Tensor:
    """float (blocks * B, ...) of all processes' shares, float (blocks * b, ...): blocks of B rows each."""
    if world() == 1:
        return features
    shares = _Gathered.apply(features.contiguous())  # (world * blocks * b, ...)
    parted = shares.unflatten(0, (world(), blocks, -1))
    return parted.transpose(0, 1).flatten(0, 2)


class _Gathered(Function):
    @staticmethod
    def forward(ctx: Any, share: Tensor) -> Tensor:
        shares = [torch.empty_like(share) for _ in range(world())]
        distributed.all_gather(shares, share)
        return torch.cat(shares)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Times the number of processes, because their gradients are averaged afterwards."""
        return gradient.chunk(world())[rank()] * world()


class SharedNorm(nn.BatchNorm2d):
    """A batch norm over the shares of all processes; PyTorch's own does that on CUDA alone."""

    def forward(self, maps: Tensor) -> Tensor:
        if not (self.training and _inside and world() > 1):
            return super().forward(maps)
        normed, mean, variance = _SharedNorm.apply(maps, self.weight, self.bias, self.eps)
        count = world() * maps.numel() / maps.shape[1]
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
            self.num_batches_tracked += 1
        return normed


class _SharedNorm(Function):
    """Forward and backward of a batch norm; both need sums over all processes."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor, eps: float) -> tuple[Tensor, ...]:
        others, shape = _others(maps), (-1, *[1] * (maps.ndim - 2))
        count = world() * maps.numel() / maps.shape[1]
        exact = full(maps)
        mean = _summed(exact.sum(others)) / count
        centred = exact - mean.view(shape)
        variance = _summed(centred.square().sum(others)) / count
        scale = (variance + eps).rsqrt()
        ctx.save_for_backward(maps, weight, mean, scale)
        ctx.mark_non_differentiable(mean, variance)
        normed = centred * (scale * weight).view(shape) + bias.view(shape)
        return normed.to(maps.dtype), mean, variance

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, *unused: Tensor) -> tuple[Tensor | None, ...]:
        maps, weight, mean, scale = ctx.saved_tensors
        others, shape = _others(maps), (-1, *[1] * (maps.ndim - 2))
        count = world() * maps.numel() / maps.shape[1]
        normed = (full(maps) - mean.view(shape)) * scale.view(shape)
        exact = full(gradient)
        by_bias, by_weight = exact.sum(others), (exact * normed).sum(others)
        sums = _summed(torch.stack([by_bias, by_weight])) / count
        inner = exact - sums[0].view(shape) - normed * sums[1].view(shape)
        by_maps = (inner * (scale * weight).view(shape)).to(maps.dtype)
        return by_maps, by_weight, by_bias, None


def full(values: Tensor) -> Tensor:
    """float32, or float64 where they are that."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def _others(maps: Tensor) -> list[int]:
    """All dimensions but the channels'."""
    return [0, *range(2, maps.ndim)]


def _summed(values: Tensor) -> Tensor:
    distributed.all_reduce(values)
    return values


def share_norms(module: nn.Module) -> None:
    """Make the batch norms of maps in a module look at all processes; their state stays as it is."""
    for part in module.modules():
        if type(part) is nn.BatchNorm2d:
            part.__class__ = SharedNorm
