"""A data set's folder: written person by person, each whole or not at all, so that a broken-off run goes on.

    settings.json          what the data set depends on
    partition.json         TRAIN_SET and TEST_SET
    pkl/ID/TYPE/VIEW/*.pkl frames, see training.data.layout
    facts/ID.json          person, mood and conditions; view and distance of each frame; the true factors
    factors.json, .csv     true factors of all sequences, last of all: who has them has the whole data set
    annotated.json         the same as an annotator with errors gives them, when asked for
    texts.json             a sentence for each sequence, made from the true factors
"""

from __future__ import annotations

import dataclasses
import json
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sgcross_core.gait import VERSION
from sgcross_core.model.factor_files import SequenceKey, save_factors
from sgcross_core.model.factors import Factors
from sgcross_core.model.sentences import describe
from training.annotation import AnnotatorNoise, annotate_all
from training.data.layout import file_name
from training.data.partition import partition_text
from training.files import write_whole
from training.world.dataset_cast import Cast, Identity, cast_of
from training.world.dataset_sequences import walk_sequences
from training.world.dataset_settings import DatasetSettings

WORLD = 5  # goes up when equal settings give other bytes than before
PROTOCOL = 4  # of pickles: what Python 3.4 and later read
UNFINISHED = "unfinished"


@dataclasses.dataclass(frozen=True)
class DatasetStore:
    """The folder `out` of a data set with these settings, and who is in it."""

    out: Path
    settings: DatasetSettings
    cast: Cast

    @classmethod
    def of(cls, out: Path, settings: DatasetSettings) -> DatasetStore:
        """ValueError for recordings that cannot be read."""
        return cls(out, settings, cast_of(settings))

    @property
    def root(self) -> Path:
        """Of IDENTITY/TYPE/VIEW."""
        return self.out / "pkl"

    @property
    def complete(self) -> bool:
        return (self.out / "factors.json").exists()

    def open(self) -> None:
        """Make the folder, or go on with one of the same settings.

        ValueError when it holds something else, or a data set of other settings, the first of which is named.
        """
        self._check_folder()
        self.root.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.out / UNFINISHED, ignore_errors=True)
        write_whole(self.out / "settings.json", json.dumps(self._content(), indent=1) + "\n")
        sets = ([i.name for i in members] for members in (self.cast.train, self.cast.test))
        write_whole(self.out / "partition.json", partition_text(*sets))

    def missing(self) -> list[Identity]:
        """Who is not written yet."""
        return [identity for identity in self.cast.everyone if not (self.root / identity.name).exists()]

    def write(self, identity: Identity) -> None:
        """Make and write all sequences of one person; nothing stays when it fails.

        OSError says what to do when the disk is full.
        """
        unfinished = self.out / UNFINISHED / identity.name
        try:
            facts = self._write_sequences(identity, unfinished)
            write_whole(self.out / f"facts/{identity.name}.json", json.dumps(facts) + "\n")
            unfinished.rename(self.root / identity.name)
        except OSError as problem:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise OSError(
                f"cannot write identity {identity.name} of {self.out}: {problem.strerror}; the identities "
                "before it are safe: make room and run the same command again, it goes on from there"
            ) from problem

    def finish(self) -> None:
        """Write what is known of all sequences together, once no identity is missing."""
        table = dict(self._true_factors())
        texts = {"/".join(key[:3]): describe(factors, n) for n, (key, factors) in enumerate(table.items())}
        write_whole(self.out / "texts.json", json.dumps(texts, indent=0) + "\n")
        if self.settings.annotated:
            agreed = annotate_all(table, AnnotatorNoise(seed=self.settings.seed))
            save_factors(self.out / "annotated.json", {key: found.factors for key, found in agreed.items()})
        save_factors(self.out / "factors.csv", table)
        save_factors(self.out / "factors.json", table)
        shutil.rmtree(self.out / UNFINISHED, ignore_errors=True)

    def _check_folder(self) -> None:
        path = self.out / "settings.json"
        if not path.exists():
            if self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
                raise ValueError(f"{self.out} holds something that is no data set; name a new folder")
            return
        there = json.loads(path.read_text(encoding="utf-8"))
        for name, wanted in self._content().items():
            if there.get(name) != wanted:
                raise ValueError(
                    f"{self.out} holds a data set with {name} = {there.get(name)!r}, not {wanted!r}; "
                    "name another folder or ask for the same"
                )

    def _content(self) -> dict[str, Any]:
        return {"world": WORLD, "gait_version": VERSION, **dataclasses.asdict(self.settings)}

    def _write_sequences(self, identity: Identity, folder: Path) -> dict[str, Any]:
        sequences: dict[str, Any] = {}
        for walk in identity.walks:
            for sequence in walk_sequences(identity, walk, self.settings):
                place = folder / walk.type / sequence.view
                place.mkdir(parents=True)
                for modality, frames in sequence.frames.items():
                    content = pickle.dumps(frames, PROTOCOL)
                    (place / file_name(modality, sequence.view)).write_bytes(content)
                facts = {"walk": walk.number, "factors": sequence.factors.row, **sequence.facts}
                sequences[f"{walk.type}/{sequence.view}"] = facts
        return {"person": identity.person, "sequences": sequences}

    def _true_factors(self) -> Iterator[tuple[SequenceKey, Factors]]:
        for identity in self.cast.everyone:
            facts = json.loads((self.out / "facts" / f"{identity.name}.json").read_text(encoding="utf-8"))
            for place, about in facts["sequences"].items():
                yield SequenceKey(identity.name, *place.split("/")), Factors.of_row(about["factors"])
