"""Who walks in a data set: people of the world, or people whose walks were recorded, and each one's walks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from training.data.layout import GALLERY
from training.mocap import MotionWalker, Subject, walkers
from training.mocap.recordings import SUBJECTS
from training.world.dataset_settings import DatasetSettings
from training.world.moods import Mood, sample_mood
from training.world.people import sample_person
from training.world.walker import Walker


@dataclass(frozen=True)
class Walk:
    """One walk of one person, seen from all views: a folder like 01-bg, and its seed or recorded trial."""

    type: str
    number: int

    @property
    def condition(self) -> str:
        """One of the letters in training.data.layout.CONDITIONS."""
        return self.type[-2:]


@dataclass(frozen=True)
class Identity:
    """A folder and who is in it, a seed or see `subjects`; the walk of the gallery is first."""

    name: str
    person: int
    walks: tuple[Walk, ...]


@dataclass(frozen=True)
class Cast:
    """Identities 0000 and on, the training set's first."""

    train: tuple[Identity, ...]
    test: tuple[Identity, ...]

    @property
    def everyone(self) -> tuple[Identity, ...]:
        return (*self.train, *self.test)


def cast_of(settings: DatasetSettings) -> Cast:
    """Everybody in a data set; with recordings, the recorded people as a test set and nobody to train."""
    if settings.recordings:
        recorded = subjects(settings.recordings, settings.bodies).items()
        people = [(person, np.roll(sorted(who.walks), -body).tolist()) for person, (who, body) in recorded]
        return Cast((), _identities(people, settings, 0))
    numbers = range(settings.probes + 1)
    train, test = ([(seed, numbers) for seed in people] for people in (settings.train, settings.test))
    return Cast(_identities(train, settings, 0), _identities(test, settings, len(train)))


def walker_of(
    identity: Identity, walk: Walk, settings: DatasetSettings
) -> tuple[Walker, Mood] | tuple[MotionWalker, None]:
    """The walker and the mood they walk in, which nobody knows of a recording.

    A mood is a person's, not a day's: it is how they walk.
    """
    if settings.recordings:
        subject, body = subjects(settings.recordings, settings.bodies)[identity.person]
        return subject.walker(walk.number, body), None
    spreads = (settings.spread, settings.population, settings.body_spread, settings.gait_spread)
    mood = sample_mood(np.random.default_rng([settings.seed, identity.person]))
    return Walker(mood.worn_by(sample_person(identity.person, *spreads)), walk.number), mood


@lru_cache(maxsize=1)
def subjects(folder: str, bodies: int) -> dict[int, tuple[Subject, int]]:
    """Everybody who walks as somebody recorded: the subject (see training.mocap.walkers) and which body.

    Their numbers are the subject's and SUBJECTS times the body's; ValueError when two are the same.
    """
    recorded = walkers(folder)
    found = {who.number + SUBJECTS * body: (who, body) for who in recorded for body in range(bodies)}
    if len(found) < bodies * len(recorded):
        numbers = ", ".join(str(who.number) for who in recorded)
        raise ValueError(f"with bodies {bodies} subjects must not be {SUBJECTS} apart; got {numbers}")
    return found


def _identities(
    people: Iterable[tuple[int, Sequence[int]]], settings: DatasetSettings, first: int
) -> tuple[Identity, ...]:
    """people: a number and their walks' numbers; the conditions go round, so all are as frequent."""
    conditions, result, dealt = settings.conditions.split(), [], 0
    for k, (person, numbers) in enumerate(people):
        gallery, *probes = numbers[: settings.probes + 1]
        walks = [Walk(GALLERY, gallery)]
        for j, number in enumerate(probes, 1):
            walks.append(Walk(f"{j:02d}-{conditions[dealt % len(conditions)]}", number))
            dealt += 1
        result.append(Identity(f"{first + k:04d}", person, tuple(walks)))
    return tuple(result)
