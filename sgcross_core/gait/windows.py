"""The rolling windows of each track: running maxima over cached frame features.

A window is the maximum over `frames` frames and starts anew every `stride` frames. Each block of `stride`
frames keeps one running maximum; a window is the maximum of its newest blocks, so a frame's cost does not
depend on `frames`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sgcross_core import settings
from sgcross_core.settings import setting

Feature = NDArray[np.float32]
NS = 1_000_000_000


@dataclass(frozen=True)
class WindowConfig:
    """How many frames of a walk one embedding sees."""

    frames: int = setting(30, "frames a window", low=1, high=600)
    stride: int = setting(10, "frames between the starts of windows; divides frames", low=1, high=600)
    min_frames: int = setting(20, "frames before the first, shorter window", low=1, high=600)
    max_gap_s: float = setting(1.0, "longest hole inside a window", low=0.0, high=60.0, unit="s")
    idle_s: float = setting(30.0, "a track unseen for so long is forgotten", low=0.1, high=3600.0, unit="s")

    def __post_init__(self) -> None:
        settings.check(self)
        if self.frames % self.stride:
            raise ValueError(f"frames must be a multiple of stride; got {self.frames} and {self.stride}")
        if self.min_frames % self.stride or self.min_frames > self.frames:
            raise ValueError(
                f"min_frames must be a multiple of stride ({self.stride}), at most frames ({self.frames}); "
                f"got {self.min_frames}"
            )


@dataclass
class _Stream:
    """The frames of one (track, modality) since the last hole; count goes on over holes."""

    blocks: deque[Feature]
    last: int
    count: int = 0
    run: int = 0


@dataclass
class Windows:
    """The windows of all tracks; a track is any integer, a modality any word."""

    config: WindowConfig = field(default_factory=WindowConfig)
    _streams: dict[tuple[int, str], _Stream] = field(default_factory=dict, repr=False)

    def add(self, stamp: int, track: int, modality: str, feature: Feature) -> Feature | None:
        """Take one frame's feature, float32 (F,); the window it completes, float32 (F,), or None.

        The feature is copied. A stamp (nanoseconds) not newer than the stream's last one is a ValueError.
        """
        stream = self._stream(stamp, track, modality)
        if stream.run % self.config.stride == 0:
            stream.blocks.append(feature.copy())
        else:
            np.maximum(stream.blocks[-1], feature, out=stream.blocks[-1])
        stream.last, stream.count, stream.run = stamp, stream.count + 1, stream.run + 1
        complete = stream.run >= self.config.min_frames and stream.run % self.config.stride == 0
        return np.maximum.reduce(list(stream.blocks)) if complete else None

    def frames(self, track: int, modality: str) -> int:
        """Frames taken of a track by one modality, over holes too."""
        stream = self._streams.get((track, modality))
        return stream.count if stream else 0

    def covered(self, track: int, modality: str) -> tuple[int, int]:
        """First and last frame of the newest window, counted like `frames`; (1, 0) before there is any."""
        stream = self._streams.get((track, modality))
        if stream is None:
            return 1, 0
        return stream.count - min(stream.run, self.config.frames) + 1, stream.count

    def forget_idle(self, now: int) -> list[int]:
        """Drop the tracks that no modality saw for idle_s before now (nanoseconds); their numbers, sorted."""
        newest: dict[int, int] = {}
        for (track, _), stream in self._streams.items():
            newest[track] = max(newest.get(track, stream.last), stream.last)
        gone = sorted(t for t, last in newest.items() if now - last > self.config.idle_s * NS)
        self.forget(gone)
        return gone

    def forget(self, tracks: Collection[int]) -> None:
        """Drop these tracks."""
        self._streams = {key: s for key, s in self._streams.items() if key[0] not in tracks}

    def reset(self) -> None:
        """Forget everything, as after a jump back in time."""
        self._streams.clear()

    def _stream(self, stamp: int, track: int, modality: str) -> _Stream:
        stream = self._streams.get((track, modality))
        if stream is None:
            blocks: deque[Feature] = deque(maxlen=self.config.frames // self.config.stride)
            stream = self._streams[track, modality] = _Stream(blocks, stamp - 1)
        if stamp <= stream.last:
            raise ValueError(f"stamps of a track must rise; got {stamp} ns after {stream.last} ns")
        if stamp - stream.last > self.config.max_gap_s * NS:
            stream.blocks.clear()
            stream.run = 0
        return stream
