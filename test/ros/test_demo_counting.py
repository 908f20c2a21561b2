"""What got lost between a bag and an answer."""

from __future__ import annotations

import pytest

from sgcross_ros.demo.counting import play_counts
from sgcross_ros.demo.progress import in_view
from sgcross_ros.demo.records import Answer, Moment, Seen


def reports(pairing: dict, people: dict | None = None, identity: dict | None = None) -> dict:
    return {
        "people_node: pairing": pairing,
        "people_node: processing": people or {},
        "identity_node: processing": identity or {},
    }


GOOD = {"sweeps": 10, "frames": 30, "paired": 10, "surplus_frames": 20}
SENT = {"sweeps": 10, "frames": 30}
CASES = [
    ("nothing lost", {}, reports(GOOD), SENT, 0, 0),
    ("lost on the way", {}, reports({**GOOD, "sweeps": 8, "frames": 29}), SENT, 3, 3),
    ("given up by the nodes", {}, reports(GOOD, {"dropped": 2}, {"dropped": 1, "unmatched": 4}), SENT, 0, 7),
    ("failed and late", {}, reports({**GOOD, "late": 1}, {"failed": 2}), SENT, 0, 3),
    ("no report at all", {}, {}, SENT, 40, 40),
    ("only what grew counts", reports(GOOD, {"dropped": 2}), reports(GOOD, {"dropped": 2}),
     {"sweeps": 0, "frames": 0}, 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    "before, after, sent, lost, dropped", [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_losses_add_up(before: dict, after: dict, sent: dict, lost: int, dropped: int) -> None:
    counts = play_counts(before, after, sent)
    assert (counts["lost"], counts["dropped"]) == (lost, dropped)


VIEWS = [
    ((), {}, "nobody"),
    ((1, 2, 3, 4), {1: "name", 2: "unknown", 3: "pending"}, "Ada, ?, ..., ..."),
]


@pytest.mark.parametrize("tracks, states, words", VIEWS)
def test_the_progress_line_names_who_is_in_view(tracks: tuple, states: dict, words: str) -> None:
    answers = {t: Answer(0, t, state, "Ada" if state == "name" else "") for t, state in states.items()}
    assert in_view(Moment(0, tuple(Seen(t, 5, 0) for t in tracks)), answers) == words
