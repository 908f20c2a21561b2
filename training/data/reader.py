"""Sequences of a gait data set in SUSTech1K's or FreeGait's layout, and a report of what is amiss in it.

    data = open_data(root, partition, ["sync-LiDAR-PCDs_depths", "sync-Camera-Sils_aligned"])
    frames = data.train[0].read(*data.modalities)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from sgcross_core.model.factor_files import SequenceKey
from training.data.layout import CONDITIONS, FREEGAIT, VIEWS, modality_of
from training.data.partition import Partition, read_partition
from training.data.unpickler import read_pickle

WANTED = "it must hold IDENTITY/TYPE/VIEW/*.pkl (SUSTech1K) or IDENTITY/DEVICE/SEQUENCE/*.pkl (FreeGait)"

NO_FRAMES = (str, bytes, dict)  # they have a length, too

Frames = NDArray[Any] | list[Any]  # T along the first axis; a list where frames differ in size


@dataclass(frozen=True)
class GaitSequence:
    """One walk past the sensors; files: path of each modality that is there."""

    identity: str
    type: str
    view: str
    files: Mapping[str, Path]

    @property
    def key(self) -> str:
        """IDENTITY/TYPE/VIEW, by which side files know a sequence."""
        return f"{self.identity}/{self.type}/{self.view}"

    @property
    def factors_key(self) -> SequenceKey:
        """By which files of factors know it; FreeGait's device stands there as its view."""
        if {*FREEGAIT} & {*self.files}:
            return SequenceKey(self.identity, "", self.type, self.view)
        return SequenceKey(self.identity, self.type, self.view)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Words of CONDITIONS whose letters are in the type's name: the papers count a sequence for each."""
        return tuple(word for letters, word in CONDITIONS.items() if letters in self.type)

    def read(self, *modalities: str) -> dict[str, Frames]:
        """Frames of each modality, all of one length T; ValueError when one is absent, broken or shorter."""
        frames = {name: self._frames(name) for name in modalities}
        if len({len(found) for found in frames.values()}) > 1:
            lengths = ", ".join(f"{name} {len(found)}" for name, found in frames.items())
            raise ValueError(f"{self.key}: modalities must have equally many frames; got {lengths}")
        return frames

    def _frames(self, modality: str) -> Frames:
        if modality not in self.files:
            raise ValueError(f"{self.key} has no {modality}; there are: {', '.join(self.files) or 'none'}")
        found: Frames = read_pickle(self.files[modality])
        if getattr(found, "ndim", 1) == 0 or not hasattr(found, "__len__") or isinstance(found, NO_FRAMES):
            raise ValueError(f"{self.files[modality]} must hold frames; got {type(found).__name__}")
        return found


@dataclass(frozen=True)
class Report:
    """What is amiss in a data set and was left out; each a sorted tuple of words.

    overlap: identities in both sets, kept out of training; absent: listed, not on disk; unlisted: on disk,
    not listed; views: IDENTITY/TYPE that lack some of the views that others have; incomplete: sequences that
    lack a wanted modality
    """

    overlap: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """A sentence for each kind that occurs."""
        sentences = {
            "overlap": "in both sets, kept out of training",
            "absent": "listed but not on disk",
            "unlisted": "on disk but not listed, not used",
            "views": "without some of the views",
            "incomplete": "without a wanted modality, not used",
        }
        return [_line(getattr(self, name), words) for name, words in sentences.items() if getattr(self, name)]


@dataclass(frozen=True)
class GaitData:
    """The usable sequences of both sets, sorted by key."""

    train: tuple[GaitSequence, ...]
    test: tuple[GaitSequence, ...]
    modalities: tuple[str, ...]
    report: Report


def open_data(root: Path, partition: Path | Partition, modalities: Sequence[str]) -> GaitData:
    """Find the sequences that have all the modalities; what is missing goes to the report.

    ValueError when there is nothing to work with: no root, no sequence, a modality that is nowhere, a set of
    whose listed identities none can be used, nobody listed at all.
    """
    sets = partition if isinstance(partition, Partition) else read_partition(partition)
    found = scan(root)
    _check_modalities(found, modalities, root)
    sets.check_listed({s.identity for s in found})
    listed = {*sets.train, *sets.test}
    used = [s for s in found if s.identity in listed and all(name in s.files for name in modalities)]
    members = (sorted({*sets.train} - {*sets.overlap}), sets.test)
    train, test = (tuple(s for s in used if s.identity in {*who}) for who in members)
    for key, wanted, usable in (("TRAIN_SET", sets.train, train), ("TEST_SET", sets.test, test)):
        if wanted and not usable:
            raise ValueError(f"no sequence under {root} belongs to {key} and has {', '.join(modalities)}")
    return GaitData(train, test, tuple(modalities), report(found, sets, modalities))


def scan(root: Path) -> list[GaitSequence]:
    """Every sequence under a root, sorted by key; folders without known pickles are none."""
    if not root.is_dir():
        raise ValueError(f"no folder {root}; {WANTED}")
    found = [_sequence(folder) for folder in sorted(root.glob("*/*/*")) if folder.is_dir()]
    if not (sequences := [s for s in found if s.files]):
        raise ValueError(f"no sequence under {root}; {WANTED}")
    return sequences


def faults(sequences: Iterable[GaitSequence], modalities: Sequence[str]) -> list[str]:
    """Read everything; a sentence on each sequence that cannot be read: broken files, unequal lengths."""
    sentences = []
    for sequence in sequences:
        try:
            sequence.read(*modalities)
        except (ValueError, OSError) as problem:
            sentences.append(str(problem))
    return sentences


def _sequence(folder: Path) -> GaitSequence:
    own = (path / f"{path.name}.pkl" if path.name in FREEGAIT else path for path in sorted(folder.iterdir()))
    names = ((modality_of(path.name, folder.name), path) for path in own if path.is_file())
    files = {name: path for name, path in names if name}
    return GaitSequence(folder.parts[-3], folder.parts[-2], folder.name, files)


def _check_modalities(found: list[GaitSequence], modalities: Sequence[str], root: Path) -> None:
    if not modalities:
        raise ValueError("name at least one modality, like sync-LiDAR-PCDs")
    there = sorted({name for sequence in found for name in sequence.files})
    if nowhere := [name for name in modalities if name not in there]:
        raise ValueError(f"no sequence under {root} has {nowhere[0]}; there are: {', '.join(there)}")


def report(found: list[GaitSequence], sets: Partition, modalities: Sequence[str]) -> Report:
    """What of the found sequences is left out when a partition and these modalities are used."""
    there, listed = {s.identity for s in found}, {*sets.train, *sets.test}
    lacking = (s.key for s in found if not all(name in s.files for name in modalities))
    return Report(
        overlap=sets.overlap,
        absent=tuple(sorted(listed - there)),
        unlisted=tuple(sorted(there - listed)),
        views=_without_some_views(found),
        incomplete=tuple(sorted(lacking)),
    )


def _without_some_views(found: list[GaitSequence]) -> tuple[str, ...]:
    """Walks (IDENTITY/TYPE) that lack a view which some other walk has; of SUSTech1K's views only."""
    views: dict[str, set[str]] = {}
    for s in found:
        views.setdefault(f"{s.identity}/{s.type}", set()).add(s.view)
    every = {*VIEWS} & set().union(*views.values())
    return tuple(sorted(walk for walk, seen in views.items() if every - seen))


def _line(words: tuple[str, ...], sentence: str) -> str:
    some = ", ".join(words[:5]) + (", ..." if len(words) > 5 else "")
    return f"{len(words)} {sentence}: {some}"
