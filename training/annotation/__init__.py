"""Labels as an annotator gives them: a model of how often it errs, and the consensus of several answers."""

from training.annotation.annotator import annotate, annotate_all
from training.annotation.consensus import Consensus, consensus
from training.annotation.noise import AnnotatorNoise, OrdinalNoise, confusion

__all__ = [
    "AnnotatorNoise",
    "Consensus",
    "OrdinalNoise",
    "annotate",
    "annotate_all",
    "confusion",
    "consensus",
]
