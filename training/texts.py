"""What the clips of the walking world are true of, in factors, and the texts that are made of them once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgcross_core.model.factor_files import SequenceKey
from sgcross_core.model.factors import UNKNOWN, from_array, to_array
from sgcross_core.model.prototypes import PrototypeBank
from sgcross_core.model.text import make_text_encoder
from sgcross_core.model.walk_prototypes import walk_prototypes
from training.annotation.annotator import annotate
from training.data.store import Store
from training.dataset import Clips
from training.recipe import SG_CROSSGAIT, TCFDNET, Recipe
from training.rivals.dictionary import dictionary
from training.world.labels import walk_factors
from training.world.people import sample_person
from training.world.walker import Walker


def given_factors(recipe: Recipe, clips: Clips | Store) -> NDArray[np.int64]:
    """int64 (N, 14): the factors that the training is told, true ones or with an annotator's errors."""
    factors = true_factors(clips)
    if recipe.labels == "true":
        return factors
    walks = zip(_keys(clips), from_array(factors), strict=True)
    return to_array(annotate(key, truth).factors for key, truth in walks).astype(np.int64)


def _keys(clips: Clips | Store) -> list[SequenceKey]:
    """What tells each clip apart from all others."""
    if isinstance(clips, Store):
        names = (clips.identity, clips.type, clips.view_name)
    else:
        names = (clips.person, clips.walk, np.arange(len(clips)))
    return [SequenceKey(str(a), str(b), str(c)) for a, b, c in zip(*names, strict=True)]


def true_factors(clips: Clips | Store) -> NDArray[np.int64]:
    """int64 (N, 14): the Gait Description Factors of each clip, -1 where unknown.

    Those of a store are its labels. Those of clips follow from person, walk and view: they are those of
    `sample_person` at full spread, from the code that runs now, so clips of other walkers must be made anew.
    """
    if isinstance(clips, Store):
        return clips.factors
    walks: dict[tuple[int, int], Walker] = {}
    rows = []
    for seed, walk, view in zip(clips.person.tolist(), clips.walk.tolist(), clips.view, strict=True):
        if (seed, walk) not in walks:
            walks[seed, walk] = Walker(sample_person(seed), walk)
        rows.append(walk_factors(walks[seed, walk], view))
    return to_array(rows).astype(np.int64)


def make_bank(recipe: Recipe, clips: Clips | Store, factors: NDArray[np.int64]) -> PrototypeBank | None:
    """The prototypes of the people of the clips, in their order; None for a network without texts.

    TCFDNet's are a dictionary without people.
    """
    if recipe.network == TCFDNET:
        return dictionary(make_text_encoder(recipe.encoder, recipe.clip_weights))
    if recipe.network != SG_CROSSGAIT or not recipe.blocks.text:
        return None
    if (factors == UNKNOWN).all():
        raise ValueError(
            "the data say nothing about anybody's walk, so all texts are the same: pack them with --factors "
            "(sgcross annotate makes them), or set blocks.text, blocks.alignment and blocks.gar to false"
        )
    people = {}
    for person in clips.people():
        own = clips.person == person
        _, first = np.unique(clips.walk[own], return_index=True)
        people[str(person)] = from_array(factors[own][first])
    return walk_prototypes(make_text_encoder(recipe.encoder, recipe.clip_weights), people)
