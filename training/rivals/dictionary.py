"""TCFDNet's text dictionary: what each sensor shows of anybody, by view direction; nothing about a person.

Published: 2 sensors x 8 directions x several rounds of a language model, each sentence a row. Ours: the
sentences, five rounds of them, of which three are those of SG-CrossGait's prototypes.
"""

from __future__ import annotations

from sgcross_core.model.prototypes import PrototypeBank
from sgcross_core.model.sentences import VIEWS
from sgcross_core.model.text import TextEncoder
from sgcross_core.model.walk_prototypes import SEEN

MORE = {
    "camera": (
        "a flat outline of a walker from {}: where the arms and legs end, nothing of how far away they are",
        "the filled shape of a person in mid-stride in the picture of a camera, from {}",
    ),
    "lidar": (
        "rows of laser returns on the torso, arms and legs of a walker, from {}, near parts before far ones",
        "the sparse three-dimensional surface of a person in mid-stride, from {}",
    ),
}


def dictionary(encoder: TextEncoder) -> PrototypeBank:
    """Its `directions`, (80, D), are the dictionary: camera first, then by round, then by direction."""
    views = {
        sensor: [[template.format(view)] for template in SEEN[sensor] + MORE[sensor] for view in VIEWS]
        for sensor in SEEN
    }
    return PrototypeBank.build(encoder, people={}, factors={}, views=views)
