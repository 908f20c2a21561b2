"""The sequences of a data set that are to be annotated, in SUSTech1K's layout or in FreeGait's.

FreeGait's is ID/DEVICE/SEQUENCE/image.pkl, or image/image.pkl as it is delivered (the layout that OpenGait's
rearranging script, github.com/ShiqiYu/OpenGait, names). What its image.pkl holds was not seen by us.
"""

from __future__ import annotations

from pathlib import Path

from sgcross_core.model.factor_files import SequenceKey
from training.data import GaitSequence, scan

FREEGAIT = "image"  # the modality of FreeGait that holds pictures


def walks_of(root: Path, modalities: tuple[str, ...]) -> dict[SequenceKey, GaitSequence]:
    """Every sequence with all the modalities, by the name that side files give it; sorted.

    modalities are SUSTech1K's; in FreeGait's layout its pictures stand for them. ValueError when nothing is
    found.
    """
    if not root.is_dir():
        raise ValueError(f"no folder {root}; it must hold IDENTITY/TYPE/VIEW/*.pkl (SUSTech1K, FreeGait)")
    if found := _freegait(root):
        return {SequenceKey(s.identity, "", s.type, s.view): s for s in found}
    found = scan(root)
    usable = [s for s in found if all(name in s.files for name in modalities)]
    if not usable:
        there = sorted({name for sequence in found for name in sequence.files})
        wanted = ", ".join(modalities)
        raise ValueError(f"no sequence under {root} has {wanted}; there are: {', '.join(there)}")
    return {SequenceKey(s.identity, s.type, s.view): s for s in usable}


def is_freegait(sequence: GaitSequence) -> bool:
    """Whether a sequence came from FreeGait's layout."""
    return FREEGAIT in sequence.files


def _freegait(root: Path) -> list[GaitSequence]:
    name = f"{FREEGAIT}.pkl"
    paths = sorted([*root.glob(f"*/*/*/{name}"), *root.glob(f"*/*/*/{FREEGAIT}/{name}")])
    places = [(path.relative_to(root).parts, path) for path in paths]
    return [GaitSequence(parts[0], parts[1], parts[2], {FREEGAIT: path}) for parts, path in places]
