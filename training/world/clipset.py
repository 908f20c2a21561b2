"""A folder of clips for training: tiles, person, walk, view and distance as .npy files, and DONE at the end.

    tiles.npy     uint8 (N, T, 64, 64, 3)
    person.npy    int32 (N,), seeds         walk.npy      int32 (N,)
    view.npy      float32 (N, T), degrees   distance.npy  float32 (N, T), metres

Clips are ordered by person, walk and view. The bytes depend on the settings and the seed, not on the number
of processes.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sgcross_core.gait import VERSION
from sgcross_core.settings import check, nested, setting
from training.world.clips import Clip, ClipSettings, walk_clips
from training.world.people import sample_person
from training.world.processes import mapping

NAMES = ("tiles", "person", "walk", "view", "distance")


@dataclass(frozen=True)
class ClipsetSettings:
    """Which clips a folder holds."""

    first: int = setting(0, "seed of the first person", low=0)
    last: int = setting(400, "seed after the last person", low=1)
    walks: int = setting(2, "walks a person", low=1)
    views: int = setting(4, "clips a walk, their views spread evenly round the circle", low=1)
    spread: float = setting(1.0, "how much people differ", low=0.0, high=1.0)
    seed: int = setting(0, "of paths and sensors", low=0)
    clip: ClipSettings = nested(ClipSettings)  # noqa: RUF009

    def __post_init__(self) -> None:
        check(self)
        if self.first >= self.last:
            raise ValueError(f"people must be FIRST:LAST with FIRST below LAST; got {self.first}:{self.last}")

    @property
    def people(self) -> range:
        return range(self.first, self.last)

    @property
    def clips_each(self) -> int:
        return self.walks * self.views


def write_clipset(
    out: Path,
    settings: ClipsetSettings,
    jobs: int = 1,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> None:
    """Write a folder; progress wraps the iterator over people. ValueError when out holds finished clips."""
    with mapping(jobs) as mapped:
        arrays = _open_arrays(out, settings)
        for k, clips in enumerate(progress(mapped(_person_clips, [(settings, p) for p in settings.people]))):
            _store(arrays, k * settings.clips_each, clips)
    for array in arrays.values():
        array.flush()
    content = {"settings": dataclasses.asdict(settings), "gait_version": VERSION}
    (out / "DONE").write_text(json.dumps(content, indent=1) + "\n")


def view_angles(settings: ClipsetSettings, person: int, walk: int) -> list[float]:
    """Degrees, one at random in each of the equal sectors of the circle."""
    rng = np.random.default_rng([settings.seed, person, walk, settings.views])
    return list((np.arange(settings.views) + rng.random(settings.views)) * (360 / settings.views))


def _person_clips(task: tuple[ClipsetSettings, int]) -> list[Clip]:
    settings, seed = task
    person = sample_person(seed, settings.spread)
    walks = [
        walk_clips(person, walk, view_angles(settings, seed, walk), settings.clip, settings.seed)
        for walk in range(settings.walks)
    ]
    return [clip for clips in walks for clip in clips]


def _open_arrays(out: Path, settings: ClipsetSettings) -> dict[str, np.memmap[Any, Any]]:
    if (out / "DONE").exists():
        raise ValueError(f"{out} already holds clips; remove it or name another folder")
    out.mkdir(parents=True, exist_ok=True)
    clips, frames = len(settings.people) * settings.clips_each, settings.clip.frames
    kinds: dict[str, tuple[type, tuple[int, ...]]] = {
        "tiles": (np.uint8, (clips, frames, 64, 64, 3)),
        "person": (np.int32, (clips,)),
        "walk": (np.int32, (clips,)),
        "view": (np.float32, (clips, frames)),
        "distance": (np.float32, (clips, frames)),
    }
    arrays = {
        name: np.lib.format.open_memmap(out / f"{name}.npy", "w+", kind, shape)
        for name, (kind, shape) in kinds.items()
    }
    arrays["person"][:] = np.repeat(settings.people, settings.clips_each)
    arrays["walk"][:] = np.tile(np.repeat(np.arange(settings.walks), settings.views), len(settings.people))
    return arrays


def _store(arrays: dict[str, np.memmap[Any, Any]], start: int, clips: list[Clip]) -> None:
    for name in ("tiles", "view", "distance"):
        arrays[name][start : start + len(clips)] = np.stack([getattr(clip, name) for clip in clips])
