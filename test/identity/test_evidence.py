from __future__ import annotations

import numpy as np
from walkers import BlockEngine, tile

from sgcross_core.gait import WindowConfig
from sgcross_core.identity.evidence import Evidence

STEP = 100_000_000


def fed(average: int, people: list[int]) -> Evidence:
    """Evidence of track 1 that looked like these people in turn, ten frames each, windows of ten."""
    evidence = Evidence(BlockEngine(), WindowConfig(10, 10, 10), average)
    for i, person in enumerate(np.repeat(people, 10)):
        evidence.add(i * STEP, [1], tile(int(person), "camera")[None])
    return evidence


def test_an_embedding_is_the_mean_over_the_newest_windows() -> None:
    engine = BlockEngine()
    each = [engine.embed("camera", engine.features("camera", tile(p)[None]))[0] for p in (1, 2, 3)]
    mean = (each[1] + each[2]) / np.linalg.norm(each[1] + each[2])
    found = fed(2, [1, 2, 3]).embeddings(1)
    assert set(found) == {"camera"}
    np.testing.assert_allclose(found["camera"], mean, atol=1e-5)


def test_the_version_grows_with_each_window() -> None:
    assert [fed(5, [1] * n).version(1) for n in (0, 1, 3)] == [0, 1, 3]


def test_an_unknown_track_has_nothing() -> None:
    evidence = fed(1, [])
    assert evidence.embeddings(4) == {} and evidence.most_frames(4) == 0 and evidence.tracks() == []


def test_a_track_that_was_never_seen_well_is_remembered_and_forgotten_too() -> None:
    evidence = Evidence(BlockEngine(), WindowConfig(idle_s=1.0), 3)
    evidence.add(0, [5], tile(1, "none")[None])
    assert evidence.tracks() == [5]
    evidence.forget_idle(20 * STEP)
    assert evidence.tracks() == []
