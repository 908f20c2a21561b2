"""The person at the robot: looks who walks there and enrols each one once, when there is enough to enrol."""

from __future__ import annotations

from dataclasses import dataclass, field

from sgcross_ros.demo.records import PENDING, Answer, Enrolment, Moment
from sgcross_ros.demo.truth import Truth, Votes

ENOUGH_FRAMES = 120  # twelve seconds; who leaves sooner is enrolled then
LEFT_NS = 400_000_000  # a track not seen for this long has left: the last chance to enrol it
RETRY_NS = 1_000_000_000
SURE = 0.8  # of the track's moments must show the person


@dataclass
class Operator:
    """Decides; who calls the node tells it what came of it."""

    truth: Truth
    modality: str
    done: list[Enrolment] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._votes = Votes(self.modality)
        self._answers: dict[int, Answer] = {}
        self._seen: dict[int, int] = {}
        self._asked: dict[int, int] = {}

    def watch(self, moment: Moment) -> None:
        """Somebody is tracked."""
        self._votes.add(moment, self.truth)
        self._seen.update((track.track, moment.stamp) for track in moment.seen)

    def hear(self, answer: Answer) -> None:
        """The node said how far a track is."""
        self._answers[answer.track] = answer

    def choose(self, now: int) -> tuple[int, str] | None:
        """The track to enrol now and the name for it, None when there is nobody; now in nanoseconds."""
        enrolled = {enrolment.name for enrolment in self.done}
        for track, answer in self._answers.items():
            if not self._ripe(track, answer, now) or (name := self._name(track)) in (None, *enrolled):
                continue
            self._asked[track] = now
            return track, str(name)
        return None

    def accepted(self, track: int, name: str, reply: str) -> None:
        """The node enrolled a track."""
        self.done.append(Enrolment(name, track, self._answers[track].frames, reply))
        self.refused.pop(name, None)

    def rejected(self, name: str, reply: str) -> None:
        """The node did not enrol; it is asked again later."""
        self.refused[name] = reply

    def missing(self) -> list[str]:
        """Names of the people who should be enrolled and are not."""
        enrolled = {enrolment.name for enrolment in self.done}
        wanted = (person.name for person in self.truth.people.values() if not person.stranger)
        return [name for name in wanted if name not in enrolled]

    def _ripe(self, track: int, answer: Answer, now: int) -> bool:
        if answer.state == PENDING or now - self._asked.get(track, now - RETRY_NS) < RETRY_NS:
            return False
        return answer.frames >= ENOUGH_FRAMES or now - self._seen.get(track, answer.stamp) > LEFT_NS

    def _name(self, track: int) -> str | None:
        owner = self._votes.owner(track)
        if owner is None or self._votes.share(track) < SURE or self.truth.people[owner].stranger:
            return None
        return self.truth.people[owner].name
