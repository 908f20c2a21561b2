"""Clips of walkers on disk: one array of tiles and one label array a property, opened without loading."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import SIDE

LABELS = ("person", "walk", "view", "distance")


@dataclass(frozen=True)
class Clips:
    """N clips of T frames.

    tiles: uint8 (N, T, 64, 64, 3): silhouette, depth view, LiDAR coverage; mapped from disk
    person: (N,) seed; walk: (N,) number
    view: (N,) degrees 0..360 from the heading to the sensor in the middle of the clip; distance: (N,) metres,
    then
    """

    tiles: NDArray[np.uint8]
    person: NDArray[np.int64]
    walk: NDArray[np.int64]
    view: NDArray[np.float64]
    distance: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.tiles.ndim != 5 or self.tiles.shape[2:] != (SIDE, SIDE, 3) or self.tiles.dtype != np.uint8:
            raise ValueError(
                f"tiles must be uint8 (N, T, 64, 64, 3); got {self.tiles.dtype} {self.tiles.shape}"
            )
        for name in LABELS:
            if (shape := getattr(self, name).shape) != (len(self.tiles),):
                raise ValueError(f"{name} must have one value a clip, ({len(self.tiles)},); got {shape}")

    @classmethod
    def open(cls, folder: Path | str) -> Clips:
        """Open FOLDER/{tiles,person,walk,view,distance}.npy; FileNotFoundError names what is missing."""
        folder = Path(folder)
        for name in ("tiles", *LABELS):
            if not (folder / f"{name}.npy").is_file():
                raise FileNotFoundError(
                    f"no {folder / name}.npy: make clips with sgcross world clips, or pack a data set with "
                    "sgcross data pack"
                )
        tiles = np.load(folder / "tiles.npy", mmap_mode="r", allow_pickle=False)
        person, walk, view, distance = (np.load(folder / f"{n}.npy", allow_pickle=False) for n in LABELS)
        middles = (_middle(view), _middle(distance))
        return cls(tiles, person.astype(np.int64), walk.astype(np.int64), *middles)

    def __len__(self) -> int:
        return len(self.tiles)

    @property
    def fingerprint(self) -> str:
        """Of whose walks these are: tells one data set from another."""
        return hashlib.sha256(self.person.tobytes() + self.walk.tobytes()).hexdigest()[:16]

    def some(self, clips: int, seed: int = 0) -> Clips:
        """So many clips of each person, drawn at random; all of a person who has fewer."""
        rng = np.random.default_rng(seed)
        own = (np.flatnonzero(self.person == who) for who in self.people())
        rows = np.sort(np.concatenate([rng.permutation(found)[:clips] for found in own]))
        labels = (getattr(self, name)[rows] for name in LABELS)
        return Clips(self.tiles[rows], *labels)

    def people(self) -> NDArray[np.int64]:
        """The different people, sorted."""
        return np.unique(self.person)


def _middle(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """One value a clip, (N,), of one a frame, (N, T), or as it is."""
    return (values[:, values.shape[1] // 2] if values.ndim == 2 else values).astype(np.float64)
