"""People from moment to moment: joint tracks of camera and LiDAR on the ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from sgcross_core import settings
from sgcross_core.people.clusters import Cluster
from sgcross_core.people.joining import Look, Sighting
from sgcross_core.people.measuring import BODY_M, HEIGHTS, Measurement, measure, sight_noise
from sgcross_core.people.motion import Walk
from sgcross_core.sensing.calibration import Calibration
from sgcross_core.settings import setting

Floats = NDArray[np.float64]

FAR = 1e6  # cost of a match that is out of the question
HEIGHT_SD, HEIGHT_MOST = 0.1, 4.0  # metres; how much another height may count against a match
KEEP = 0.9  # of the old estimate of somebody's height or look when a new one comes
LOOK_SD, LOOK_MOST = 15.0, 9.0  # grey levels; how much another look may count against a match
SURE = 2.5  # standard deviations: a guessed place that has moved so far has moved


@dataclass(frozen=True)
class TrackerConfig:
    """When somebody becomes a track, and for how long."""

    confirm_hits: int = setting(4, "sightings before a track is shown", low=1, high=100)
    confirm_move_m: float = setting(
        0.3, "way before a track of one sensor is shown", low=0.0, high=10.0, unit="m"
    )
    coast_s: float = setting(1.5, "a track unseen for longer is deleted", low=0.0, high=60.0, unit="s")
    doubt_s: float = setting(0.35, "the same before it is shown", low=0.0, high=60.0, unit="s")
    gate: float = setting(4.0, "largest misfit of a match, in standard deviations", low=0.5, high=20.0)
    apart_m: float = setting(0.4, "a new track is no nearer to a shown one", low=0.0, high=2.0, unit="m")

    def __post_init__(self) -> None:
        settings.check(self)


@dataclass(eq=False)
class Track:
    """One person over time. number: from 1 on, 0 until the track is shown; stamps in nanoseconds."""

    walk: Walk
    stamp: int
    first: Measurement
    ground_z: float
    number: int = 0
    hits: int = 1
    backed: int = 0  # sightings by both sensors
    height: float | None = None
    look: Look | None = None
    last_seen: int = 0
    sighting: Sighting | None = None  # of this moment
    begun_as: Cluster | None = None
    guessed_from: Floats | None = None  # the camera's place (2,) while only the camera has seen the person
    box: tuple[int, int, int, int] | None = None  # of the newest mask, pixels
    history: list[bool] = field(default_factory=lambda: [True])

    @property
    def score(self) -> float:
        """Share of the last ten moments in which the person was seen, 0..1."""
        return sum(self.history) / len(self.history)

    def has_moved(self, metres: float) -> bool:
        """Whether the person is that far from where they were first seen, beyond what may be error."""
        off = self.walk.place - self.first.place
        spread = self.walk.spread[:2, :2] + self.first.steady().noise
        if np.hypot(*off) < metres:
            return False
        if self.guessed_from is not None and float(off @ np.linalg.solve(spread, off)) < SURE**2:
            return False
        now = None if self.sighting is None else self.sighting.cluster
        return self.begun_as is None or now is None or _both_ends_moved(self.begun_as, now, off, metres / 3)

    def compared(self, measurement: Measurement) -> tuple[Walk, Measurement]:
        """The walk and a measurement as they are to be compared, whichever sensors they came from."""
        if self.height is not None:
            return self.walk, measurement.of_height(self.height)
        if self.guessed_from is None:
            return self.walk, measurement
        if measurement.eye is not None:
            return self.walk, measurement.steady()
        # All ranges so far had the same error: it is not in the walk's spread.
        return self.walk.blurred(sight_noise(self.walk.place - self.guessed_from, HEIGHTS)), measurement

    def see(self, sighting: Sighting, measurement: Measurement, stamp: int) -> None:
        """Take in a sighting of this moment."""
        walk, measurement = self.compared(measurement)
        self.walk = walk.seen(measurement.place, measurement.noise)
        if measurement.eye is None:
            self.guessed_from = None
        self.ground_z, self.last_seen, self.sighting = measurement.ground_z, stamp, sighting
        self.hits += 1
        self.backed += sighting.segment is not None and sighting.cluster is not None
        self.box = sighting.segment.box if sighting.segment is not None else self.box
        if (height := measurement.height) is not None:
            self.height = height if self.height is None else KEEP * self.height + (1 - KEEP) * height
        if (look := sighting.look) is not None:
            self.look = look if self.look is None else KEEP * self.look + (1 - KEEP) * look


class Tracker:
    """Follows people through sightings; numbers begin at 1 in every instance and after every reset."""

    def __init__(self, config: TrackerConfig | None = None) -> None:
        self.config = config or TrackerConfig()
        self.reset()

    def reset(self) -> None:
        """Forget everybody."""
        self.tracks: list[Track] = []
        self._numbers = 0

    def expected(self, stamp: int) -> list[Track]:
        """The shown tracks, moved on to a stamp, nanoseconds."""
        self._move(stamp)
        return [track for track in self.tracks if track.number]

    def step(self, stamp: int, sightings: Sequence[Sighting], calibration: Calibration | None) -> list[Track]:
        """Take in the sightings of a moment; the shown tracks that were seen in it."""
        self._move(stamp)
        measured = [(s, m) for s in sightings if (m := measure(s, calibration)) is not None]
        shown = [track for track in self.tracks if track.number]
        others = [track for track in self.tracks if not track.number]
        for tracks in (shown, others):
            measured = self._match(tracks, measured, stamp)
        self.tracks += [_begun(s, m, stamp) for s, m in measured if self._may_begin(s, m)]
        self._age(stamp, calibration)
        return [track for track in self.tracks if track.number and track.sighting is not None]

    def _move(self, stamp: int) -> None:
        # After a gap in time nobody who comes is taken for somebody from before it.
        self.tracks = [t for t in self.tracks if stamp - t.last_seen <= 1e9 * self.config.coast_s]
        for track in self.tracks:
            track.sighting = None
            if stamp > track.stamp:
                track.walk = track.walk.after((stamp - track.stamp) / 1e9)
                track.stamp = stamp

    def _match(
        self, tracks: list[Track], measured: list[tuple[Sighting, Measurement]], stamp: int
    ) -> list[tuple[Sighting, Measurement]]:
        """Give tracks their sightings; what is left."""
        if not (tracks and measured):
            return measured
        cost = np.array([[self._cost(track, s, m) for s, m in measured] for track in tracks])
        pairs = [(t, s) for t, s in zip(*linear_sum_assignment(cost), strict=True) if cost[t, s] < FAR]
        for t, s in pairs:
            tracks[t].see(*measured[s], stamp)
        taken = {s for _, s in pairs}
        return [one for s, one in enumerate(measured) if s not in taken]

    def _cost(self, track: Track, sighting: Sighting, measurement: Measurement) -> float:
        """Negative log likelihood of a match, FAR beyond the gate."""
        walk, better = track.compared(measurement)
        square, log = walk.distance(better.place, better.noise)
        if square > self.config.gate**2:
            return FAR
        if track.height is not None and better.height is not None:
            square += min(((track.height - better.height) / HEIGHT_SD) ** 2, HEIGHT_MOST)
        if track.look is not None and sighting.look is not None:
            square += min(float(np.mean((track.look - sighting.look) ** 2)) / LOOK_SD**2, LOOK_MOST)
        return square + log

    def _may_begin(self, sighting: Sighting, measurement: Measurement) -> bool:
        """A mask that is cut off does not say where somebody is; who is very near to a track is the same."""
        if sighting.cluster is None and not (sighting.segment and sighting.segment.whole):
            return False
        return not self._crowds(measurement.place, None)

    def _crowds(self, place: Floats, but: Track | None) -> bool:
        """Whether a shown track that is seen now is too near to a place (2,)."""
        return any(
            np.hypot(*(track.walk.place - place)) < self.config.apart_m
            for track in self.tracks
            if track is not but and track.number and track.sighting is not None
        )

    def _age(self, stamp: int, calibration: Calibration | None) -> None:
        """Show those that are sure, delete those that are gone."""
        for track in self.tracks:
            track.history = [*track.history[-9:], track.sighting is not None]
            if not track.number and self._sure(track):
                self._numbers += 1
                track.number = self._numbers
        self.tracks = [
            track
            for track in self.tracks
            if track.sighting is not None or stamp - track.last_seen <= self._patience(track, calibration)
        ]

    def _sure(self, track: Track) -> bool:
        if track.hits < self.config.confirm_hits or track.sighting is None:
            return False
        backed = track.backed >= self.config.confirm_hits
        return (backed or track.has_moved(self.config.confirm_move_m)) and not self._crowds(
            track.walk.place, track
        )

    def _patience(self, track: Track, calibration: Calibration | None) -> float:
        """Nanoseconds that a track may stay unseen: few before it is shown, and after it left the picture."""
        if track.guessed_from is not None and calibration is not None:
            if _walks_out(track, calibration):
                return 0.0  # who is seen there next is somebody who comes in
            if not 0 <= _column(track, calibration) < calibration.camera.width:
                return 1e9 * self.config.doubt_s
        return 1e9 * (self.config.coast_s if track.number else self.config.doubt_s)


def _column(track: Track, calibration: Calibration, later_s: float = 0.0) -> float:
    """Of a track's middle in the picture, pixels, nan behind the camera."""
    place = track.walk.place + later_s * track.walk.velocity
    return float(calibration.project(np.array([[*place, track.ground_z + BODY_M / 2]]))[0, 0])


