"""What the speed commands do is right; their figures themselves are not tested."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.data.layout import CONDITIONS
from training.data.store import Store
from training.evaluation.sustech1k import sustech1k
from training.sampler import Sampler
from training.speed import data, world
from training.speed.stopwatch import Spent, least, peak_mb, spent
from training.world.dataset_settings import PRESETS


def test_the_clock_and_the_processor_are_told_apart() -> None:
    import time

    found = spent(lambda: time.sleep(0.05))
    assert found.clock >= 0.05 > found.processor
    assert least(lambda: None, 3).clock < 0.05
    assert Spent(1, 2) == Spent(1, 2) and peak_mb() > 10


def test_a_batch_is_read_as_the_sampler_wants_it(tmp_path: Path) -> None:
    store = Store.open(data.write_store(tmp_path))
    assert len(store) == 24 * len(CONDITIONS) * 2 and len(store.people()) == 24
    sampler = Sampler(store, 8, 8, flip=0.5, seed=0)
    found = data.read_batch(store, sampler, 3)
    assert found.shape == (64, 10, 64, 64, 3) and found.dtype == np.uint8
    assert np.array_equal(found, data.read_batch(store, sampler, 3))
    first = store.tiles[int(sampler.batch(3).clips[0])]
    places = [int(np.flatnonzero((first == frame).all(axis=(1, 2, 3)))[0]) for frame in found[0]]
    assert len(places) == 10


def test_made_up_embeddings_are_a_whole_protocol() -> None:
    embedded = data.made_up(probes=160, gallery=16, parts=2, part=4)
    assert embedded.of["camera"].shape == (176, 2, 4)
    figures = sustech1k(embedded, "cosine")[0].conditions
    assert figures["overall"].probes == 160 and figures["overall"].lost == 0
    assert min(figures[name].probes for name in figures) > 0


def test_the_crowd_is_in_both_sensors_view() -> None:
    scene = world.Scene(world.crowd(), world.SensorConfig(), seed=1)
    shot, turn = next(scene.shots(0.0, 0.1)), next(scene.turns(0.0, 0.1))
    assert len(shot.bodies) == len(turn.bodies) == world.WALKERS
    assert min(shot.view.seen) > 500 and min(turn.sweep.seen) > 20


def test_person_frames_are_counted_without_the_first_walk() -> None:
    settings = replace(PRESETS["tiny"], train_last=20, probes=1)
    found = world.person_frames(settings, 1, 1)
    assert 15 * 2 * 4 <= found["person_frames"] <= 15 * 2 * 6  # 16 walks but one, 2 views, 4 to 6 frames
    assert found["per_s"] > 0 and found["per_processor_s"] > 0 and found["peak_mb_a_process"] > 10


@pytest.mark.parametrize("figures", [world.world_figures, data.data_figures])
def test_nothing_cannot_be_measured(figures) -> None:
    with pytest.raises(ValueError, match="must be 1 or more; got 0"):
        figures((), 0)
