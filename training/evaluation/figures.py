"""What an evaluation found, by pairing of sensors and condition."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sgcross_core.identity.calibration import PAIRS
from training.evaluation.places import Floats

# By (probe, gallery). The papers' arrow runs from the gallery to the probe: the figures they print under
# "LiDAR-to-Camera" are those of camera probes (UniCrossGait's evaluator and the logs of both papers).
PAPERS = {
    ("camera", "camera"): "Camera",
    ("camera", "lidar"): "LiDAR-to-Camera",
    ("lidar", "camera"): "Camera-to-LiDAR",
    ("lidar", "lidar"): "LiDAR",
}


@dataclass(frozen=True)
class Figures:
    """Shares 0..1 by name, NaN where nothing could be measured.

    probes: how many; lost: those whose identity is in no gallery; views and matrices: where the protocol
    tells views apart, by name (V, V), rows the probe's view, columns the gallery's, same views too
    cmc: rank-1, rank-2, ...
    """

    probes: int
    lost: int
    mean: Mapping[str, float]
    views: list[str] = field(default_factory=list)
    matrices: Mapping[str, Floats] = field(default_factory=dict)
    cmc: list[float] = field(default_factory=list)

    @property
    def plain(self) -> dict[str, Any]:
        """For JSON; null for NaN."""
        matrices = {name: [_plain(row) for row in rows.tolist()] for name, rows in self.matrices.items()}
        mean = dict(zip(self.mean, _plain(list(self.mean.values())), strict=True))
        return {
            "probes": self.probes,
            "lost": self.lost,
            "mean": mean,
            "views": self.views,
            "matrices": matrices,
            "cmc": _plain(self.cmc),
        }


@dataclass(frozen=True)
class Pairing:
    """conditions: figures by condition; the sensors' names as everywhere."""

    probe: str
    gallery: str
    conditions: Mapping[str, Figures]

    @property
    def title(self) -> str:
        """Ours and the papers' word."""
        return f"{self.probe} -> {self.gallery}"

    @property
    def papers(self) -> str:
        """How the papers label this pairing."""
        return PAPERS[self.probe, self.gallery]

    @property
    def plain(self) -> dict[str, Any]:
        """For JSON."""
        conditions = {name: figures.plain for name, figures in self.conditions.items()}
        return {
            "probe": self.probe,
            "gallery": self.gallery,
            "papers_label": self.papers,
            "conditions": conditions,
        }


def pairings(figures: Callable[[str, str], Mapping[str, Figures]]) -> list[Pairing]:
    """Of all (probe, gallery) pairs of sensors."""
    return [Pairing(probe, gallery, figures(probe, gallery)) for probe, gallery in PAIRS]


def _plain(row: list[float]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in row]
