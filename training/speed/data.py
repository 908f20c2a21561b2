"""How fast a packed store is read and how fast embeddings are evaluated, on made-up content."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgcross_core.gait import VERSION
from sgcross_core.runtime.parity import windows
from training.data.layout import CONDITIONS, GALLERY, VIEWS
from training.data.store import FORMAT, LABELS, TILES, Store
from training.evaluation.embed import Embedded
from training.evaluation.sustech1k import sustech1k
from training.sampler import Sampler
from training.speed.stopwatch import peak_mb, spent

PEOPLE, CLIPS, FRAMES = 8, 8, 10  # of a batch, the paper's
STORED_PEOPLE, LENGTH = 24, 25  # of the store that is read
PROBES, GALLERY_SIZE, PARTS, PART = 20_000, 800, 16, 256


def data_figures(metrics: tuple[str, ...] = ("cosine", "euclidean"), batches: int = 100) -> dict[str, Any]:
    """Everything; batches: how many are read, at least once."""
    if batches < 1:
        raise ValueError(f"batches must be 1 or more; got {batches}")
    read = read_figures(batches)
    return {"read": read, "evaluate": {metric: evaluation_figures(metric) for metric in metrics}}


def read_figures(batches: int) -> dict[str, Any]:
    """Milliseconds of a batch, 8 people x 8 clips x 10 random frames, both sensors, from a store on disk."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(write_store(Path(folder)))
        sampler = Sampler(store, PEOPLE, CLIPS, flip=0.5, seed=0)  # type: ignore[arg-type]
        read_batch(store, sampler, 0)
        times = [spent(lambda n=n: read_batch(store, sampler, n + 1)).clock for n in range(batches)]  # type: ignore[misc]
    p50, p95 = np.percentile(times, (50, 95)) * 1e3
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2), "batches": batches}


def read_batch(store: Store, sampler: Sampler, iteration: int) -> NDArray[np.uint8]:
    """uint8 (P * K, 10, 64, 64, 3): random frames, in their order, of the clips of a batch."""
    rng = np.random.default_rng(iteration)
    rows = sampler.batch(iteration).clips
    chosen = [np.sort(rng.choice(int(store.tiles.length[row]), FRAMES, replace=False)) for row in rows]
    return np.stack([store.tiles[row][frames] for row, frames in zip(rows, chosen, strict=True)])


def write_store(folder: Path) -> Path:
    """A store of 24 people x 8 conditions x 2 views, the stored walks of the parity check over and over."""
    stored = windows()  # (8, 4, 64, 64, 3)
    clip = np.resize(stored.reshape(-1, *stored.shape[2:]), (LENGTH, *stored.shape[2:]))
    rows = [
        {
            "identity": f"{who:04d}",
            "type": f"01-{condition}",
            "view": view,
            "split": "train",
            "frames": LENGTH,
        }
        for who in range(STORED_PEOPLE)
        for condition in CONDITIONS
        for view in VIEWS[:2]
    ]
    with (folder / TILES).open("wb") as out:
        for _ in rows:
            out.write(clip.tobytes())
    about = {"format": FORMAT, "gait_version": VERSION}
    (folder / LABELS).write_text(json.dumps({"about": about, "sequences": rows}), encoding="utf-8")
    return folder


def evaluation_figures(metric: str) -> dict[str, Any]:
    """Seconds of SUSTech1K's protocol, all four pairings of sensors, 20,000 probes and 800 in the gallery.

    The embeddings of each sensor are float32 (20800, 16, 256), random; peak_mb: of the process until then.
    """
    embedded = made_up()
    one = spent(lambda: sustech1k(embedded, metric))
    return {"seconds": round(one.clock, 1), "peak_mb": round(peak_mb())}


def made_up(
    probes: int = PROBES, gallery: int = GALLERY_SIZE, parts: int = PARTS, part: int = PART
) -> Embedded:
    """Random embeddings of so many probes and people in the gallery, each person seen there from one view."""
    rng = np.random.default_rng(0)
    count = probes + gallery
    who = np.concatenate([np.arange(gallery), np.arange(probes) % gallery])
    turn = np.arange(count) // gallery
    conditions = [*CONDITIONS]
    kinds = [f"{1 + k // 8 % 4:02d}-{conditions[k % len(conditions)]}" for k in range(probes)]
    return Embedded(
        {m: rng.standard_normal((count, parts, part), np.float32) for m in ("camera", "lidar")},
        identity=np.char.mod("%04d", who),
        type=np.array([GALLERY] * gallery + kinds),
        view=np.array(VIEWS)[(who + turn) % len(VIEWS)],
    )
