"""Where the pelvis and the feet are during a walk: standing feet stay where they are.

The joints' curves say how a leg would move if it hung in the air. From them follow the length of the stride,
the places of the feet and the way a foot leaves and meets the ground. In stance the foot rolls over its place
without slipping; in swing the ankle follows the curves, drawn to the places where it leaves and lands. Two
links, thigh and shank, then reach for the ankle.

Phases: 0 is the left heel strike. A leg's own phase counts from its own heel strike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.world.gait import (
    LEAST_KNEE_DEG,
    REST_TOE_DEG,
    SIDES,
    about,
    curve,
    foot_pitches,
    leg_angles,
    pelvis_turns,
    right_late,
)
from training.world.legs import Leg, LegAngles
from training.world.people import GaitStyle
from training.world.sole import toe_bend

Array = NDArray[np.float64]
Drift = Callable[[Array], Array]

STANCE = 0.6  # of the stride that a foot is on the ground (Perry & Burnfield 2010: 60 to 62 %)
GRID = np.arange(40) / 40  # where one stride is looked at
CARRIES = (0.1, 0.6)  # of a leg's own stride, where it alone says how far the body gets
# How much the pelvis rises, as a share of what stiff legs would give (an inverted pendulum): it comes to
# 3.5 to 4 cm at natural speed (Perry & Burnfield 2010: 4 to 5); and the phase in which it is lowest.
RISE_SHARE, LOWEST = 0.5, 0.02
SWAY_M = 0.018  # of the pelvis over the standing foot, to either side (Perry & Burnfield 2010: 4 cm in all)
SURGE_SHARE = 0.35  # of the fore and aft motion that would leave the joints' curves as they are
STRAIGHTEST_DEG = -1.0  # the knee of a standing leg; what is left to LEAST_KNEE_DEG is for uneven strides
SOFT_M = 0.02  # before the swinging leg is straight, where it begins to fall short of its way
LEAST_HALF_WIDTH_M = 0.03  # so that the feet pass each other
CLEARANCE_M = 0.013  # of young adults' toes in mid-swing (Winter 1991, p. 9, as quoted by Kirtley 1999)
GENTLE = 0.5  # how much a foot takes on the ground's speed before it lands and keeps it after it has left
SLOPE = 1e-3  # of a stride, over which the ends of a swing are differentiated
TOES = tuple(f"toe{number}-1" for number in range(1, 6))


def no_drift(phases: Array) -> Array:
    """Every stride like the other: zero metres ahead and left, (2, T)."""
    return np.zeros((2, *np.shape(phases)))


class Way(NamedTuple):
    """Metres ahead, left and up, each (T,)."""

    ahead: Array
    left: Array
    up: Array


@dataclass(frozen=True)
class Track:
    """What stays the same for one leg from stride to stride.

    ahead, left: the foot's place from the mean place of the pelvis at heel strike, metres
    leaves, lands: ahead and up (2,) from the free ankle to the ankle of the standing foot at the ends of the
    swing, and their slopes, metres a stride
    """

    leg: Leg
    late: float
    ahead: float
    left: float
    leaves: tuple[Array, Array]
    lands: tuple[Array, Array]


class Steps:
    """The walk of a style on a pair of legs.

    stride: metres of one stride; width: metres between the places of the two feet across the walk
    """

    def __init__(self, style: GaitStyle, legs: tuple[Leg, Leg], stride: float | None = None) -> None:
        self.style, self._late = style, (0.0, right_late(style))
        self.stride = self._free_stride(legs) if stride is None else stride
        self._surge, self._height, self._rise = np.zeros(len(GRID)), 0.0, 0.0
        places = [self._place(leg, late) for leg, late in zip(legs, self._late, strict=True)]
        self.width = float(sum(leg.side * left for leg, (_, left) in zip(legs, places, strict=True)))
        self._surge, self._height = self._carried(legs, places)
        self._tracks = [
            Track(leg, late, *place, *self._ends(leg, late, place[0]))
            for leg, late, place in zip(legs, self._late, places, strict=True)
        ]

    def pelvis(self, phases: Array, drift: Drift = no_drift) -> Way:
        """Of the root bone, from a point on the ground that moves on by .stride a stride."""
        ahead, left = drift(phases)
        sway = SWAY_M * self.style.pelvis_sway * np.sin(2 * np.pi * (phases - LOWEST))
        rise = -self._rise / 2 * np.cos(4 * np.pi * (phases - LOWEST))
        return Way(curve(self._surge, phases) + ahead, sway + left, self._height + rise)

    def rotations(self, phases: Array, drift: Drift = no_drift) -> dict[str, Array]:
        """Of the bones of both legs, see training.world.gait.bone_rotations; the root must turn as there.

        drift: metres ahead and left, (2, T), by which the body is off its even way at phases (T,); the feet
        go along from step to step
        """
        pelvis, turns = self.pelvis(phases, drift), pelvis_turns(self.style, phases)
        bones: dict[str, Array] = {}
        for (name, _), track in zip(SIDES, self._tracks, strict=True):
            pitch = foot_pitches(self.style, phases, track.leg.side)
            ankle = self._ankle(track, phases, pitch, pelvis, drift)
            left, back, up = ankle.left - pelvis.left, pelvis.ahead - ankle.ahead, ankle.up - pelvis.up
            soft = SOFT_M * np.sin(np.pi * _swing(phases - track.late)) ** 2
            angles = track.leg.reaching(turns, np.stack([left, back, up], axis=-1), LEAST_KNEE_DEG, soft)
            bones |= self._bones(track.leg, name, turns, angles, pitch)
        return bones

    def _bones(
        self, leg: Leg, name: str, pelvis: Array, angles: LegAngles, pitch: Array
    ) -> dict[str, Array]:
        thigh, shank = leg.turns(angles)
        foot = about("z", np.array(self._toe_out(leg))) @ about("x", pitch)
        toes = about("x", -toe_bend(pitch))
        return {
            f"upperleg01.{name}": thigh,
            f"lowerleg01.{name}": shank,
            f"foot.{name}": np.swapaxes(pelvis @ thigh @ shank, -1, -2) @ foot,
            **{f"{toe}.{name}": toes for toe in TOES},
        }

    def _ankle(self, track: Track, phases: Array, pitch: Array, pelvis: Way, drift: Drift) -> Way:
        own, swing = phases - track.late, _swing(phases - track.late)
        number = np.floor(own)
        own = own - number
        share = swing * swing * (3 - 2 * swing)
        # A step goes along with the drift of its mid-stance.
        mid_stances = number + track.late + STANCE / 2
        ahead, left = (1 - share) * drift(mid_stances) + share * drift(mid_stances + 1)
        rolled, up = self._rolled(track.leg, pitch)
        standing = track.ahead - self.stride * own + rolled.ahead
        free = self._free(track.leg, phases)
        off = _hermite(swing, track.leaves, track.lands)
        even = self.pelvis(phases)
        swinging = up + _above(even.up + free.up + off[1] - up, swing)
        return Way(
            np.where(own < STANCE, standing, even.ahead + free.ahead + off[0]) + ahead,
            track.left + rolled.left + left,
            np.where(own < STANCE, up, swinging),
        )

    def _free_stride(self, legs: tuple[Leg, Leg]) -> float:
        """How far the body gets in one stride of the free legs, each carrying for half of it."""
        first, last = CARRIES
        ends = [
            (legs[0], np.array([first, last + self.style.timing_asymmetry])),
            (legs[1], np.array([first, last - self.style.timing_asymmetry]) + self._late[1]),
        ]
        return float(sum(np.diff(self._demanded(leg, phases)[0]).item() for leg, phases in ends))

    def _place(self, leg: Leg, late: float) -> tuple[float, float]:
        """Ahead and left of one foot's place, see Track."""
        own = np.array([0.0, STANCE])  # where the leg is stretched most
        ahead = float((self.stride * own - self._demanded(leg, own + late)[0]).mean())
        out = leg.side * self._free(leg, GRID).left.mean() + self.style.step_width / 2
        return ahead, leg.side * max(float(out), LEAST_HALF_WIDTH_M)

    def _carried(
        self, legs: tuple[Leg, Leg], places: list[tuple[float, float]]
    ) -> tuple[Array, float]:
        """The surge of the pelvis over GRID and its mean height."""
        weights = [_load((GRID - late) % 1) for late in self._late]
        total, surge, height = sum(weights), np.zeros(len(GRID)), 0.0
        for leg, late, place, weight in zip(legs, self._late, places, weights, strict=True):
            ahead, up = self._demanded(leg, GRID)
            surge += weight / total * (ahead + place[0] - self.stride * ((GRID - late) % 1))
            height += float((weight / total * up).mean())
        step = self.stride / 2
        self._rise = RISE_SHARE * step**2 / (8 * (legs[0].length(0.0) + legs[1].length(0.0)) / 2)
        self._surge, self._height = SURGE_SHARE * (surge - surge.mean()), height
        return self._surge, height - max(
            self._overreach(leg, late, place)
            for leg, late, place in zip(legs, self._late, places, strict=True)
        )

    def _overreach(self, leg: Leg, late: float, place: tuple[float, float]) -> float:
        """How far the pelvis must come down for the standing leg to reach its place, metres, 0 or more."""
        own = np.append(GRID[GRID < STANCE], STANCE)
        pelvis, turns = self.pelvis(own + late), pelvis_turns(self.style, own + late)
        rolled, up = self._rolled(leg, foot_pitches(self.style, own + late, leg.side))
        hip = (turns @ leg.hip[:, None])[..., 0]
        ahead = place[0] - self.stride * own + rolled.ahead - pelvis.ahead + hip[:, 1]
        left = place[1] + rolled.left - pelvis.left - hip[:, 0]
        most = up + np.sqrt(leg.length(STRAIGHTEST_DEG) ** 2 - ahead**2 - left**2)
        return float(max((pelvis.up + hip[:, 2] - most).max(), 0.0))

    def _ends(self, leg: Leg, late: float, place: float) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """Track.leaves and Track.lands."""
        return self._off(leg, late, place, STANCE), self._off(leg, late, place, 0.0)

    def _off(self, leg: Leg, late: float, place: float, own: float) -> tuple[Array, Array]:
        at = np.array([own, own - SLOPE, own + SLOPE]) + late
        even, free = self.pelvis(at), self._free(leg, at)
        rolled, up = self._rolled(leg, foot_pitches(self.style, at, leg.side))
        ahead = place - self.stride * (at - late) + rolled.ahead - even.ahead - free.ahead
        values = np.stack([ahead, up - even.up - free.up])
        return values[:, 0], (values[:, 2] - values[:, 1]) / (2 * SLOPE)

    def _demanded(self, leg: Leg, phases: Array) -> tuple[Array, Array]:
        """How far ahead of the foot's place and above the ground the free leg would have the pelvis."""
        free = self._free(leg, phases)
        rolled, up = self._rolled(leg, foot_pitches(self.style, phases, leg.side))
        return rolled.ahead - free.ahead, up - free.up

    def _free(self, leg: Leg, phases: Array) -> Way:
        """The ankle from the root as the curves have it."""
        hip, knee, _ = leg_angles(self.style, phases, leg.side)
        adduction = np.full_like(phases, self.style.leg_adduction)
        x, y, z = leg.ankle(pelvis_turns(self.style, phases), LegAngles(hip, adduction, knee)).T
        return Way(-y, x, z)

    def _rolled(self, leg: Leg, pitch: Array) -> tuple[Way, Array]:
        """The ankle over its foot's place, and how high it is."""
        along, up = leg.sole.ankle(pitch)
        turn = np.radians(self._toe_out(leg))
        return Way(along * np.cos(turn), along * np.sin(turn), up), up

    def _toe_out(self, leg: Leg) -> float:
        return leg.side * (self.style.toe_out - REST_TOE_DEG)


