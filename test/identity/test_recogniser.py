from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from walkers import BlockEngine, TellingEngine, tile

from sgcross_core.gait import WindowConfig
from sgcross_core.identity import Gallery, Identity, Recogniser, RecogniserConfig

STEP = 100_000_000


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    return Gallery(tmp_path / "gallery.db")


@pytest.fixture
def recogniser(gallery: Gallery) -> Recogniser:
    return Recogniser(BlockEngine(), gallery)


def walk(
    recogniser: Recogniser, people: dict[int, int], count: int, first: int = 0, sensors: str = "both"
) -> list[Identity]:
    """Let people (track -> person's seed) walk for so many frames; the last answers."""
    answers: list[Identity] = []
    for i in range(first, first + count):
        tiles = np.stack([tile(p, sensors, noise=10, seed=i) for p in people.values()])
        answers = recogniser.observe(i * STEP, list(people), tiles)
    return answers


def enrol(recogniser: Recogniser, names: dict[str, int], sensors: str = "both") -> None:
    tracks = {100 + i: seed for i, seed in enumerate(names.values())}
    walk(recogniser, tracks, 30, sensors=sensors)
    for track, name in zip(tracks, names, strict=True):
        recogniser.enrol(track, name)
    recogniser.reset()


def states(answers: Sequence[Identity]) -> list[str | None]:
    return [a.name if a.state == "name" else a.state for a in answers]


def test_nobody_in_view(recogniser: Recogniser) -> None:
    assert recogniser.observe(0, [], np.zeros((0, 64, 64, 3), np.uint8)) == []


def test_pending_until_there_are_enough_frames_then_unknown(recogniser: Recogniser) -> None:
    (first,) = walk(recogniser, {1: 1}, 1)
    assert first == Identity(1, "pending", frames=1, frames_needed=19)
    assert walk(recogniser, {1: 1}, 18, 1)[0].frames_needed == 1
    (last,) = walk(recogniser, {1: 1}, 1, 19)
    assert last.state == "unknown" and last.probability == 1.0 and last.frames == 20
    assert last.name is last.probe_modality is last.runner_up is None


@pytest.mark.parametrize("enrolled", ["camera", "lidar", "both"])
@pytest.mark.parametrize("seen", ["camera", "lidar", "both"])
def test_people_are_recognised_by_every_pair_of_sensors(
    recogniser: Recogniser, enrolled: str, seen: str
) -> None:
    enrol(recogniser, {"Ann": 1, "Bob": 2, "Cid": 3}, enrolled)
    bob, stranger, ann = walk(recogniser, {7: 2, 8: 50, 9: 1}, 40, sensors=seen)
    assert states([bob, stranger, ann]) == ["Bob", "unknown", "Ann"]
    assert bob.probability > 0.9 and bob.score > 3 and bob.frames == 40 and bob.frames_needed == 0
    assert bob.runner_up in ("Ann", "Cid") and bob.runner_up_score < bob.score
    if "both" not in (enrolled, seen):
        assert (bob.probe_modality, bob.gallery_modality) == (seen, enrolled)
    assert stranger.name is None and stranger.probability > 0.5


def test_an_answer_says_what_carried_it(recogniser: Recogniser) -> None:
    enrol(recogniser, {"Ann": 1, "Bob": 2})
    (ann,) = walk(recogniser, {1: 1}, 40, sensors="lidar")
    found = ann.explanation
    assert found is not None and len(found.strips) == 8
    assert sum(found.strips) == pytest.approx(1) and min(found.strips) >= 0
    assert found.sensors == {"camera": 0, "lidar": pytest.approx(1)}
    assert [w[:2] for w in found.windows] == [(1, 20), (1, 30), (11, 40)]
    assert sum(w[2] for w in found.windows) == pytest.approx(1)
    assert ann.walk == ""  # this network has no attribute heads


