"""Packed sequences of a data set, opened without loading or decoding: tiles one after another, and labels.

    OUT.store/tiles.bin    uint8, 64 x 64 x 3 a frame
    OUT.store/store.json   how they were made; a line of labels for each sequence, sorted by key
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import SIDE, VERSION
from sgcross_core.model.factors import FACTORS

FORMAT = 1
TILES, LABELS = "tiles.bin", "store.json"
FRAME = SIDE * SIDE * 3  # bytes
SPLITS = ("train", "test")

Indices = NDArray[np.int64]
Words = NDArray[np.str_]


@dataclass(frozen=True)
class Tiles:
    """The frames of sequences of unequal length; tiles[i] is uint8 (T_i, 64, 64, 3), mapped from disk.

    frames: uint8 (F, 64, 64, 3); first, length: (N,), where each sequence begins and how long it is;
    most: of a longer sequence only so many frames are given, evenly spaced
    """

    frames: NDArray[np.uint8]
    first: Indices
    length: Indices
    most: int | None = None

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, row: int) -> NDArray[np.uint8]:
        first, length = int(self.first[row]), int(self.length[row])
        if self.most is None or length <= self.most:
            return self.frames[first : first + length]
        return self.frames[first + np.linspace(0, length - 1, self.most).round().astype(int)]


@dataclass(frozen=True)
class Store:
    """N sequences, with the face that training has of `Clips`.

    person: (N,) number of the identity; walk: (N,) number of the type among the person's types, sorted, so
    that 00-nm is 0; view: (N,) degrees that a view's name begins with, NaN where it begins with none
    identity, type, view_name, split: (N,) the folders' names, and "train" or "test"
    factors: int64 (N, 14), -1 where unknown; about: how the store was made
    """

    tiles: Tiles
    person: Indices
    walk: Indices
    view: NDArray[np.float64]
    identity: Words
    type: Words
    view_name: Words
    split: Words
    factors: Indices
    about: dict[str, Any]

    @classmethod
    def open(cls, folder: Path | str) -> Store:
        """Open a folder that `sgcross data pack` wrote.

        FileNotFoundError when it is none; ValueError when it is broken, or made by other preprocessing.
        """
        folder = Path(folder)
        if not (folder / LABELS).is_file():
            raise FileNotFoundError(f"no {folder / LABELS}; make a store with: sgcross data pack --help")
        try:
            content = json.loads((folder / LABELS).read_text(encoding="utf-8"))
            about, rows = content["about"], content["sequences"]
            _check_version(folder, about)
            return _store(_mapped(folder, [int(row["frames"]) for row in rows]), rows, about)
        except (KeyError, TypeError, json.JSONDecodeError) as broken:
            raise ValueError(f"{folder / LABELS} is broken: {broken!r}; pack the data set anew") from None

    def __len__(self) -> int:
        return len(self.tiles)

    @property
    def fingerprint(self) -> str:
        """Of what was packed, people, walks, views and factors: tells one data set from another."""
        return str(self.about.get("sequences", ""))

    def people(self) -> Indices:
        """The different people, sorted."""
        return np.unique(self.person)

    def select(self, rows: Indices | NDArray[np.bool_]) -> Store:
        """Those sequences alone; nothing is copied but labels."""
        tiles = replace(self.tiles, first=self.tiles.first[rows], length=self.tiles.length[rows])
        labels = {name: getattr(self, name)[rows] for name in (*_NUMBERS, *_WORDS)}
        return Store(tiles=tiles, **labels, about=self.about)

    def thinned(self, frames: int) -> Store:
        """With so many frames of each sequence at most, evenly spaced."""
        return replace(self, tiles=replace(self.tiles, most=frames))

    def only(self, split: str) -> Store:
        """The sequences of "train" or "test"; ValueError when there is none."""
        if not (self.split == split).any():
            there = ", ".join(np.unique(self.split))
            raise ValueError(f"the store has no sequence for {split!r}; it has some for: {there}")
        return self.select(self.split == split)

    def some(self, clips: int, seed: int = 0) -> Store:
        """So many sequences of each person, drawn at random; all of a person who has fewer."""
        rng = np.random.default_rng(seed)
        own = (np.flatnonzero(self.person == who) for who in self.people())
        return self.select(np.sort(np.concatenate([rng.permutation(found)[:clips] for found in own])))


_NUMBERS = ("person", "walk", "view", "factors")
_WORDS = ("identity", "type", "view_name", "split")


def _check_version(folder: Path, about: dict[str, Any]) -> None:
    for name, wanted in (("format", FORMAT), ("gait_version", VERSION)):
        if about[name] != wanted:
            raise ValueError(f"{folder} has {name} {about[name]!r}, not {wanted!r}; pack the data set anew")


def _mapped(folder: Path, lengths: list[int]) -> Tiles:
    path, length = folder / TILES, np.array(lengths, np.int64)
    size = path.stat().st_size if path.is_file() else 0
    if not lengths or size != length.sum() * FRAME:
        raise ValueError(
            f"{path} must hold {length.sum() * FRAME} bytes for {len(lengths)} sequences; got {size}; "
            "pack the data set anew"
        )
    frames = np.memmap(path, np.uint8, "r").reshape(-1, SIDE, SIDE, 3)
    return Tiles(frames, np.cumsum(length) - length, length)


def _store(tiles: Tiles, rows: Sequence[dict[str, Any]], about: dict[str, Any]) -> Store:
    names = ("identity", "type", "view", "split")
    words = {name: np.array([str(row[name]) for row in rows]) for name in names}
    _, person = np.unique(words["identity"], return_inverse=True)
    unknown = [-1] * len(FACTORS)
    return Store(
        tiles=tiles,
        person=person.astype(np.int64),
        walk=_numbered(person, words["type"]),
        view=np.array([_degrees(name) for name in words["view"]]),
        identity=words["identity"],
        type=words["type"],
        view_name=words["view"],
        split=words["split"],
        factors=np.array([row.get("factors") or unknown for row in rows], np.int64),
        about=about,
    )


def _numbered(person: Indices, types: Words) -> Indices:
    walk = np.zeros(len(person), np.int64)
    for who in np.unique(person):
        own = person == who
        walk[own] = np.unique(types[own], return_inverse=True)[1]
    return walk


def _degrees(view: str) -> float:
    return float(view[:3]) if view[:3].isdigit() else float("nan")
