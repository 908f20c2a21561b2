"""Factors in words: sentences for a text encoder, and the short description of a walk that a robot gives.

Levels 0..5 become not, slightly, fairly, (no adverb), very, extremely. Factors that are unknown are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sgcross_core.model.factors import TELLING, Factors
from sgcross_core.model.tokens import checked_length

ADVERBS = ("not", "slightly", "fairly", "", "very", "extremely")
# Of the sector 0..7; as in the walking world, sector 2 shows the walker's left side.
VIEWS = (
    "the front", "the front left", "the left", "the back left",
    "the back", "the back right", "the right", "the front right",
)  # fmt: skip
PEOPLE = {None: "a person", 0: "a man", 1: "a woman"}

PHRASES = {
    "humpback": "{} hunched",
    "catwalk": "{} like on a catwalk",
    "high_knee": "with knees {} high",
    "toe_out": "with toes {} out",
    "without_toe_out_or_in": "with toes {} straight",
    "toe_in": "with toes {} in",
    "tiptoe": "on tiptoe with heels {} high",
    "without_tiptoe_or_shuffle": "with {} normal steps",
    "happy": "looking {} happy",
    "sad": "looking {} sad",
    "angry": "looking {} angry",
    "summary": "{} distinctive overall",
}
# Of these only what applies is said; the words are for a group that is known and in which nothing applies.
CONTACT = ("tiptoe", "without_tiptoe_or_shuffle")
SHUFFLE, SHUFFLES = "shuffle", "with a shuffle"
GROUPS = {
    ("toe_out", "without_toe_out_or_in", "toe_in"): "",
    CONTACT: SHUFFLES,
    ("happy", "sad", "angry"): "in a neutral mood",
}

TRAITS = 3  # that `described_walk` names at most
SHUFFLE_LEVEL = 3  # where a shuffle, which has no column of its own, ranks among traits

Template = tuple[str, ...]  # segments; one with a slot that has nothing to say is left out
TEMPLATES: tuple[Template, ...] = (
    ("{who} walks", " {traits}", ", seen from {view}", "."),
    ("seen from {view}, ", "{who} walks", " {traits}", "."),
    ("a silhouette of {who} walking", " {traits}", ", viewed from {view}", "."),
    ("{who} walking", ": {traits}", "; view from {view}", "."),
    ("this is how {who} walks", ", seen from {view}", ": {traits}", "."),
)


def describe(factors: Factors, seed: int = 0, *, view: bool = True) -> str:
    """One English sentence; the seed chooses the template. Without view the viewpoint is not mentioned."""
    chosen = int(np.random.default_rng(seed).integers(len(TEMPLATES)))
    return descriptions(factors, view=view)[chosen]


def descriptions(factors: Factors, *, view: bool = True) -> list[str]:
    """The sentence in each template, in the order of TEMPLATES; each fits CLIP's 77 tokens."""
    slots = {
        "who": PEOPLE[factors.title],
        "traits": ", ".join(_traits(factors)),
        "view": _view(factors) if view else "",
    }
    return [checked_length(_filled(template, slots)) for template in TEMPLATES]


def described_walk(factors: Factors, most: int = TRAITS) -> str:
    """What stands out, strongest first: "walks with toes out, slightly hunched, seen from the left".

    most: traits at most; "walks in a normal way" when none stands out and all are known, "" when neither a
    trait nor the view is known. The title is not mentioned: a robot has no need to say it.
    """
    known = all(getattr(factors, name) is not None for name in TELLING)
    traits = [
        SHUFFLES if name == SHUFFLE else _phrase(name, level) for name, level in standing_out(factors, most)
    ]
    if known and not traits:
        traits = ["in a normal way"]
    seen = [f"seen from {_view(factors)}"] if factors.viewpoint is not None else []
    said = ", ".join(traits + seen)
    return f"walks{' ' if traits else ', '}{said}" if said else ""


def standing_out(factors: Factors, most: int = len(TELLING) + 1) -> list[tuple[str, int]]:
    """Name and level of what is neither plain nor absent, strongest first, a tie in the order of the columns.

    A shuffle, which has no column of its own, is the last of the columns.
    """
    found = [(name, level) for name in TELLING if (level := getattr(factors, name))]
    if _nothing_applies(factors, CONTACT):
        found.append((SHUFFLE, SHUFFLE_LEVEL))
    return sorted(found, key=lambda trait: -trait[1])[:most]


def _traits(factors: Factors) -> Iterator[str]:
    grouped = {name: group for group in GROUPS for name in group}
    for name in PHRASES:
        level = getattr(factors, name)
        if level is not None and (level > 0 or name not in grouped):
            yield _phrase(name, level)
        elif name in grouped and name == grouped[name][-1] and _nothing_applies(factors, grouped[name]):
            yield GROUPS[grouped[name]]


def _nothing_applies(factors: Factors, group: tuple[str, ...]) -> bool:
    """Whether a group is known, there are words for that, and none of it is there."""
    return bool(GROUPS[group]) and all(getattr(factors, name) == 0 for name in group)


def _phrase(name: str, level: int) -> str:
    return " ".join(PHRASES[name].format(ADVERBS[level]).split())


def _view(factors: Factors) -> str:
    return "" if factors.viewpoint is None else VIEWS[factors.viewpoint]


def _filled(template: Template, slots: dict[str, str]) -> str:
    empty = [f"{{{name}}}" for name, words in slots.items() if not words]
    said = "".join(part for part in template if not any(slot in part for slot in empty)).format(**slots)
    return said[:1].upper() + said[1:]