def test_the_walk_is_told_of_strangers_too(gallery: Gallery) -> None:
    (pending,) = walk(recogniser := Recogniser(TellingEngine(), gallery), {1: 1}, 1)
    (stranger,) = walk(recogniser, {1: 1}, 29, first=1)
    assert pending.walk == "" and stranger.explanation is None
    assert "with toes fairly out" in stranger.walk and stranger.walk.endswith("seen from the left")


def test_a_name_goes_to_one_of_two_tracks_in_view(recogniser: Recogniser) -> None:
    enrol(recogniser, {"Ann": 1, "Bob": 2})
    assert states(walk(recogniser, {1: 1, 2: 1}, 30)) in (["Ann", "unknown"], ["unknown", "Ann"])


def test_each_track_alone_may_have_the_name(recogniser: Recogniser) -> None:
    enrol(recogniser, {"Ann": 1, "Bob": 2})
    assert states(walk(recogniser, {1: 1}, 30)) == ["Ann"]
    assert states(walk(recogniser, {2: 1}, 30, 40)) == ["Ann"]


def test_a_sensor_that_did_not_see_adds_no_evidence(recogniser: Recogniser) -> None:
    (answer,) = walk(recogniser, {1: 1}, 40, sensors="none")
    assert answer == Identity(1, "pending", frames=0, frames_needed=20)


def test_sentences(recogniser: Recogniser) -> None:
    walk(recogniser, {3: 1}, 62, sensors="camera")
    assert recogniser.enrol(3, " Alice ") == "enrolled Alice from track 3: camera, 62 frames"
    walk(recogniser, {3: 1}, 25, 62)
    assert recogniser.enrol(3, "Alice") == "enrolled Alice from track 3: camera, 87 frames; LiDAR, 25 frames"
    assert recogniser.people() == {"Alice": {"camera": 2, "lidar": 1}}
    assert recogniser.forget("Alice") == "forgot Alice: 3 templates deleted"
    assert recogniser.people() == {}


@pytest.mark.parametrize(
    ("track", "name", "words"),
    [
        (9, "Ann", "there is no track 9; tracks seen lately: 1"),
        (1, "Ann", r"track 1 has too few frames \(camera 5, LiDAR 5\); 20 of one are needed"),
    ],
)
def test_enrolling_what_cannot_be(recogniser: Recogniser, track: int, name: str, words: str) -> None:
    walk(recogniser, {1: 1}, 5)
    with pytest.raises(ValueError, match=words):
        recogniser.enrol(track, name)
    assert recogniser.people() == {}


def test_a_bad_name_stores_nothing(recogniser: Recogniser) -> None:
    walk(recogniser, {1: 1}, 30)
    with pytest.raises(ValueError, match="is a state"):
        recogniser.enrol(1, "unknown")
    assert recogniser.people() == {}


def test_forgetting_nobody(recogniser: Recogniser) -> None:
    with pytest.raises(ValueError, match="nobody is enrolled as 'Zed'; enrolled: nobody"):
        recogniser.forget("Zed")


def test_enrolment_and_forgetting_count_at_once(recogniser: Recogniser) -> None:
    walk(recogniser, {1: 1}, 30)
    recogniser.enrol(1, "Ann")
    assert states(walk(recogniser, {1: 1}, 1, 30)) == ["Ann"]
    recogniser.forget("Ann")
    assert states(walk(recogniser, {1: 1}, 1, 31)) == ["unknown"]


def test_what_another_process_enrols_counts_at_once(recogniser: Recogniser, gallery: Gallery) -> None:
    other = Recogniser(BlockEngine(), Gallery(gallery.path))
    assert states(walk(recogniser, {1: 1}, 30)) == ["unknown"]
    enrol(other, {"Ann": 1})
    assert states(walk(recogniser, {1: 1}, 1, 30)) == ["Ann"]