def _walks_out(track: Track, calibration: Calibration) -> bool:
    """Whether the newest mask was cut at the side of the picture to which the person walks."""
    if track.box is None:
        return False
    outwards = _column(track, calibration, 0.5) - _column(track, calibration)
    at_left, at_right = track.box[0] <= 0, track.box[2] >= calibration.camera.width
    return bool((at_left and outwards < 0) or (at_right and outwards > 0))


def _both_ends_moved(before: Cluster, now: Cluster, way: Floats, metres: float) -> bool:
    """Whether both ends of a cluster moved along a way (2,): of a wall coming into sight only one does."""
    along = (way / np.hypot(*way)).astype(np.float32)
    ends = [np.percentile(cluster.points[:, :2] @ along, (10, 90)) for cluster in (before, now)]
    return bool((ends[1] - ends[0]).min() >= metres)


def _begun(sighting: Sighting, measurement: Measurement, stamp: int) -> Track:
    backed = sighting.segment is not None and sighting.cluster is not None
    walk = Walk.begin(measurement.place, measurement.noise)
    return Track(
        walk, stamp, measurement, measurement.ground_z, backed=int(backed), height=measurement.height,
        look=sighting.look, last_seen=stamp, sighting=sighting, guessed_from=measurement.eye,
        begun_as=sighting.cluster,
    )  # fmt: skip
