"""From tiles of walkers to names: keeps the tracks' evidence, compares it with the gallery, decides."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sgcross_core import settings
from sgcross_core.gait import SIDE, WindowConfig
from sgcross_core.identity.calibration import MODALITIES
from sgcross_core.identity.decision import Rule, decide
from sgcross_core.identity.evidence import Evidence
from sgcross_core.identity.explanation import Explanation, explain, walk_in_words
from sgcross_core.identity.gallery import Gallery, GalleryMismatch
from sgcross_core.identity.matching import Match, People, match
from sgcross_core.settings import nested, setting

if TYPE_CHECKING:
    from sgcross_core.runtime.engine import Engine

SPOKEN = {"camera": "camera", "lidar": "LiDAR"}
JUMP_NS = 1_000_000_000
NOBODY = People((), {m: np.zeros((0, 0), np.float32) for m in MODALITIES})


@dataclass(frozen=True)
class RecogniserConfig:
    """How much walking an answer needs and how sure it must be."""

    fpir: float = setting(0.02, "share of strangers that may be given any name", low=1e-6, high=0.5)
    hold: float = setting(0.5, "bonus for the name a track already has, in deviates", low=0.0, high=3.0)
    least_probability: float = setting(0.5, "a name less probable than this is not given", low=0.0, high=1.0)
    average: int = setting(12, "windows of a track that are averaged, the newest", low=1, high=1000)
    window: WindowConfig = nested(WindowConfig)  # noqa: RUF009

    def __post_init__(self) -> None:
        settings.check(self)


@dataclass(frozen=True)
class Identity:
    """The answer for one track.

    state: "pending", "unknown" or "name"; probability: of that state's answer, 0 while pending;
    score: of the best person, as a normal deviate of strangers' scores, 0 when there was nobody to compare
    with;
    probe_modality, gallery_modality: what carried the comparison, None when there was none;
    frames: of the modality with most evidence; frames_needed: until the first answer; runner_up: the second
    best; explanation: of the score of the best person, None when there was nobody to compare with;
    walk: the walk in words, "" while nothing is known of it.
    """

    track: int
    state: str
    name: str | None = None
    probability: float = 0.0
    score: float = 0.0
    probe_modality: str | None = None
    gallery_modality: str | None = None
    frames: int = 0
    frames_needed: int = 0
    runner_up: str | None = None
    runner_up_score: float = 0.0
    explanation: Explanation | None = None
    walk: str = ""


class Recogniser:
    """Recognises tracks by their gait; every method may be called from any thread.

    notice: "" or why the gallery cannot be compared (made by another model), for the user to see.
    """

    def __init__(self, engine: Engine, gallery: Gallery, config: RecogniserConfig | None = None) -> None:
        self.engine, self.gallery, self.config = engine, gallery, config or RecogniserConfig()
        self.notice = ""
        self._evidence = Evidence(engine, self.config.window, self.config.average)
        self._rule = Rule(self.config.fpir, self.config.hold, self.config.least_probability)
        self._people, self._revision = NOBODY, -1
        self._held: dict[int, str] = {}
        self._matches: dict[int, tuple[int, Match]] = {}
        self._newest: int | None = None
        self._lock = threading.RLock()

    def observe(self, stamp: int, tracks: Sequence[int], tiles: NDArray[np.uint8]) -> list[Identity]:
        """The people of one moment (stamp in nanoseconds), tiles uint8 (N, 64, 64, 3) in the order of tracks.

        A stamp more than a second back forgets all tracks; one not newer than the last adds no evidence.
        """
        _check(tracks, tiles)
        with self._lock:
            if self._newest is not None and stamp < self._newest - JUMP_NS:
                self.reset()
            if self._newest is None or stamp > self._newest:
                self._take(stamp, tracks, tiles)
            self._refresh_people()
            return self._answers(list(tracks))

    def enrol(self, track: int, name: str) -> str:
        """Store the track's walk under a name, one template for each sensor with enough frames.

        Returns the sentence for the user. ValueError for an unknown track, too few frames, or a name that is
        not allowed.
        """
        with self._lock:
            ready = self._evidence.embeddings(track)
            if not ready:
                raise ValueError(self._why_not(track))
            for modality, embedding in ready.items():
                frames = self._evidence.frames(track, modality)
                self.gallery.enrol(name, modality, embedding, frames, self.engine.model_hash)
            seen = "; ".join(f"{SPOKEN[m]}, {self._evidence.frames(track, m)} frames" for m in ready)
            return f"enrolled {name.strip()} from track {track}: {seen}"

    def forget(self, name: str) -> str:
        """Delete a person for good; the sentence for the user. ValueError when nobody has the name."""
        with self._lock:
            gone = self.gallery.forget(name)
            if not gone:
                known = ", ".join(self.people()) or "nobody"
                raise ValueError(f"nobody is enrolled as {name!r}; enrolled: {known}")
            return f"forgot {name.strip()}: {gone} template{'s' if gone > 1 else ''} deleted"

    def people(self) -> dict[str, dict[str, int]]:
        """Person -> modality -> number of templates."""
        return self.gallery.people()

    def reset(self) -> None:
        """Forget the tracks, as after a jump back in time; the gallery stays."""
        with self._lock:
            self._evidence.reset()
            self._held.clear()
            self._matches.clear()
            self._newest = None

    def _take(self, stamp: int, tracks: Sequence[int], tiles: NDArray[np.uint8]) -> None:
        self._evidence.add(stamp, tracks, tiles)
        for track in self._evidence.forget_idle(stamp):
            self._held.pop(track, None)
            self._matches.pop(track, None)
        self._newest = stamp

    def _refresh_people(self) -> None:
        """Read the gallery again when any process has changed it."""
        if (revision := self.gallery.revision()) == self._revision:
            return
        try:
            templates = self.gallery.templates(self.engine.model_hash)
            self._people, self.notice = People.of(templates), _waiting(templates.waiting)
        except GalleryMismatch as mismatch:
            self._people, self.notice = NOBODY, str(mismatch)
        self._revision = revision
        self._matches.clear()

    def _answers(self, tracks: list[int]) -> list[Identity]:
        ready = [t for t in tracks if self._evidence.embeddings(t)]
        matches = [self._match(t) for t in ready]
        held = {i: self._held[t] for i, t in enumerate(ready) if t in self._held}
        chosen = decide(matches, held, self._rule)
        answers = {t: self._answer(t, m, row) for t, m, row in zip(ready, matches, chosen, strict=True)}
        return [answers.get(t) or self._pending(t) for t in tracks]

    def _match(self, track: int) -> Match:
        """Computed anew only when the track has a new window or the gallery has changed."""
        version = self._evidence.version(track)
        if track not in self._matches or self._matches[track][0] != version:
            found = match(self._evidence.embeddings(track), self._people, self.engine.calibration)
            self._matches[track] = (version, found)
        return self._matches[track][1]

    def _answer(self, track: int, found: Match, row: int | None) -> Identity:
        self._held.pop(track, None)
        frames, walk = self._evidence.most_frames(track), walk_in_words(self._evidence.described(track))
        if not found.people:
            return Identity(track, "unknown", probability=1.0, frames=frames, walk=walk)
        order = np.argsort(-found.deviates, kind="stable")
        best = int(order[0]) if row is None else row
        rival = next((int(i) for i in order if i != best), None)
        likely = found.probabilities()
        probe, gallery = found.pairs[best]
        if row is not None:
            self._held[track] = found.people[row]
        return Identity(
            track=track,
            state="unknown" if row is None else "name",
            name=None if row is None else found.people[row],
            probability=float(1 - likely.sum() if row is None else likely[row]),
            score=float(found.deviates[best]),
            probe_modality=probe,
            gallery_modality=gallery,
            frames=frames,
            runner_up=None if rival is None else found.people[rival],
            runner_up_score=0.0 if rival is None else float(found.deviates[rival]),
            explanation=self._explained(track, found, best),
            walk=walk,
        )

    def _explained(self, track: int, found: Match, row: int) -> Explanation:
        probe, gallery = found.pairs[row]
        return explain(
            self._evidence.windows(track, probe),
            self._people.templates[gallery][row],
            (probe, gallery),
            found.by_pair[row],
            self.engine.calibration,
            self.engine.strips,
        )

    def _pending(self, track: int) -> Identity:
        frames = self._evidence.most_frames(track)
        needed = max(1, self.config.window.min_frames - frames)
        return Identity(track, "pending", frames=frames, frames_needed=needed)

    def _why_not(self, track: int) -> str:
        known = self._evidence.tracks()
        if track not in known:
            return f"there is no track {track}; tracks seen lately: {', '.join(map(str, known)) or 'none'}"
        seen = ", ".join(f"{SPOKEN[m]} {self._evidence.frames(track, m)}" for m in MODALITIES)
        return f"track {track} has too few frames ({seen}); {self.config.window.min_frames} of one are needed"


def _check(tracks: Sequence[int], tiles: NDArray[np.uint8]) -> None:
    if tiles.dtype != np.uint8 or tiles.shape != (len(tracks), SIDE, SIDE, 3):
        wanted = (len(tracks), SIDE, SIDE, 3)
        raise ValueError(f"tiles must be uint8 {wanted}; got {tiles.dtype} {tiles.shape}")
    if len(set(tracks)) != len(tracks):
        raise ValueError(f"a track may occur once in a moment; got {list(tracks)}")


def _waiting(waiting: object) -> str:
    return f"templates of other models wait in the gallery and are not compared: {waiting}" if waiting else ""
