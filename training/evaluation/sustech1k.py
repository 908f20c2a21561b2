"""SUSTech1K's protocol: one normal walk in the gallery, probes by condition, every view against every other.

Each (probe view, gallery view) is an experiment of its own. A figure is the mean over probe views of the mean
over the other gallery views, each view weighing the same, however many probes it has; cells without probes or
gallery are left out. A probe whose identity is not in the gallery is missed, as in the papers' figures, which
round each cell to 0.01 % before averaging; these do not.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.layout import GALLERY
from training.data.store import Words
from training.evaluation.distance import Parts
from training.evaluation.embed import Embedded
from training.evaluation.figures import Figures, Pairing, pairings
from training.evaluation.places import Floats, Places, find_places

MOST_RANK, MOST_OF_CURVE = 5, 20
NAMES = (*(f"rank{k}" for k in range(1, MOST_RANK + 1)), "mAP", "mINP")

# Of a sequence's type, as the papers find them: by letters anywhere in it. Overall takes every walk that is
# numbered 01 to 04; the letters of a condition may be in none or in more than one of the others.
PROBES = {
    "normal": ("01-nm",), "bag": ("bg",), "clothing": ("cl",), "carrying": ("cr",), "umbrella": ("ub",),
    "uniform": ("uf",), "occlusion": ("oc",), "night": ("nt",), "overall": ("01", "02", "03", "04"),
}  # fmt: skip


def sustech1k(embedded: Embedded, metric: str) -> list[Pairing]:
    """All four pairings of sensors; ValueError when there is no gallery or no probe at all."""
    probe, gallery = roles(embedded)
    setup = _Setup(embedded, probe, gallery)
    return pairings(lambda by, among: setup.figures(embedded.of[by], embedded.of[among], metric))


def roles(embedded: Embedded) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """bool (N,) each: which sequences are probes and which are the gallery; ValueError when none is."""
    gallery = np.char.find(embedded.type, GALLERY) >= 0
    probe = _having(embedded.type, PROBES["overall"]) & ~gallery
    for name, rows in ((f"gallery ({GALLERY})", gallery), ("probes (01 to 04)", probe)):
        if not rows.any():
            there = ", ".join(np.unique(embedded.type))
            raise ValueError(f"the sequences have no {name}; there are types {there}")
    return probe, gallery


@dataclass(frozen=True)
class _Setup:
    """probe, gallery: bool (N,), which sequences are which."""

    embedded: Embedded
    probe: NDArray[np.bool_]
    gallery: NDArray[np.bool_]

    @property
    def views(self) -> Words:
        return np.unique(self.embedded.view[self.probe | self.gallery])

    def figures(self, by: Parts, among: Parts, metric: str) -> dict[str, Figures]:
        """By condition."""
        of, probe, gallery = self.embedded, self.probe, self.gallery
        _, who = np.unique(of.identity, return_inverse=True)
        galleries = [np.flatnonzero(of.view[gallery] == view) for view in self.views]
        places = find_places(by[probe], who[probe], among[gallery], who[gallery], galleries, metric)
        return {
            condition: self._condition(places, _having(of.type[probe], letters))
            for condition, letters in PROBES.items()
        }

    def _condition(self, places: Places, chosen: NDArray[np.bool_]) -> Figures:
        rows = [chosen & (self.embedded.view[self.probe] == view) for view in self.views]
        empty = [not (self.embedded.view[self.gallery] == view).any() for view in self.views]
        shares: dict[str, Callable[[NDArray[np.bool_]], Floats]] = {
            **{f"rank{k}": _within(places, k) for k in range(1, MOST_RANK + 1)},
            "mAP": lambda row: places.precision[row].mean(axis=0),
            "mINP": lambda row: places.penalty[row].mean(axis=0),
        }
        matrices = {name: _matrix(share, rows, empty) for name, share in shares.items()}
        return Figures(
            probes=int(chosen.sum()),
            lost=int(np.isinf(places.first[chosen]).all(axis=1).sum()),
            mean={name: mean_over_views(matrix) for name, matrix in matrices.items()},
            views=[str(view) for view in self.views],
            matrices=matrices,
            cmc=[
                mean_over_views(_matrix(_within(places, k), rows, empty)) for k in range(1, MOST_OF_CURVE + 1)
            ],
        )


def _matrix(
    share: Callable[[NDArray[np.bool_]], Floats], rows: list[NDArray[np.bool_]], empty: list[bool]
) -> Floats:
    """(V, V): a share of each probe view's rows in each gallery; NaN where either is empty."""
    nothing = np.full(len(rows), np.nan)
    return np.where(empty, np.nan, np.array([share(row) if row.any() else nothing for row in rows]))


def mean_over_views(matrix: Floats) -> float:
    """Of a matrix (V, V): rows without their own view's cell, then the rows' means; NaN where nothing is."""
    other = np.where(np.eye(len(matrix), dtype=bool), np.nan, matrix)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of rows without any value
        return float(np.nanmean(np.nanmean(other, axis=1)))


def _within(places: Places, rank: int) -> Callable[[NDArray[np.bool_]], Floats]:
    return lambda row: np.asarray((places.first[row] <= rank).mean(axis=0), np.float64)


def _having(types: Words, letters: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which of the types have some of the letters in them."""
    return np.any([np.char.find(types, some) >= 0 for some in letters], axis=0)
