"""How long each stage takes for one moment, in this process, from a message to a name."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from sgcross_core.identity import Gallery, Recogniser
from sgcross_core.model import SHIPPED
from sgcross_core.people import PeoplePipeline, pipeline
from sgcross_core.runtime import TorchEngine
from sgcross_core.sensing import Calibration, Moment
from sgcross_ros import messages
from sgcross_ros.bench.replay import moments
from sgcross_ros.bench.stopwatch import Stopwatch

ENROL_AT = 40  # frames of a track: from then on the gallery has somebody to compare with
INSIDE = ("clusters", "masks", "joining", "tracking", "gait frame, a person")
ORDER = ("pairing, a message", "decode picture", "read cloud", *(f"  {stage}" for stage in INSIDE))
ORDER = (*ORDER, "people", "recognise", "all of a moment")


def stage_times(bag: Path, weights: str = "") -> dict[str, dict[str, Any]]:
    """p50, p95, p99, max and count of each stage, milliseconds; those inside "people" are indented."""
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as held:
        gallery = Gallery(Path(folder) / "gallery.db")
        held.callback(gallery.close)
        recogniser = Recogniser(TorchEngine(weights or SHIPPED, "cpu", 1), gallery)
        people = PeoplePipeline()
        _look_inside(people, watch, held)
        for moment, calibration in moments(bag, watch):
            people.calibration = calibration
            with watch.time("all of a moment"):
                _step(moment, calibration, people, recogniser, watch)
    figures = watch.figures()
    return {stage: figures[stage] for stage in ORDER if stage in figures}


def _look_inside(people: PeoplePipeline, watch: Stopwatch, held: ExitStack) -> None:
    parts = (
        (people._clusters, "find"),
        (people.segmenter, "segment"),
        (pipeline, "join"),
        (people._tracker, "step"),
        (pipeline, "gait_frame"),
    )
    for (owner, name), stage in zip(parts, INSIDE, strict=True):
        held.enter_context(watch.inside(owner, name, f"  {stage}"))


def _step(
    moment: Moment[Any, Any], calibration: Calibration | None, people: PeoplePipeline, recogniser: Recogniser,
    watch: Stopwatch,
) -> None:  # fmt: skip
    image = xyz = None
    if moment.frame is not None and calibration is not None:
        with watch.time("decode picture"):
            image = messages.picture(moment.frame, True)
    if moment.sweep is not None:
        with watch.time("read cloud"):
            xyz = messages.cloud(moment.sweep).xyz
    with watch.time("people"):
        found = people.step(moment.stamp, image, xyz)
    if not found:
        return
    tiles = np.stack([person.gait.tile() for person in found])
    with watch.time("recognise"):
        answers = recogniser.observe(moment.stamp, [person.track for person in found], tiles)
    for answer in answers:
        if answer.frames == ENROL_AT and answer.state != "pending":
            recogniser.enrol(answer.track, f"person {answer.track}")
