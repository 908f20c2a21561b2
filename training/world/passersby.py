"""People who walk by between the sensors and the one who is recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.world.occluders import walker_between
from training.world.people import sample_person
from training.world.raycast import StackedBodies
from training.world.sights import Passing
from training.world.walker import PHASES, Walker

SEEDS = range(30_000, 40_000)  # theirs alone


@dataclass(frozen=True)
class Passerby:
    """Somebody of the adults, ready to be walked through any number of sequences."""

    walker: Walker
    bodies: StackedBodies

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Passerby:
        """Anybody, on any walk."""
        person = sample_person(int(rng.integers(SEEDS.start, SEEDS.stop)), population="adults")
        walker = Walker(person, int(rng.integers(1000)))
        return cls(walker, StackedBodies(walker.stride, walker.faces))

    def before(self, passing: Passing, rate: float, rng: np.random.Generator) -> Passing:
        """Their way past the one who is recorded, at as many frames; rate: frames a second."""
        strides = rng.random() + np.arange(len(passing.places)) * (self.walker.cadence / rate)
        poses = np.rint(strides * PHASES).astype(np.intp) % PHASES
        other = Passing(self.bodies, self.walker.stride, poses, passing.places, 0.0)
        return walker_between(passing, other, self.walker.speed / rate, rng)
