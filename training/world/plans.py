"""Who walks where and when: the recordings for enrolment, for recognition, and general ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.world.paths import VIEW_DEG, Path, crossing, gap, u_turn
from training.world.people import sample_person
from training.world.walker import Walker

EMPTY_S = 3.0  # every recording begins without people, so that a segmenter can learn the background
PAUSE_S = 1.5  # between two people of an enrolment, whose arms and feet show a little longer
SPACING_S = 2.9  # between people who come into view in a recognition
IN_VIEW_S = 7.9
ENROL_IN_VIEW_S = 7.3
APART_M = 0.9  # between the middles of two people, always
MOST_IN_VIEW = 4
NEAR_M, FAR_M = 6.2, 10.8  # where people come into view and leave it
NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gina", "Hugo", "Iris", "Jan", "Kim", "Leo")


@dataclass(frozen=True)
class Role:
    """Somebody in a recording: person and walk are seeds, speed in m/s, condition as in wardrobe."""

    person: int
    walk: int
    speed: float
    name: str
    stranger: bool = False
    condition: str = "normal"


@dataclass(frozen=True)
class Crossing:
    """A role's way through the scene; start in seconds."""

    role: Role
    path: Path
    start: float

    @property
    def finish(self) -> float:
        return self.start + self.path.length / self.role.speed

    @property
    def in_view(self) -> tuple[float, float]:
        """Seconds at which the camera first and last sees the whole person."""
        first, last = self.path.seen()
        return self.start + first / self.role.speed, self.start + last / self.role.speed


@dataclass(frozen=True)
class Plan:
    """A recording's length in seconds and its crossings."""

    seconds: float
    crossings: tuple[Crossing, ...]

    @property
    def roles(self) -> list[Role]:
        """Everybody once, in the order of the cast."""
        return list({c.role.person: c.role for c in self.crossings}.values())


def cast(people: int, strangers: int, first_seed: int, walk: int) -> list[Role]:
    """Roles with seeds from first_seed on, the strangers last; walk makes the same people walk anew."""
    if people < 0 or strangers < 0 or people + strangers > 100:
        raise ValueError(f"people and strangers must be 0 to 100 in all; got {people} and {strangers}")
    roles = []
    for number in range(people + strangers):
        person = first_seed + number
        speed = Walker(sample_person(person), walk).speed
        roles.append(Role(person, walk, speed, _name(number, people), number >= people))
    return roles


def enrol_plan(roles: Sequence[Role], seed: int) -> Plan:
    """One after the other, each alone in the camera's view: in, half a circle towards the camera, out."""
    rng = np.random.default_rng([seed, 21])
    crossings: list[Crossing] = []
    free = EMPTY_S
    for number, role in enumerate(roles):
        path = _turn(role, 1 if number % 2 else -1, rng)
        start = max(EMPTY_S, free - path.seen()[0] / role.speed)
        crossings.append(Crossing(role, path, start))
        free = crossings[-1].in_view[1] + PAUSE_S
    return Plan(_whole_seconds(free), tuple(crossings))


def probe_plan(roles: Sequence[Role], seed: int) -> Plan:
    """In any order, from both sides, several at a time, each once across the view."""
    rng = np.random.default_rng([seed, 22])
    crossings: list[Crossing] = []
    for number, index in enumerate(rng.permutation(len(roles))):
        crossings.append(_fitting(roles[index], EMPTY_S + number * SPACING_S, crossings, rng))
    end = max((c.in_view[1] for c in crossings), default=EMPTY_S)
    return Plan(_whole_seconds(end), tuple(sorted(crossings, key=lambda c: roles.index(c.role))))


def general_plan(roles: Sequence[Role], seed: int, seconds: float) -> Plan:
    """People who come and go for a time; who has left may come back."""
    if not 0 < seconds <= 3600:
        raise ValueError(f"seconds must lie above 0 and be 3600 at most; got {seconds}")
    rng = np.random.default_rng([seed, 23])
    crossings: list[Crossing] = []
    begin = EMPTY_S
    while roles and begin < seconds:
        role = roles[len(crossings) % len(roles)]
        earlier = [c.finish for c in crossings if c.role == role]
        crossings.append(_fitting(role, max([begin, *earlier]), crossings, rng))
        begin = max(begin + SPACING_S, crossings[-1].start)
    return Plan(seconds, tuple(c for c in crossings if c.start < seconds))


def _fitting(role: Role, begin: float, others: Sequence[Crossing], rng: np.random.Generator) -> Crossing:
    """A way across the view that begins about then and runs into nobody; later when the scene is full."""
    attempt = 0
    while True:
        start = begin + rng.uniform(0, 2) + 0.05 * attempt
        mine = Crossing(role, _across(role, rng), start)
        apart = all(gap(_ride(mine), _ride(other)) >= APART_M for other in others)
        if apart and crowd([*others, mine]) <= MOST_IN_VIEW:
            return mine
        attempt += 1


def crowd(crossings: Sequence[Crossing]) -> int:
    """The most people who are in the camera's view at the same time."""
    spans = [c.in_view for c in crossings]
    return max((sum(a <= begin <= b for a, b in spans) for begin, _ in spans), default=0)


def _across(role: Role, rng: np.random.Generator) -> Path:
    """Slanted, long enough to be in view for about IN_VIEW_S where the place allows it."""
    slant = rng.uniform(0.8, 3.0)
    wide = np.sqrt(max((IN_VIEW_S * role.speed) ** 2 - slant**2, 0)) / np.tan(np.radians(VIEW_DEG))
    middle = np.clip(wide / 2, NEAR_M + slant / 2, FAR_M - slant / 2)
    tilt = rng.choice([-0.5, 0.5]) * slant
    side = int(rng.choice([-1, 1]))
    return crossing(side, middle + tilt, middle - tilt, bulge=rng.uniform(-0.6, 0.6))


def _turn(role: Role, side: int, rng: np.random.Generator) -> Path:
    far, near = 9.8 + rng.uniform(-0.2, 0.2), NEAR_M + rng.uniform(0, 0.3)
    edges = (far + near) * np.tan(np.radians(VIEW_DEG))
    turn_y = (edges + np.pi * (far - near) / 2 - ENROL_IN_VIEW_S * role.speed) / 2
    return u_turn(side, float(np.clip(turn_y, -1.5, near * np.tan(np.radians(VIEW_DEG)))), far, near)


def _ride(one: Crossing) -> tuple[Path, float, float]:
    return one.path, one.start, one.role.speed


def _name(number: int, people: int) -> str:
    if number >= people:
        return f"stranger {number - people + 1}"
    return NAMES[number] if number < len(NAMES) else f"person {number + 1}"


def _whole_seconds(end: float) -> float:
    return float(np.ceil(end + 0.5))
