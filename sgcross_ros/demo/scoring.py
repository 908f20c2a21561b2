"""Who was named right: from recordings and truth to the figures of the report. Pure functions.

A stretch is the part of a track that shows one person: where a track changes over to somebody else, a new
one begins. A person's answer is the last answer of their stretch with the most frames of evidence. `correct`,
`unknown_*` and `pending` count people; `wrong` counts every stretch whose last answer is a name that is not
its person's, so one good track cannot hide a bad one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sgcross_ros.demo.records import NAME, PENDING, UNKNOWN, ActResult, Answer, Recording
from sgcross_ros.demo.truth import Person, Truth, Votes

UNSEEN = "unseen"
SECOND = 1e9
LASTING = 10  # moments, a second of a sweep each 0.1 s: a shorter match is somebody who was passed by
GAP_S = 0.5  # a longer silence breaks a bar of the timeline
BIN_MS = 10


@dataclass(frozen=True)
class Stretch:
    """One person on one track at the end of it; person is None for a track that shows nobody.

    share: the part of the track's moments that showed the person, 0..1
    """

    person: Person | None
    share: float
    answer: Answer

    @property
    def wrong(self) -> bool:
        """It carries a name that is not its person's."""
        return self.answer.state == NAME and not rightful(self.answer.name, self.person)


def rightful(name: str, person: Person | None) -> bool:
    """Whether a name may be given to what is seen there."""
    return person is not None and not person.stranger and name == person.name


@dataclass(frozen=True)
class Matched:
    """A recording's answers with the person whom each was about, None where the track showed nobody then."""

    answers: list[tuple[Answer, Person | None]]
    stretches: list[Stretch]


def match_answers(recording: Recording, truth: Truth, modality: str) -> Matched:
    """Find out whom each answer was about."""
    votes, shown = Votes(modality), {}
    for moment in recording.moments:
        for track, person in votes.add(moment, truth).items():
            shown[moment.stamp, track] = truth.people[person]
    answers = [(answer, shown.get((answer.stamp, answer.track))) for answer in recording.answers]
    last = {(answer.track, person): answer for answer, person in answers}
    stretches = [
        Stretch(person, votes.on[track][person.id] / votes.seen[track], answer)
        for (track, person), answer in last.items()
        if person is not None and _lasting(votes, track, person)
    ]
    known = {stretch.answer.track for stretch in stretches}
    ghosts = [a for track, a in recording.last_answers().items() if track not in known]
    return Matched(answers, [*stretches, *(Stretch(None, 0.0, answer) for answer in ghosts)])


def _lasting(votes: Votes, track: int, person: Person) -> bool:
    """Not just somebody who was passed by."""
    count = votes.on[track][person.id]
    return count >= LASTING or 2 * count > votes.seen[track]


def judge_people(stretches: Sequence[Stretch], truth: Truth) -> list[dict[str, Any]]:
    """One entry a person of the truth, enrolled people first, then strangers, by name."""
    return [_judge_person(person, [s for s in stretches if s.person == person]) for person in in_order(truth)]


def in_order(truth: Truth) -> list[Person]:
    """Enrolled people first, then strangers, by name."""
    return sorted(truth.people.values(), key=lambda person: (person.stranger, person.name))


def _judge_person(person: Person, stretches: Sequence[Stretch]) -> dict[str, Any]:
    best = max(stretches, key=lambda s: (s.answer.frames, s.answer.stamp), default=None)
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
        "tracks": len(stretches),
        "purity": round(best.share, 3) if best else 0.0,
    }


def _outcome(person: Person, answer: Answer) -> str:
    if answer.state == NAME:
        return "right" if rightful(answer.name, person) else "wrong"
    if answer.state == UNKNOWN:
        return "unknown_right" if person.stranger else "unknown_wrong"
    return answer.state


def tally(people: Iterable[dict[str, Any]], stretches: Iterable[Stretch]) -> dict[str, int]:
    """The counts of the report; see the top of this file for what each one counts."""
    outcomes = [person["outcome"] for person in people]
    return {
        "correct": outcomes.count("right"),
        "wrong": sum(stretch.wrong for stretch in stretches),
        "unknown_right": outcomes.count("unknown_right"),
        "unknown_wrong": outcomes.count("unknown_wrong"),
        "pending": outcomes.count(PENDING),
        "unseen": outcomes.count(UNSEEN),
    }


def passing_wrong(matched: Matched) -> dict[str, int]:
    """How many single answers on the way carried a name, and how many of those names were wrong then.

    A moment in which a person's track is not near anybody is left out.
    """
    ghosts = {stretch.answer.track for stretch in matched.stretches if stretch.person is None}
    named = [(a, p) for a, p in matched.answers if a.state == NAME and (p or a.track in ghosts)]
    return {"named": len(named), "wrong": sum(not rightful(answer.name, person) for answer, person in named)}


def timelines(matched: Matched, start: int, truth: Truth) -> list[dict[str, Any]]:
    """For each person the bars [begin s, end s, state, name] since start, nanoseconds."""
    lines = []
    for person in in_order(truth):
        bars = _bars([answer for answer, about in matched.answers if about == person], start)
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
    matched = match_answers(act.recording, truth, act.probe)
    limit = {"act": act.number, "threshold": None if act.threshold is None else round(act.threshold, 4)}
    people = [{**limit, **person} for person in judge_people(matched.stretches, truth)]
    first, last = act.recording.span()
    return {
        "number": act.number,
        "title": act.title,
        "probe": act.probe,
        "gallery": act.gallery,
        "seconds": round(act.seconds, 1),
        "enrolled": [vars(enrolment) for enrolment in act.enrolments],
        "people": people,
        **tally(people, matched.stretches),
        "tracks": len({answer.track for answer, _ in matched.answers}),
        "tracks_of_nobody": sum(stretch.person is None for stretch in matched.stretches),
        "answers_on_the_way": passing_wrong(matched),
        "latency_ms": latency_figures(act.recording.latencies_ms),
        "counts": dict(act.recording.counts),
        "enrol_counts": dict(act.enrol_recording.counts) if act.enrol_recording else {},
        "timelines": timelines(matched, first, truth),
        "length_s": round((last - first) / SECOND, 2),
    }


def passed(act: dict[str, Any]) -> bool:
    """No wrong name, and at most one enrolled person not named; only the former for both sensors at once."""
    enrolled = sum(not person["stranger"] for person in act["people"])
    return act["wrong"] == 0 and (act["probe"] == "both" or 0 < enrolled <= act["correct"] + 1)
