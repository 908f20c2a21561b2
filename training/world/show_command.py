"""`sgcross world show`: a contact sheet of people in all conditions, or of a data set on disk."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sgcross_core.settings import with_values
from training.data import CONDITIONS, GaitSequence, scan
from training.data.layout import DEPTH_VIEWS
from training.world.dataset_cast import Identity, Walk, cast_of, walker_of
from training.world.dataset_sequences import RATE_HZ, walk_sequences
from training.world.dataset_settings import EVERY_CONDITION, FULL, DatasetSettings
from training.world.people import POPULATIONS
from training.world.sheet import Strip, contact_sheet, mesh_pictures
from training.world.wardrobe import outfit

SILHOUETTES = "sync-Camera-Sils_aligned"
MESH_VIEW_DEG = 45.0
MOST_STRIPS = 100  # more is not looked at, and not a picture that programs open


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], people_range: Callable[[str], range]
) -> None:
    """Add `show` to `sgcross world`."""
    parser = commands.add_parser("show", help="write a contact sheet: bodies, silhouettes, depth views")
    parser.add_argument("out", type=Path, metavar="OUT.png")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="of a data set, to show that instead")
    parser.add_argument("--people", type=people_range, default="0:1", metavar="FIRST:LAST", help="seeds")
    parser.add_argument("--population", choices=POPULATIONS, default="adults", help="(%(default)s)")
    parser.add_argument("--spread", type=float, default=1.0, help="how much people differ (%(default)s)")
    parser.add_argument("--conditions", default=EVERY_CONDITION, help="words of: %(default)s")
    parser.add_argument("--views", default="000 090", help="words like 000, 090, 090-near (%(default)s)")
    parser.add_argument("--columns", type=int, default=12, help="frames of each strip (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of paths and sensors (%(default)s)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw and write the picture."""
    strips = _stored(arguments.data) if arguments.data else _rendered(arguments)
    _write_picture(arguments.out, contact_sheet([*strips][:MOST_STRIPS], arguments.columns))
    return 0


def _rendered(arguments: argparse.Namespace) -> Iterator[Strip]:
    names = ("population", "spread", "conditions", "views", "seed")
    values = {name: getattr(arguments, name) for name in names} | {
        "train_first": arguments.people.start,
        "train_last": arguments.people.stop,
        "test_first": arguments.people.stop,
        "test_last": arguments.people.stop + 1,
        "shortest": arguments.columns,
        "longest": arguments.columns,
        "jet": False,
    }
    settings = with_values(FULL, values)
    for identity in cast_of(settings).train:
        for number, condition in enumerate(settings.conditions.split(), 1):
            yield from _walk(identity, Walk(f"01-{condition}", number), settings)


def _walk(identity: Identity, walk: Walk, settings: DatasetSettings) -> Iterator[Strip]:
    """The dressed body, then what both sensors see of it from each view."""
    title = f"person {identity.person} {CONDITIONS[walk.condition]}"
    walker, _ = walker_of(identity, walk, settings)
    clothes = outfit(walk.condition, walker.person, walk.number)
    meshes = clothes.meshes(walker.poses(np.arange(settings.longest) / RATE_HZ))
    yield Strip(title, [mesh_pictures(meshes, clothes.faces, MESH_VIEW_DEG)])
    for seen in walk_sequences(identity, walk, settings):
        about = f"{title}  view {seen.view}  {min(seen.facts['distance'])}-{max(seen.facts['distance'])} m"
        yield Strip(about, [seen.frames[SILHOUETTES], seen.frames[DEPTH_VIEWS][:, 0]])


def _stored(folder: Path) -> Iterator[Strip]:
    """The first sequence of each condition and view under a data set's folder, ours or a real one's root."""
    root = folder / "pkl" if (folder / "pkl").is_dir() else folder
    firsts: dict[tuple[str, str], GaitSequence] = {}
    for sequence in scan(root):
        firsts.setdefault((sequence.type[-2:], sequence.view), sequence)
    for _, sequence in sorted(firsts.items()):
        yield Strip(sequence.key, _pictures(sequence))


def _pictures(sequence: GaitSequence) -> list[NDArray[np.uint8]]:
    """Silhouettes, and depth views as the robot makes them or in grey what is coloured."""
    frames = sequence.read(*(name for name in (SILHOUETTES, *DEPTHS) if name in sequence.files))
    if not frames:
        raise ValueError(f"{sequence.key} has nothing to show; there are: {', '.join(sequence.files)}")
    rows = [np.asarray(frames[SILHOUETTES], np.uint8)] if SILHOUETTES in frames else []
    return rows + [DEPTHS[name](np.asarray(frames[name])) for name in DEPTHS if name in frames]


def _write_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    try:
        written = cv2.imwrite(str(path), picture)
    except cv2.error as problem:
        raise ValueError(f"cannot write {path}: {problem.err}") from problem
    if not written:
        raise ValueError(f"cannot write {path}: is there such a folder?")


def _first_channel(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return frames[:, 0]


def _nearness(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey (T, 64, 64) of jet (T, 3, 64, 64): red is near, blue is far."""
    red, _, blue = (frames[:, c].astype(int) for c in range(3))
    lit = frames.any(axis=1)
    return np.where(lit, 128 + (red - blue) // 2, 0).astype(np.uint8)


DEPTHS: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    DEPTH_VIEWS: _first_channel,
    "sync-LiDAR-PCDs_depths": _nearness,
}
