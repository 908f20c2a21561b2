"""The prototype bank of a training set: from the factors of its walks to sentences to prototypes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sgcross_core.model.factors import FACTORS, Factors
from sgcross_core.model.prototypes import PrototypeBank
from sgcross_core.model.sentences import VIEWS, descriptions
from sgcross_core.model.text import TextEncoder

# One sentence a template and direction: what a sensor shows of anybody.
SEEN = {
    "camera": (
        "a silhouette of a person walking, seen from {}",
        "the outline of a walker, cut out of a camera picture, from {}",
        "a camera's view of somebody who walks, from {}",
    ),
    "lidar": (
        "a depth view of a person walking, seen from {}",
        "the laser points of a walker, from {}",
        "a LiDAR's view of somebody who walks, from {}",
    ),
}


def walk_prototypes(encoder: TextEncoder, people: Mapping[str, Iterable[Factors]]) -> PrototypeBank:
    """The bank of people by the factors of their walks, name -> one for each walk that was looked at.

    A person's prototype is the mean over all templates of all walks, the view left out; a factor's levels are
    described alone; the views are those of `sentences.VIEWS` by each sensor. ValueError for a person without
    a walk.
    """
    return PrototypeBank.build(
        encoder,
        people={name: [s for walk in walks for s in _described(walk)] for name, walks in people.items()},
        factors={
            factor.name: [_described(Factors(**{factor.name: level})) for level in range(factor.levels)]
            for factor in FACTORS
            if factor.kind != "view"
        },
        views={sensor: [[t.format(view) for t in said] for view in VIEWS] for sensor, said in SEEN.items()},
    )


def _described(walk: Factors) -> list[str]:
    return descriptions(walk, view=False)
