"""Who was named right: from recordings and truth to the figures of the report. Pure functions.

A track is its majority owner's (truth.Votes). A person's answer is the last answer of their track with the
most frames of evidence. `correct`, `unknown_*` and `pending` count people; `wrong` counts every track whose
last answer is a name that is not its owner's, so one good track cannot hide a bad one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sgcross_ros.demo.records import NAME, PENDING, UNKNOWN, ActResult, Answer, Recording
from sgcross_ros.demo.truth import Person, Truth, Votes

UNSEEN = "unseen"
NOBODY = "nobody"
SECOND = 1e9
GAP_S = 0.5  # a longer silence breaks a bar of the timeline
BIN_MS = 10


@dataclass(frozen=True)
class TrackResult:
    """One track at its end; owner is None when most of its moments showed nobody."""

    owner: Person | None
    share: float
    answer: Answer

    @property
    def wrong(self) -> bool:
        """It carries a name that is not its owner's."""
        rightful = self.owner is not None and not self.owner.stranger and self.answer.name == self.owner.name
        return self.answer.state == NAME and not rightful


def judge_tracks(recording: Recording, truth: Truth, modality: str) -> list[TrackResult]:
    """Every track that got an answer, with its owner, in the order of first answers."""
    votes = Votes(modality)
    for moment in recording.moments:
        votes.add(moment, truth)
    found = []
    for track, answer in recording.last_answers().items():
        owner = votes.owner(track)
        found.append(TrackResult(None if owner is None else truth.people[owner], votes.share(track), answer))
    return found


def judge_people(tracks: Sequence[TrackResult], truth: Truth) -> list[dict[str, Any]]:
    """One entry a person of the truth, enrolled people first, then strangers, by name."""
    people = sorted(truth.people.values(), key=lambda person: (person.stranger, person.name))
    return [_judge_person(person, [t for t in tracks if t.owner == person]) for person in people]


def _judge_person(person: Person, tracks: Sequence[TrackResult]) -> dict[str, Any]:
    best = max(tracks, key=lambda t: (t.answer.frames, t.answer.stamp), default=None)
    answer = best.answer if best else Answer(0, 0, UNSEEN)
    return {
        "truth": person.name,
        "stranger": person.stranger,
        "name": answer.name or None,
        "state": answer.state,
        "outcome": _outcome(person, answer),
        "score": round(answer.score, 4),
        "probability": round(answer.probability, 4),
        "runner_up": answer.runner_up or None,
        "runner_up_score": None if answer.runner_up_score is None else round(answer.runner_up_score, 4),
        "probe_modality": answer.probe_modality,
        "gallery_modality": answer.gallery_modality,
        "frames": answer.frames,
        "track": answer.track,
        "tracks": len(tracks),
        "purity": round(best.share, 3) if best else 0.0,
    }


def _outcome(person: Person, answer: Answer) -> str:
    if answer.state == NAME:
        return "right" if not person.stranger and answer.name == person.name else "wrong"
    if answer.state == UNKNOWN:
        return "unknown_right" if person.stranger else "unknown_wrong"
    return answer.state


def tally(people: Iterable[dict[str, Any]], tracks: Iterable[TrackResult]) -> dict[str, int]:
    """The counts of the report; see the top of this file for what each one counts."""
    outcomes = [person["outcome"] for person in people]
    return {
        "correct": outcomes.count("right"),
        "wrong": sum(track.wrong for track in tracks),
        "unknown_right": outcomes.count("unknown_right"),
        "unknown_wrong": outcomes.count("unknown_wrong"),
        "pending": outcomes.count(PENDING),
        "unseen": outcomes.count(UNSEEN),
    }


def passing_wrong(recording: Recording, tracks: Sequence[TrackResult]) -> dict[str, int]:
    """How many single answers on the way carried a name, and how many of those names were not the owner's."""
    owners = {track.answer.track: track for track in tracks}
    named = [answer for answer in recording.answers if answer.state == NAME]
    wrong = [a for a in named if TrackResult(owners[a.track].owner, 1.0, a).wrong]
    return {"named": len(named), "wrong": len(wrong)}


def timelines(recording: Recording, tracks: Sequence[TrackResult], truth: Truth) -> list[dict[str, Any]]:
    """For each person the bars [start s, end s, state, name] since the recording's first stamp."""
    start = recording.span()[0]
    lines = []
    for person in sorted(truth.people.values(), key=lambda p: (p.stranger, p.name)):
        mine = {track.answer.track for track in tracks if track.owner == person}
        bars = _bars([answer for answer in recording.answers if answer.track in mine], start)
        lines.append({"truth": person.name, "stranger": person.stranger, "bars": bars})
    return lines


def _bars(answers: Sequence[Answer], start: int) -> list[list[Any]]:
    bars: list[list[Any]] = []
    for answer in sorted(answers, key=lambda a: (a.stamp, a.frames)):
        now, label = (answer.stamp - start) / SECOND, [answer.state, answer.name]
        if bars and bars[-1][2:] == label and now - bars[-1][1] <= GAP_S:
            bars[-1][1] = now
        else:
            if bars and now - bars[-1][1] <= GAP_S:
                bars[-1][1] = now
            bars.append([now, now, *label])
    return [[round(begin, 2), round(end, 2), state, name] for begin, end, state, name in bars]


def latency_figures(values_ms: Sequence[float]) -> dict[str, Any]:
    """p50, p95, p99 and a histogram, milliseconds; the percentiles of nothing are None."""
    if not values_ms:
        return {"p50": None, "p95": None, "p99": None, "max": None, "count": 0, "bins": [], "bin_ms": BIN_MS}
    p50, p95, p99 = (round(float(p), 1) for p in np.percentile(values_ms, (50, 95, 99)))
    bins = np.bincount((np.clip(values_ms, 0, None) // BIN_MS).astype(int))
    largest = round(float(max(values_ms)), 1)
    figures = {"p50": p50, "p95": p95, "p99": p99, "max": largest, "count": len(values_ms)}
    return {**figures, "bins": bins.tolist(), "bin_ms": BIN_MS}


def judge_act(act: ActResult, truth: Truth) -> dict[str, Any]:
    """Everything the report says about one act."""
    tracks = judge_tracks(act.recording, truth, act.probe)
    limit = {"act": act.number, "threshold": None if act.threshold is None else round(act.threshold, 4)}
    people = [{**limit, **person} for person in judge_people(tracks, truth)]
    ghosts = [track for track in tracks if track.owner is None]
    return {
        "number": act.number,
        "title": act.title,
        "probe": act.probe,
        "gallery": act.gallery,
        "seconds": round(act.seconds, 1),
        "enrolled": [vars(enrolment) for enrolment in act.enrolments],
        "people": people,
        **tally(people, tracks),
        "tracks": len(tracks),
        "tracks_of_nobody": len(ghosts),
        "answers_on_the_way": passing_wrong(act.recording, tracks),
        "latency_ms": latency_figures(act.recording.latencies_ms),
        "counts": dict(act.recording.counts),
        "timelines": timelines(act.recording, tracks, truth),
        "length_s": round((act.recording.span()[1] - act.recording.span()[0]) / SECOND, 2),
    }


def passed(act: dict[str, Any]) -> bool:
    """No wrong name, and at most one enrolled person not named; only the former for both sensors at once."""
    enrolled = sum(not person["stranger"] for person in act["people"])
    return act["wrong"] == 0 and (act["probe"] == "both" or 0 < enrolled <= act["correct"] + 1)
