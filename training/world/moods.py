"""Moods as changes of how somebody walks.

The directions are the literature's [in brackets], the sizes at full strength are ours:
- happy: fast [1], much arm swing and bounce [2, 4], upright [4]
- sad: slow, little arm swing [1, 3] and bounce, more sway to the sides, slumped [3], head down [2]
- angry: long strides [1], fast [4], bent elbows [2]; that the trunk leans forward is our guess. The heavy
  treading of [1] cannot be shown.

[1] Montepare, Goldstein & Clausen 1987, The identification of emotions from gait information,
    Journal of Nonverbal Behavior 11
[2] Roether, Omlor, Christensen & Giese 2009, Critical features for the perception of emotion from gait,
    Journal of Vision 9(6)
[3] Michalak et al. 2009, Embodiment of sadness and depression: gait patterns associated with dysphoric mood,
    Psychosomatic Medicine 71
[4] Gross, Crane & Fredrickson 2012, Effort-Shape and kinematic assessment of bodily expression of emotion
    during gait, Human Movement Science 31
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from sgcross_core.settings import check, setting
from training.world.people import GaitStyle, Person

# At full strength: factors on values of a style, and what is added to others (degrees).
TIMES: dict[str, dict[str, float]] = {
    "neutral": {},
    "happy": {
        "stride_hz": 1.08, "hip_swing": 1.08, "arm_swing": 1.5, "ankle_motion": 1.2, "knee_flexion": 1.06,
    },
    "sad": {"stride_hz": 0.88, "hip_swing": 0.78, "arm_swing": 0.5, "ankle_motion": 0.85, "pelvis_sway": 1.3},
    "angry": {"stride_hz": 1.08, "hip_swing": 1.18, "arm_swing": 1.2},
}  # fmt: skip
PLUS: dict[str, dict[str, float]] = {
    "neutral": {},
    "happy": {"hunch": -4.0, "head_pitch": -6.0},
    "sad": {"hunch": 9.0, "head_pitch": 14.0},
    "angry": {"elbow": 18.0, "trunk_lean": 6.0},
}
MOODS = tuple(TIMES)
WEAKEST = 0.2  # that is drawn: less is not seen


@dataclass(frozen=True)
class Mood:
    """A mood and how much of it shows in the walk."""

    name: str = setting("neutral", "the mood", choices=MOODS)
    strength: float = setting(0.0, "how much of it shows; without meaning when neutral", low=0.0, high=1.0)

    def __post_init__(self) -> None:
        check(self)

    @property
    def level(self) -> int:
        """0..5, the strength to the nearest fifth; 0 when neutral."""
        return 0 if self.name == "neutral" else math.floor(5 * self.strength + 0.5)

    def style(self, usual: GaitStyle) -> GaitStyle:
        """How somebody walks in this mood who usually walks as given."""
        times, plus = TIMES[self.name], PLUS[self.name]
        scaled = {k: getattr(usual, k) * (1 + self.strength * (factor - 1)) for k, factor in times.items()}
        moved = {k: getattr(usual, k) + self.strength * degrees for k, degrees in plus.items()}
        return dataclasses.replace(usual, **scaled, **moved)

    def worn_by(self, person: Person) -> Person:
        """The person in this mood, before Person.on_walk varies the walk."""
        return dataclasses.replace(person, style=self.style(person.style))


def sample_mood(rng: np.random.Generator, neutral: float = 0.5) -> Mood:
    """Neutral with that probability, else one of the others by chance with a strength of 0.2..1."""
    if rng.random() < neutral:
        return Mood()
    return Mood(str(rng.choice(MOODS[1:])), float(rng.uniform(WEAKEST, 1)))
