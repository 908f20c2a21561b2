"""Who is it: the gallery of enrolled people, the comparison with it, and the decision."""

from sgcross_core.identity.calibration import Calibration
from sgcross_core.identity.explanation import Explanation
from sgcross_core.identity.gallery import Gallery, GalleryBusy, GalleryMismatch, Templates
from sgcross_core.identity.recogniser import Identity, Recogniser, RecogniserConfig

__all__ = [
    "Calibration",
    "Explanation",
    "Gallery",
    "GalleryBusy",
    "GalleryMismatch",
    "Identity",
    "Recogniser",
    "RecogniserConfig",
    "Templates",
]
