"""Says by name which losses teach nothing, as several of SG-CrossGait's published log do."""

from __future__ import annotations

import logging

import torch

from training.objective import Terms
from training.recipe import LossConfig

WATCHED = 20  # iterations at the beginning of a run, and of its second phase
STILL = 1e-6  # share of its size within which a loss counts as constant

log = logging.getLogger(__name__)


class Watch:
    """Call it with the terms of each iteration; after the first ones it warns, once.

    A loss of weight 0 is not looked at. When losses are new, it begins again.
    """

    def __init__(self, weights: LossConfig) -> None:
        self.weights = weights
        self._seen: dict[str, list[float]] = {}
        self._moved: set[str] = set()
        self._count = 0

    def __call__(self, terms: Terms) -> None:
        watched = [name for name in terms.losses if getattr(self.weights, name)]
        if not set(watched) <= set(self._seen):
            self._seen, self._moved, self._count = {name: [] for name in watched}, set(), 0
        if self._count == WATCHED:
            return
        self._count += 1
        for name in watched:
            self._seen[name].append(terms.losses[name].item())
        if self._count in (1, WATCHED):
            self._look_for_gradients(terms)
        if self._count == WATCHED:
            for warning in self.warnings():
                log.warning("%s", warning)

    def warnings(self) -> list[str]:
        """What was found so far, a line a loss."""
        found = []
        for name, values in self._seen.items():
            if not all(map(_finite, values)):
                found.append(f"loss {name} is not finite")
            elif len(values) > 1 and max(values) - min(values) <= STILL * max(map(abs, values)):
                found.append(f"loss {name} is constant at {values[0]:.6g}")
            if name not in self._moved:
                found.append(f"loss {name} has no gradient: the encoders learn nothing from it")
        return found

    def _look_for_gradients(self, terms: Terms) -> None:
        for name in self._seen:
            loss = terms.losses[name]
            if not loss.requires_grad:
                continue
            grads = torch.autograd.grad(loss, terms.features, retain_graph=True, allow_unused=True)
            if any(grad is not None and bool((grad != 0).any()) for grad in grads):
                self._moved.add(name)


def _finite(value: float) -> bool:
    return value - value == 0
