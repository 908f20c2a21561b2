"""The papers' protocols over embeddings: who finds whom, by condition, view and pairing of sensors."""

from training.evaluation.embed import Embedded, embed_store
from training.evaluation.figures import Figures, Pairing
from training.evaluation.freegait import freegait, read_probes
from training.evaluation.places import Places, find_places
from training.evaluation.sustech1k import sustech1k

__all__ = [
    "Embedded",
    "Figures",
    "Pairing",
    "Places",
    "embed_store",
    "find_places",
    "freegait",
    "read_probes",
    "sustech1k",
]
