"""The three acts of the demo."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from sgcross_core.identity import Gallery, RecogniserConfig
from sgcross_core.identity.decision import Rule
from sgcross_ros.demo.operator import Operator
from sgcross_ros.demo.records import ActResult
from sgcross_ros.demo.stage import Stage, stage
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
    """Start fresh nodes, enrol if the act does, and look for everybody in the probe walk."""
    begin = time.monotonic()
    gallery = out / f"gallery-{act.gallery}.db"
    if act.enrols:
        _remove(gallery)
    with stage(out / "logs" / f"act{act.number}", gallery, rate, weights) as scene:
        operator = _enrol(scene, act, world) if act.enrols else None
        enrolled = scene.observer.recording if act.enrols else None
        words = f"act {act.number}: {act.probe} looks for everybody"
        pictures = PICTURES if act.probe == "both" else 0
        recording = scene.play(world.bag("probe"), act.probe, world.truth("probe"), words, pictures=pictures)
    done = operator.done if operator else ()
    limit = name_limit(gallery)
    seconds = time.monotonic() - begin
    return ActResult(act.number, act.title, act.probe, act.gallery, seconds, recording, limit, done, enrolled)


def _enrol(scene: Stage, act: Act, world: World) -> Operator:
    truth = world.truth("enrol")
    operator = Operator(truth, act.gallery)
    scene.play(world.bag("enrol"), act.gallery, truth, f"act {act.number}: {act.gallery} enrols", operator)
    return operator


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
