"""An evaluation as JSON with everything, a markdown table and a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from training.evaluation.chart import bar_chart
from training.evaluation.curves import curve_chart
from training.evaluation.figures import Figures, Pairing
from training.evaluation.open_set import CURVE, OpenSet, rows_of
from training.tables import percent, table

NOTE = (
    "Probe and gallery are named by the sensor that saw them; the papers' arrow runs the other way "
    "(their LiDAR-to-Camera has camera probes)."
)


@dataclass(frozen=True)
class Evaluation:
    """about: protocol, metric, weights, store and whatever else the figures depend on, plain.

    open_sets: of each pairing, in their order; empty where there are too few identities.
    """

    about: Mapping[str, Any]
    pairings: Sequence[Pairing]
    open_sets: Sequence[OpenSet] = ()

    def to_json(self) -> str:
        """Everything, the matrices of views too; shares 0..1, null where nothing could be measured."""
        content = {"about": dict(self.about), "pairings": [pairing.plain for pairing in self.pairings]}
        content["open_set"] = [
            {"probe": p.probe, "gallery": p.gallery, **found.plain} for p, found in self._open()
        ]
        return json.dumps(content, indent=1) + "\n"

    def to_markdown(self) -> str:
        """Rank-1 by condition, and all figures of the last condition, %."""
        facts = [f"- {name}: {value}" for name, value in self.about.items()]
        lines = ["# Recognition across sensors", "", *facts, "", NOTE, "", *self._by_condition(), ""]
        return "\n".join([*lines, *self._by_figure(), *self._by_alarms()]) + "\n"

    def write(self, report: Path) -> None:
        """FILE.md, and FILE.json, FILE.png, FILE.cmc.png and FILE.det.png beside it."""
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(self.to_markdown(), encoding="utf-8")
        report.with_suffix(".json").write_text(self.to_json(), encoding="utf-8")
        pictures = {".png": self._chart(), ".cmc.png": self._cmc()}
        if self.open_sets:
            pictures[".det.png"] = self._det()
        for suffix, picture in pictures.items():
            path = report.with_suffix(suffix)
            if not cv2.imwrite(str(path), picture):
                raise OSError(f"cannot write {path}")

    @property
    def _conditions(self) -> list[str]:
        return list(self.pairings[0].conditions)

    def _by_condition(self) -> list[str]:
        """A row a pairing; beside a figure stands how many probes it is of."""
        names = self._conditions
        counts = [self.pairings[0].conditions[name].probes for name in names]
        heads = [f"{name} ({count})" for name, count in zip(names, counts, strict=True)]
        rows = [
            [p.title, p.papers, *(percent(f.mean["rank1"]) for f in p.conditions.values())]
            for p in self.pairings
        ]
        return ["Rank-1 %, by condition (probes).", "", *table(["probe -> gallery", "papers", *heads], rows)]

    def _by_figure(self) -> list[str]:
        last = self._conditions[-1]
        names = list(self._of(self.pairings[0]).mean)
        rows = [[p.title, p.papers, *map(percent, self._of(p).mean.values())] for p in self.pairings]
        lost = self._of(self.pairings[0]).lost
        head = f"All figures, {last}, %; {lost} probes have an identity that is in no gallery."
        return [head, "", *table(["probe -> gallery", "papers", *names], rows)]

    def _open(self) -> list[tuple[Pairing, OpenSet]]:
        return list(zip(self.pairings, self.open_sets, strict=True)) if self.open_sets else []

    def _by_alarms(self) -> list[str]:
        """FNIR with its interval, and which FPIR is too small to be told."""
        if not self.open_sets:
            return []
        first = self.open_sets[0]
        heads = [f"at FPIR {100 * rate.fpir:g} %" for rate in first.rates]
        rows = rows_of([(p.title, p.papers, found) for p, found in self._open()])
        words = (
            f"Open set, FNIR % (95 % interval by person): half of {first.people} identities enrolled, the "
            f"others strangers, in turn. No FPIR below {100 * first.least:.2g} % can be told by so many "
            "strangers (rule of three)."
        )
        return ["", words, "", *table(["probe -> gallery", "papers", *heads], rows)]

    def _cmc(self) -> Any:
        """Of the last condition."""
        series = {p.title: self._of(p).cmc for p in self.pairings}
        ranks = [float(k + 1) for k in range(len(self._of(self.pairings[0]).cmc))]
        return curve_chart(f"CMC, {self._conditions[-1]}", "rank", ranks, series, False)

    def _det(self) -> Any:
        series = {p.title: found.curve for p, found in self._open()}
        return curve_chart("DET: FNIR over FPIR", "FPIR", CURVE.tolist(), series, True)

    def _of(self, pairing: Pairing) -> Figures:
        return pairing.conditions[self._conditions[-1]]

    def _chart(self) -> Any:
        """By condition where there is more than one, else by figure."""
        names = self._conditions
        if len(names) > 1:
            series = {p.title: [f.mean["rank1"] for f in p.conditions.values()] for p in self.pairings}
            return bar_chart("rank-1 by condition", names, series)
        series = {p.title: list(self._of(p).mean.values()) for p in self.pairings}
        return bar_chart(names[0], list(self._of(self.pairings[0]).mean), series)
