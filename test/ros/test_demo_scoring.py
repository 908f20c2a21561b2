"""The figures of the report from invented recordings: who was right, who was wrong, and how it is counted."""

from __future__ import annotations

import pytest

from sgcross_ros.demo import scoring
from sgcross_ros.demo.records import ActResult, Answer, Enrolment, Moment, Recording, Seen
from sgcross_ros.demo.scoring import judge_act, judge_people, latency_figures, match_answers, passed
from sgcross_ros.demo.truth import Box, Person, Truth

STEP = 100_000_000
PLACES = {1: (5.0, 0.0), 2: (5.0, 3.0), 3: (5.0, -3.0)}
PEOPLE = {1: Person(1, "Ada", False), 2: Person(2, "Ben", False), 3: Person(3, "stranger 1", True)}


def truth(steps: int = 10) -> Truth:
    """Ada, Ben and a stranger stand at their places."""
    boxes = tuple(Box(person, *place, 100, 100) for person, place in PLACES.items())
    return Truth(PEOPLE, tuple(i * STEP for i in range(steps)), (boxes,) * steps)


def recording(tracks: dict[int, tuple[int | None, list[str]]]) -> Recording:
    """Each track is (person it shows or None, its answers one a step: "pending", "unknown" or a name)."""
    steps = max((len(words) for _, words in tracks.values()), default=0)
    found = Recording()
    for i in range(steps):
        alive = {t: (p, words[i]) for t, (p, words) in tracks.items() if i < len(words)}
        seen = tuple(Seen(t, *PLACES.get(p, (20.0, 20.0))) for t, (p, _) in alive.items())
        found.moments.append(Moment(i * STEP, seen))
        found.answers += [answer(i, t, word) for t, (_, word) in alive.items() if word]
    return found


def answer(step: int, track: int, word: str) -> Answer:
    state = word if word in ("pending", "unknown") else "name"
    return Answer(step * STEP, track, state, word if state == "name" else "", 0.5, frames=step + 1)


def judged(tracks: dict) -> tuple[list[dict], dict[str, int]]:
    stretches = match_answers(recording(tracks), truth(), "lidar").stretches
    people = judge_people(stretches, truth())
    return people, scoring.tally(people, stretches)


NONE = {"correct": 0, "wrong": 0, "unknown_right": 0, "unknown_wrong": 0, "pending": 0, "unseen": 0}
CASES = [
    ("nobody came", {}, {"unseen": 3}),
    ("all right", {1: (1, ["pending", "Ada"]), 2: (2, ["Ben"]), 3: (3, ["unknown"])},
     {"correct": 2, "unknown_right": 1}),
    ("a stranger named", {3: (3, ["unknown", "Ada"])}, {"wrong": 1, "unseen": 2}),
    ("a stranger called by the truth's word", {3: (3, ["stranger 1"])}, {"wrong": 1, "unseen": 2}),
    ("mixed up", {1: (1, ["Ben"]), 2: (2, ["Ada"])}, {"wrong": 2, "unseen": 1}),
    ("not known", {1: (1, ["unknown"])}, {"unknown_wrong": 1, "unseen": 2}),
    ("too short", {1: (1, ["pending"])}, {"pending": 1, "unseen": 2}),
    ("a good long track does not hide a bad short one", {1: (1, ["Ada"] * 3), 2: (1, ["Ben"])},
     {"correct": 1, "wrong": 1, "unseen": 2}),
    ("the longer track answers", {1: (1, ["Ada"]), 2: (1, ["unknown"] * 3)},
     {"unknown_wrong": 1, "unseen": 2}),
    ("a wall with a name is wrong", {1: (None, ["Ada"])}, {"wrong": 1, "unseen": 3}),
    ("a wall without one is not", {1: (None, ["unknown"])}, {"unseen": 3}),
    ("only the last answer of a track counts", {1: (1, ["Ben", "Ada"])}, {"correct": 1, "unseen": 2}),
]  # fmt: skip


