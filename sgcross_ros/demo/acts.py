"""The three acts of the demo."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from sgcross_core.identity import Gallery, RecogniserConfig
from sgcross_core.identity.decision import Rule
from sgcross_ros.demo.operator import Operator
from sgcross_ros.demo.records import ActResult
from sgcross_ros.demo.stage import stage
from sgcross_ros.demo.world import World

PICTURES = 6


@dataclass(frozen=True)
class Act:
    """gallery: the sensor that saw the enrolment; probe: what sees people again, or "both" of them."""

    number: int
    title: str
    gallery: str
    probe: str

    @property
    def enrols(self) -> bool:
        """The last act uses the gallery of the first."""
        return self.probe != "both"


ACTS = (
    Act(1, "Enrolled by the camera, recognised by the LiDAR", "camera", "lidar"),
    Act(2, "Enrolled by the LiDAR, recognised by the camera", "lidar", "camera"),
    Act(3, "Both sensors, with the gallery of the first act", "camera", "both"),
)


def run_act(act: Act, world: World, out: Path, rate: float, weights: str) -> ActResult:
    """Enrol if the act does, and look for everybody in the probe walk; each with fresh nodes.

    So what is recognised has been read from the gallery's file.
    """
    begin = time.monotonic()
    gallery, logs = out / f"gallery-{act.gallery}.db", out / "logs" / f"act{act.number}"
    operator, enrolled = None, None
    if act.enrols:
        _remove(gallery)
        truth = world.truth("enrol")
        operator, words = Operator(truth, act.gallery), f"act {act.number}: the {act.gallery} enrols"
        with stage(logs / "enrol", gallery, rate, weights) as scene:
            enrolled = scene.play(world.bag("enrol"), act.gallery, truth, words, operator)
    words = f"act {act.number}: the {act.probe} looks" if act.enrols else f"act {act.number}: both look"
    pictures = PICTURES if act.probe == "both" else 0
    with stage(logs / "probe", gallery, rate, weights) as scene:
        truth = world.truth("probe")
        recording = scene.play(world.bag("probe"), act.probe, truth, words, pictures=pictures)
    done = operator.done if operator else ()
    seconds, limit = time.monotonic() - begin, name_limit(gallery)
    return ActResult(act.number, act.title, act.probe, act.gallery, seconds, recording, limit, done, enrolled)


def name_limit(gallery: Path) -> float:
    """The score that a name needs with so many people in the gallery, at the nodes' default settings."""
    config, opened = RecogniserConfig(), Gallery(gallery)
    try:
        return Rule(config.fpir, config.hold, config.least_probability).limit(len(opened.people()))
    finally:
        opened.close()


def _remove(gallery: Path) -> None:
    """The file and SQLite's log beside it."""
    for path in gallery.parent.glob(gallery.name + "*"):
        path.unlink()
