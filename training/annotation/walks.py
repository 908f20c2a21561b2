"""The sequences of a data set that are to be annotated, in SUSTech1K's layout or in FreeGait's.

What FreeGait's image.pkl holds was not seen by us.
"""

from __future__ import annotations

from pathlib import Path

from sgcross_core.model.factor_files import SequenceKey
from training.data import GaitSequence, scan
from training.data.layout import IMAGE


def walks_of(root: Path, modalities: tuple[str, ...]) -> dict[SequenceKey, GaitSequence]:
    """Every sequence with all the modalities, by the name that side files give it; sorted.

    modalities are SUSTech1K's; in FreeGait's layout its pictures stand for them. ValueError when nothing is
    found.
    """
    found = scan(root)
    usable = [s for s in found if is_freegait(s) or all(name in s.files for name in modalities)]
    if not usable:
        there = sorted({name for sequence in found for name in sequence.files})
        wanted = ", ".join(modalities)
        raise ValueError(f"no sequence under {root} has {wanted}; there are: {', '.join(there)}")
    return {s.factors_key: s for s in usable}


def is_freegait(sequence: GaitSequence) -> bool:
    """Whether a sequence has pictures in FreeGait's layout."""
    return IMAGE in sequence.files
