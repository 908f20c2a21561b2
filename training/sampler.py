"""Which clips make a batch: P people, K clips of each, over as many of their walks as possible.

Every choice is a function of (seed, iteration), so a resumed run goes on exactly as the straight one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.dataset import Clips

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """clips: (P * K,) rows of the clips; label: (P * K,) class 0..2n-1, those of mirrored people from n on;
    mirrored: bool (P * K,), the same for all clips of a person."""

    clips: Indices
    label: Indices
    mirrored: NDArray[np.bool_]


class Sampler:
    """people: P; clips: K; flip: share of people shown mirrored.

    A mirrored walk has mirrored asymmetries, so it is a person of its own; never both in one batch.
    """

    def __init__(self, clips: Clips, people: int, clips_each: int, flip: float, seed: int) -> None:
        everyone = clips.people()
        if people > len(everyone):
            raise ValueError(f"a batch of {people} people needs as many in the data; got {len(everyone)}")
        self.people, self.clips_each, self.flip, self.seed = people, clips_each, flip, seed
        self.classes = 2 * len(everyone) if flip else len(everyone)
        self._count = len(everyone)
        self._walks = [_by_walk(clips, person) for person in everyone]

    def batch(self, iteration: int) -> Batch:
        """The batch of an iteration (0, 1, ...)."""
        rng = np.random.default_rng((self.seed, 1, iteration))
        chosen = self._chosen(iteration)
        mirrored = rng.random(self.people) < self.flip
        rows = np.concatenate([self._rows(rng, person) for person in chosen])
        label = chosen + self._count * mirrored
        return Batch(rows, np.repeat(label, self.clips_each), np.repeat(mirrored, self.clips_each))

    def _chosen(self, iteration: int) -> Indices:
        """P people; everyone comes once before anyone comes again."""
        a_round = self._count // self.people  # batches a round
        order = np.random.default_rng((self.seed, 0, iteration // a_round)).permutation(self._count)
        first = iteration % a_round * self.people
        return order[first : first + self.people]

    def _rows(self, rng: np.random.Generator, person: int) -> Indices:
        """K clips, walk by walk in random order; a clip comes twice only when the person has too few."""
        shuffled = [rng.permutation(rows) for rows in self._walks[person]]
        start = rng.integers(len(shuffled))
        turn = [shuffled[(start + i) % len(shuffled)] for i in range(self.clips_each)]
        return np.array([rows[i // len(shuffled) % len(rows)] for i, rows in enumerate(turn)])


def _by_walk(clips: Clips, person: int) -> list[Indices]:
    own = np.flatnonzero(clips.person == person)
    return [own[clips.walk[own] == walk] for walk in np.unique(clips.walk[own])]