@pytest.mark.parametrize("tracks, counts", [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_answers_are_counted(tracks: dict, counts: dict) -> None:
    assert judged(tracks)[1] == {**NONE, **counts}


def test_the_entry_of_a_person_holds_its_best_track() -> None:
    people, _ = judged({4: (1, ["pending"]), 5: (1, ["pending", "Ada"])})
    ada = people[0]
    expected = {"truth": "Ada", "name": "Ada", "state": "name", "outcome": "right", "track": 5, "tracks": 2}
    assert {key: ada[key] for key in expected} == expected
    assert [person["truth"] for person in people] == ["Ada", "Ben", "stranger 1"], "strangers come last"


def test_names_on_the_way_are_counted_one_by_one() -> None:
    made = recording({1: (1, ["Ben", "Ada", "Ada"]), 3: (3, ["Ada", "unknown"]), 4: (None, ["Ada"])})
    counts = scoring.passing_wrong(match_answers(made, truth(), "lidar"))
    assert counts == {"named": 5, "wrong": 3}


def changed_over(first: int, then: int, names: tuple[str, str]) -> tuple[list[dict], dict[str, int]]:
    """A track that shows Ada in the first moments and then Ben; what it is called meanwhile."""
    made = Recording()
    for i in range(first + then):
        person = 1 if i < first else 2
        made.moments.append(Moment(i * STEP, (Seen(7, *PLACES[person]),)))
        made.answers.append(answer(i, 7, names[person - 1]))
    stretches = match_answers(made, truth(40), "lidar").stretches
    people = judge_people(stretches, truth(40))
    return people, scoring.tally(people, stretches)


CHANGES = [
    (20, 15, ("Ada", "Ben"), {"correct": 2, "unseen": 1}),
    (20, 15, ("Ada", "Ada"), {"correct": 1, "wrong": 1, "unseen": 1}),
    (15, 20, ("Ada", "unknown"), {"correct": 1, "unknown_wrong": 1, "unseen": 1}),
    (20, 9, ("Ada", "Ada"), {"correct": 1, "unseen": 2}),
]


@pytest.mark.parametrize("first, then, names, counts", CHANGES)
def test_a_track_that_changes_over_counts_for_both(first: int, then: int, names: tuple, counts: dict) -> None:
    assert changed_over(first, then, names)[1] == {**NONE, **counts}


BARS = [
    (["pending"] * 3, [[0, 0.2, "pending", ""]]),
    (["pending", "Ada", "Ada"], [[0, 0.1, "pending", ""], [0.1, 0.2, "name", "Ada"]]),
    (["Ada", "", "", "", "", "", "Ada"], [[0, 0, "name", "Ada"], [0.6, 0.6, "name", "Ada"]]),
    (["Ada", "", "", "", "", "Ada"], [[0, 0.5, "name", "Ada"]]),
    ([], []),
]


@pytest.mark.parametrize("words, bars", BARS)
def test_bars_join_equal_answers_and_break_at_gaps(words: list[str], bars: list) -> None:
    made = recording({1: (1, words)})
    lines = scoring.timelines(match_answers(made, truth(), "lidar"), 0, truth())
    assert lines[0] == {"truth": "Ada", "stranger": False, "bars": bars}


def test_latencies_have_percentiles_and_bins() -> None:
    figures = latency_figures([5.0, 15.0, 15.0, 99.9])
    assert figures["bins"] == [1, 2, 0, 0, 0, 0, 0, 0, 0, 1] and figures["count"] == 4
    assert figures["p50"] == 15.0 and figures["max"] == 99.9
    assert latency_figures([])["p95"] is None and latency_figures([-1.0])["bins"] == [1]


def act(tracks: dict) -> dict:
    enrolments = [Enrolment("Ada", 3, 40, "Ada was enrolled")]
    return judge_act(
        ActResult(1, "there", "lidar", "camera", 12.3, recording(tracks), 2.5, enrolments), truth()
    )


def test_an_act_adds_up() -> None:
    result = act({1: (1, ["pending", "Ada"]), 2: (2, ["Ben", "Ben"]), 3: (3, ["unknown"])})
    assert (result["correct"], result["wrong"], result["unknown_right"]) == (2, 0, 1)
    assert result["enrolled"][0]["name"] == "Ada" and result["length_s"] == 0.1
    assert all(person["act"] == 1 for person in result["people"])


PASSES = [
    ({1: (1, ["Ada"]), 2: (2, ["Ben"])}, True),
    ({1: (1, ["Ada"]), 2: (2, ["unknown"])}, True),
    ({1: (1, ["Ada"]), 2: (2, ["Ada"])}, False),
    ({1: (1, ["unknown"]), 2: (2, ["unknown"])}, False),
    ({1: (1, ["Ada"]), 2: (2, ["Ben"]), 3: (3, ["Ada"])}, False),
]


@pytest.mark.parametrize("tracks, good", PASSES)
def test_a_direction_passes_with_at_most_one_missing_and_none_wrong(tracks: dict, good: bool) -> None:
    assert passed(act(tracks)) == good