def test_a_name_survives_a_few_frames_of_somebody_else(recogniser: Recogniser) -> None:
    enrol(recogniser, {"Ann": 1, "Bob": 2})
    walk(recogniser, {1: 1}, 60)
    for i in range(60, 66):
        (answer,) = recogniser.observe(i * STEP, [1], tile(2)[None])
        assert states([answer]) == ["Ann"]


def test_a_track_out_of_view_is_kept_for_a_while_then_forgotten(recogniser: Recogniser) -> None:
    walk(recogniser, {1: 1, 2: 2}, 30)
    walk(recogniser, {2: 2}, 100, 30)
    assert "track 1" in recogniser.enrol(1, "Ann")
    walk(recogniser, {2: 2}, 10, 400)
    with pytest.raises(ValueError, match="no track 1; tracks seen lately: 2"):
        recogniser.enrol(1, "Ann")


def test_a_jump_back_forgets_tracks_and_keeps_the_gallery(recogniser: Recogniser) -> None:
    enrol(recogniser, {"Ann": 1})
    assert states(walk(recogniser, {1: 1}, 30, 500)) == ["Ann"]
    assert states(walk(recogniser, {1: 1}, 1, 0)) == ["pending"]
    assert states(walk(recogniser, {1: 1}, 30, 1)) == ["Ann"]


@pytest.mark.parametrize("back", [0, 5])
def test_an_old_stamp_adds_nothing(recogniser: Recogniser, back: int) -> None:
    walk(recogniser, {1: 1}, 10)
    (answer,) = recogniser.observe((9 - back) * STEP, [1], tile(1)[None])
    assert answer.frames == 10


def test_another_models_gallery_is_not_compared_but_kept(gallery: Gallery) -> None:
    enrol(Recogniser(BlockEngine("older"), gallery), {"Ann": 1})
    recogniser = Recogniser(BlockEngine("newer"), gallery)
    assert states(walk(recogniser, {1: 1}, 30)) == ["unknown"]
    assert "this is model newer, its templates are 2 by model older" in recogniser.notice
    recogniser.enrol(1, "Ann again")
    assert states(walk(recogniser, {1: 1}, 1, 30)) == ["Ann again"]
    assert "{'older': 2}" in recogniser.notice
    assert set(recogniser.people()) == {"Ann", "Ann again"}


def test_replaying_gives_the_same_answers(recogniser: Recogniser) -> None:
    enrol(recogniser, {"Ann": 1, "Bob": 2})
    first = [walk(recogniser, {1: 1, 2: 50}, 1, i) for i in range(40)]
    recogniser.reset()
    assert [walk(recogniser, {1: 1, 2: 50}, 1, i) for i in range(40)] == first


@pytest.mark.parametrize(
    ("tracks", "tiles", "words"),
    [
        ([1], np.zeros((2, 64, 64, 3), np.uint8), r"uint8 \(1, 64, 64, 3\); got uint8 \(2, 64, 64, 3\)"),
        ([1], np.zeros((1, 64, 64, 3), np.float32), "got float32"),
        ([1, 1], np.zeros((2, 64, 64, 3), np.uint8), r"may occur once in a moment; got \[1, 1\]"),
    ],
)
def test_a_moment_that_makes_no_sense_is_refused(
    recogniser: Recogniser, tracks: list[int], tiles: np.ndarray, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        recogniser.observe(0, tracks, tiles)


def test_settings_reach_the_windows(gallery: Gallery) -> None:
    config = RecogniserConfig(window=WindowConfig(frames=10, stride=5, min_frames=5))
    recogniser = Recogniser(BlockEngine(), gallery, config)
    assert states(walk(recogniser, {1: 1}, 5)) == ["unknown"]


@pytest.mark.parametrize(
    "values", [{"fpir": 0.0}, {"hold": -1.0}, {"average": 0}, {"least_probability": 2.0}]
)
def test_settings_out_of_range_are_refused(values: dict) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        RecogniserConfig(**values)
