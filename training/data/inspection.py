"""What a data set or a store holds, as a table and as pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from training.data.folder import DataFolder
from training.data.packing import plan
from training.data.partition import Partition
from training.data.store import LABELS, Store
from training.data.tiles import Picture, tiles_of
from training.world.sheet import Strip, contact_sheet

ROWS = 12  # of a contact sheet


def inspect(root: Path, partition: Path | None = None) -> tuple[list[str], Picture]:
    """Lines of a table, and a contact sheet, uint8 BGR (H, W, 3), of a store or of a data set's folder.

    Without a partition all identities count as one set. See `Store.open` and `DataFolder.find` for the
    errors.
    """
    return _of_store(Store.open(root)) if (root / LABELS).exists() else _of_folder(root, partition)


def table(keys: Sequence[tuple[str, str, str]]) -> list[str]:
    """Sequences by type (rows) and view (columns), in markdown, of (identity, type, view) each."""
    counts = Counter((type_, view) for _, type_, view in keys)
    types, views = (sorted({key[k] for key in keys}) for k in (1, 2))
    rows = [["type", *views], ["---"] * (len(views) + 1)]
    rows += [[type_, *(str(counts[type_, view]) for view in views)] for type_ in types]
    return [f"{len({key[0] for key in keys})} identities, {len(keys)} sequences", "", *map(_row, rows)]


def _of_store(store: Store) -> tuple[list[str], Picture]:
    keys = list(zip(store.identity.tolist(), store.type.tolist(), store.view_name.tolist(), strict=True))
    lines = [f"camera: {store.about['camera']}", f"LiDAR: {store.about['lidar']}", *table(keys), ""]
    frames = store.tiles.length
    unseen = np.sum([_unseen(store.tiles[k]) for k in range(len(store))], axis=0)
    lines.append(f"{frames.sum()} frames, {frames.min()} to {frames.max()} a sequence")
    lines.append(f"the camera saw too little in {unseen[0]} of them, the LiDAR in {unseen[1]}")
    lines += [f"left out: {problem}" for problem in store.about["problems"]]
    chosen = _spread(len(store))
    return lines, _sheet(("/".join(keys[k]), np.asarray(store.tiles[k])) for k in chosen)


def _of_folder(root: Path, partition: Path | None) -> tuple[list[str], Picture]:
    """The table of all that is there; the pictures and what is amiss are of what packing would take."""
    data = DataFolder.find(root, partition)
    everyone = tuple(sorted({s.identity for s in data.sequences}))
    planned = plan(data, data.partition or Partition(everyone, everyone), every_set=False)
    keys = [(s.identity, s.type, s.view) for s in data.sequences]
    kinds = Counter(name for s in data.sequences for name in s.files)
    files = [f"{name}: {count} sequences" for name, count in sorted(kinds.items())]
    missing = planned.report.lines() if data.partition else ["no partition"]
    tasks = [planned.tasks[k] for k in _spread(len(planned.tasks))]
    tiles = (tiles_of(task.sequence, task.camera, task.lidar, task.ground) for task in tasks)
    titles = (task.sequence.key for task in tasks)
    return [*table(keys), "", *files, *missing], _sheet(zip(titles, tiles, strict=True))


def _unseen(tiles: Picture) -> tuple[int, int]:
    """Frames without a silhouette, and without a return."""
    silhouettes, returns = (tiles[..., channel].any(axis=(1, 2)) for channel in (0, 2))
    return int((~silhouettes).sum()), int((~returns).sum())


def _sheet(sequences: Iterable[tuple[str, Picture]]) -> Picture:
    """Silhouettes above depth views."""
    return contact_sheet([Strip(key, [tiles[..., 0], tiles[..., 1]]) for key, tiles in sequences])


def _spread(count: int) -> list[int]:
    """At most ROWS numbers below count, evenly."""
    return sorted({*np.linspace(0, count - 1, min(ROWS, count)).astype(int).tolist()})


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