def _swing(own: Array) -> Array:
    """How much of its swing a leg has done, 0..1, by its own phase of any stride."""
    return np.clip((own % 1 - STANCE) / (1 - STANCE), 0, 1)


def _load(own: Array) -> Array:
    """How much of the body a leg carries, 0..1, by its own phase 0..1."""
    double = STANCE - 0.5
    return np.clip(np.minimum(own, STANCE - own) / double, 1e-6, 1)


def _hermite(u: Array, start: tuple[Array, Array], end: tuple[Array, Array]) -> Array:
    """A cubic with these values and a share of these slopes at both ends of the swing: (2, T)."""
    (a, da), (b, db) = ([value[:, None] for value in pair] for pair in (start, end))
    span = GENTLE * (1 - STANCE)
    return np.asarray(
        a * (1 + 2 * u) * (1 - u) ** 2
        + da * span * u * (1 - u) ** 2
        + b * u**2 * (3 - 2 * u)
        + db * span * u**2 * (u - 1)
    )


def _above(height: Array, swing: Array) -> Array:
    """Not lower than the clearance over the middle of the swing, without a kink, metres."""
    least = CLEARANCE_M * np.sin(np.pi * swing) ** 2
    return np.asarray((height + least + np.hypot(height - least, 0.5 * least)) / 2)
