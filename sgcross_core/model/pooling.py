"""Pools: over the frames of a window, and over horizontal strips of a map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import torch
from torch import Tensor

Entry = TypeVar("Entry")


def window_maximum(features: Tensor, present: Tensor | None = None) -> Tensor:
    """The maximum (B, F) over the frames of features (B, T, F); present, bool (B, T), says which ones exist.

    ValueError for a window without any frame.
    """
    B, T, _ = features.shape
    if T == 0:
        raise ValueError("a window must have at least one frame; got none")
    if present is None:
        return features.amax(1)
    if present.shape != (B, T) or present.dtype != torch.bool:
        raise ValueError(f"present must be bool {(B, T)}; got {present.dtype} {tuple(present.shape)}")
    if not bool(present.any(1).all()):
        empty = int((~present.any(1)).nonzero()[0])
        raise ValueError(f"a window must have at least one frame that is present; window {empty} has none")
    return features.masked_fill(~present[..., None], -torch.inf).amax(1)


def strips(maps: Tensor, count: int) -> Tensor:
    """Strips (B, count, C) of maps (B, C, H, W): maximum plus mean (horizontal pyramid, Fu et al. 2019)."""
    rows = maps.unflatten(2, (count, -1)).flatten(3)  # (B, C, count, H / count * W)
    return (rows.amax(-1) + rows.mean(-1)).transpose(1, 2)


class SlidingMaximum(Generic[Entry]):
    """The maximum over the newest `length` entries, any of which may be empty.

    A queue of two stacks: `_old` holds for each older entry the maximum from it to the youngest of the old
    ones; the newer entries are kept with their running maximum. When the old ones are used up, the newer ones
    become old, one maximum each. So an entry costs three maxima on average, whatever the length.
    larger: the maximum of two entries, np.maximum for arrays.
    """

    def __init__(self, length: int, larger: Callable[[Entry, Entry], Entry]) -> None:
        if length < 1:
            raise ValueError(f"length must be at least 1; got {length}")
        self.length, self._maximum = length, larger
        self._old: list[Entry | None] = []
        self._new: list[Entry | None] = []
        self._newest: Entry | None = None

    def push(self, entry: Entry | None) -> Entry | None:
        """Take one entry; the maximum over the newest `length`, None when all of them are empty."""
        if len(self._old) + len(self._new) == self.length:
            self._drop_oldest()
        self._new.append(entry)
        self._newest = self._larger(self._newest, entry)
        return self._larger(self._old[-1] if self._old else None, self._newest)

    def _drop_oldest(self) -> None:
        if not self._old:
            while self._new:
                self._old.append(self._larger(self._old[-1] if self._old else None, self._new.pop()))
            self._newest = None
        self._old.pop()

    def _larger(self, a: Entry | None, b: Entry | None) -> Entry | None:
        if a is None or b is None:
            return b if a is None else a
        return self._maximum(a, b)
