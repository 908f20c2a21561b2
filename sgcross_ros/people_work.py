"""What people_node's worker does with one moment: decode, track, publish."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sgcross_core.people import PeoplePipeline
from sgcross_core.sensing import Moment
from sgcross_ros import messages
from sgcross_ros.diagnostics import Refusals
from sgcross_ros.health import Meter
from sgcross_ros.people_output import PeopleOutput
from sgcross_ros.rig import View

A = TypeVar("A")


@dataclass(frozen=True)
class Arrived:
    """A message and when it came, seconds of the steady clock."""

    message: Any
    at: float


@dataclass(frozen=True)
class Job:
    """A moment on its way to the worker. resets: how many jumps back in time came before it."""

    moment: Moment[Arrived, Arrived]
    resets: int
    view: View


class PeopleWork:
    """Callable with a Job, always from the same thread; its meters and counters may be read from any."""

    def __init__(
        self, pipeline: PeoplePipeline, output: PeopleOutput, refusals: Refusals, compressed: bool
    ) -> None:
        self.processing, self.latency = Meter(), Meter()
        self.people = self.invalid_points = 0
        self._pipeline, self._output, self._refusals = pipeline, output, refusals
        self._compressed = compressed
        self._resets, self._view = 0, View("", None)

    def __call__(self, job: Job) -> None:
        """Publishes the people. A sensor whose message is bad is left out; without any, nothing is sent."""
        started = time.monotonic()
        self._follow(job)
        image = self._decoded("camera", job.moment.frame, self._picture)
        xyz = self._decoded("lidar", job.moment.sweep, self._points)
        if image is None and xyz is None:
            return
        people = self._pipeline.step(job.moment.stamp, image, xyz)
        self._output.publish(job.moment.stamp, job.view, people)
        self._measure(job, started, len(people))
        if image is not None:
            self._output.publish_overlay(job.moment.stamp, job.view, people, image)

    def _follow(self, job: Job) -> None:
        """Start anew after a jump back in time or when the output frame changes; take a new calibration."""
        if job.resets != self._resets or job.view.frame != self._view.frame:
            self._pipeline.reset()
        if job.view is not self._view:
            self._pipeline.calibration = job.view.calibration
        if job.view.camera_alone:
            self._output.announce_forward_frame(job.moment.stamp, job.view)
        self._resets, self._view = job.resets, job.view

    def _decoded(self, kind: str, arrived: Arrived | None, decode: Callable[[Any], A]) -> A | None:
        if arrived is None:
            return None
        try:
            return decode(arrived.message)
        except ValueError as wrong:
            self._refusals.add(kind, str(wrong))
            return None

    def _picture(self, message: Any) -> NDArray[np.uint8]:
        image = messages.picture(message, self._compressed)
        calibration = self._view.calibration
        if calibration is not None:
            _check_size(image, calibration.camera.width, calibration.camera.height)
        return image

    def _points(self, message: Any) -> NDArray[np.float32]:
        cloud = messages.cloud(message)
        self.invalid_points = cloud.invalid
        return cloud.xyz

    def _measure(self, job: Job, started: float, people: int) -> None:
        now = time.monotonic()
        arrivals = [arrived.at for arrived in (job.moment.frame, job.moment.sweep) if arrived is not None]
        self.processing.add(now - started)
        self.latency.add(now - max(arrivals))
        self.people = people


def _check_size(image: NDArray[np.uint8], width: int, height: int) -> None:
    if image.shape[:2] != (height, width):
        found = f"{image.shape[1]}x{image.shape[0]}"
        raise ValueError(f"image is {found}, camera_info says {width}x{height}")
