"""What has been seen of each track: window embeddings by sensor."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import WindowConfig, Windows
from sgcross_core.gait.windows import NS
from sgcross_core.identity.calibration import MODALITIES, Embeddings
from sgcross_core.identity.explanation import Seen
from sgcross_core.identity.matching import normalised

if TYPE_CHECKING:
    from sgcross_core.runtime.engine import Engine

CHANNEL = {"camera": 0, "lidar": 2}  # of a tile; all zero when the sensor did not see the person well


class Evidence:
    """Encodes each frame once and keeps the embeddings of the newest windows of each (track, modality)."""

    def __init__(self, engine: Engine, window: WindowConfig, average: int) -> None:
        self.engine, self.average = engine, average
        self._windows = Windows(window)
        self._kept: dict[tuple[int, str], deque[Seen]] = {}
        self._described: dict[int, deque[Embeddings]] = {}
        self._versions: dict[int, int] = {}
        self._seen: dict[int, int] = {}  # track -> newest stamp, also of frames that show nothing

    def add(self, stamp: int, tracks: Sequence[int], tiles: NDArray[np.uint8]) -> None:
        """Take one moment: tiles uint8 (N, 64, 64, 3) in the order of tracks."""
        for track in tracks:
            self._versions.setdefault(track, 0)
            self._seen[track] = stamp
        for modality in MODALITIES:
            seen = np.flatnonzero(tiles[..., CHANNEL[modality]].any(axis=(1, 2))).tolist()
            if seen:
                self._add(stamp, modality, [tracks[i] for i in seen], tiles[seen])

    def embeddings(self, track: int) -> dict[str, Embeddings]:
        """Modality -> float32 (D,), length 1: the mean of the track's windows; only with enough frames."""
        found = ((m, self.windows(track, m)) for m in MODALITIES)
        return {
            m: normalised(np.mean([seen.embedding for seen in kept], axis=0)[None])[0]
            for m, kept in found
            if kept
        }

    def windows(self, track: int, modality: str) -> list[Seen]:
        """What the embedding of a track by one sensor is the mean of, the oldest first."""
        return list(self._kept.get((track, modality), ()))

    def described(self, track: int) -> Embeddings:
        """The factors' probabilities in a track's windows, float32 (W, 69 or 0), by any sensor."""
        kept = self._described.get(track)
        return np.stack(list(kept)) if kept else np.zeros((0, 0), np.float32)

    def frames(self, track: int, modality: str) -> int:
        """Frames taken of a track by one sensor."""
        return self._windows.frames(track, modality)

    def most_frames(self, track: int) -> int:
        """Frames by the sensor that has most of the track."""
        return max(self.frames(track, m) for m in MODALITIES)

    def version(self, track: int) -> int:
        """Grows with every new embedding of a track."""
        return self._versions.get(track, 0)

    def tracks(self) -> list[int]:
        """The tracks that are remembered, sorted."""
        return sorted(self._versions)

    def forget_idle(self, now: int) -> list[int]:
        """Drop the tracks that were not in view for the configured time before now (nanoseconds)."""
        gone = [t for t, seen in self._seen.items() if now - seen > self._windows.config.idle_s * NS]
        self._windows.forget(gone)
        for track in gone:
            del self._versions[track], self._seen[track]
            self._described.pop(track, None)
            for modality in MODALITIES:
                self._kept.pop((track, modality), None)
        return gone

    def reset(self) -> None:
        """Forget everything."""
        self._windows.reset()
        self._kept.clear()
        self._described.clear()
        self._versions.clear()
        self._seen.clear()

    def _add(self, stamp: int, modality: str, tracks: list[int], tiles: NDArray[np.uint8]) -> None:
        features = self.engine.features(modality, tiles)
        windows = [self._windows.add(stamp, t, modality, f) for t, f in zip(tracks, features, strict=True)]
        complete = [(t, w) for t, w in zip(tracks, windows, strict=True) if w is not None]
        if not complete:
            return
        stacked = np.stack([window for _, window in complete])
        embedded, factors = self.engine.embed_and_describe(modality, stacked)
        for (track, _), embedding, described in zip(complete, embedded, factors, strict=True):
            seen = Seen(*self._windows.covered(track, modality), embedding)
            self._kept.setdefault((track, modality), deque(maxlen=self.average)).append(seen)
            self._described.setdefault(track, deque(maxlen=2 * self.average)).append(described)
            self._versions[track] += 1
