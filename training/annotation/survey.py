"""A whole data set asked about: what is to be asked, asking many at a time, what came of it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sgcross_core.model.factor_files import SequenceKey
from sgcross_core.model.factors import Factors
from training.annotation.answers import Refused
from training.annotation.client import Client, Stop
from training.annotation.question import Questioner
from training.annotation.strips import strip
from training.annotation.vote_cache import VoteCache
from training.data import GaitSequence


@dataclass
class Plan:
    """questions: hash of each question and a walk that shows its picture; asked: the question of each walk.

    unreadable: a sentence on each walk that cannot be shown.
    """

    questions: dict[str, GaitSequence] = field(default_factory=dict)
    asked: dict[SequenceKey, str] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    def missing(self, cache: VoteCache, votes: int) -> list[tuple[str, int]]:
        """Question and number of each vote that is not in the cache.

        Those before the last question that was answered were lost in an earlier run: they come at the end, or
        what is refused every time would keep all others waiting.
        """
        there = {question: cache.votes(question) for question in self.questions}
        order = list(self.questions)
        answered = max((place for place, q in enumerate(order, 1) if there[q]), default=0)
        order = order[answered:] + order[:answered]
        return [(q, n) for q in order for n in range(votes) if n not in there[q]]

    def votes(self, cache: VoteCache, most: int) -> dict[SequenceKey, list[Factors]]:
        """The first votes of each walk, as many as there are."""
        answers = {q: [v for n, v in cache.votes(q).items() if n < most] for q in self.questions}
        return {key: answers[question] for key, question in self.asked.items()}


@dataclass
class Outcome:
    """lost: votes that got no usable answer; stopped: why the run ended early, "" when it did not."""

    lost: int = 0
    stopped: str = ""
    interrupted: bool = False


def plan(walks: Mapping[SequenceKey, GaitSequence], questioner: Questioner, progress: Progress) -> Plan:
    """Look at the picture of each walk; equal pictures make one question."""
    made = Plan()
    for key, walk in progress(walks.items()):
        try:
            question = questioner.identity(strip(walk, questioner.settings.picture))
        except (ValueError, OSError) as problem:
            made.unreadable.append(str(problem))
            continue
        made.questions.setdefault(question, walk)
        made.asked[key] = question
    return made


Progress = Callable[[Iterable[tuple[SequenceKey, GaitSequence]]], Iterable[tuple[SequenceKey, GaitSequence]]]


class Survey:
    """Asks for all missing votes; run() once.

    At the first Ctrl-C no new question is asked and the answers under way, which are paid for, are waited
    for; at the second they are dropped.
    """

    def __init__(
        self, made: Plan, cache: VoteCache, client: Client, questioner: Questioner, tick: Callable[[], object]
    ) -> None:
        self.outcome, self._over = Outcome(), asyncio.Event()
        self._plan, self._cache, self._client, self._questioner = made, cache, client, questioner
        self._tick, self._tasks = tick, list[asyncio.Task[None]]()
        self._in_a_row: set[str] = set()  # questions that were refused since the last answer
        self._answered, self._last = False, ""
        self._missing: Iterator[tuple[str, int]] = iter(())

    async def run(self) -> Outcome:
        """Until all is asked, the user stops it, or nothing helps any more."""
        asking = self._questioner.settings.asking
        self._missing = iter(self._plan.missing(self._cache, asking.votes))
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        try:
            async with self._client:
                self._tasks = [asyncio.create_task(self._work()) for _ in range(asking.concurrency)]
                ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            loop.remove_signal_handler(signal.SIGINT)
        if self._last and not self._answered and not self.outcome.interrupted:
            self._stop(f"no question got a usable answer; the last: {self._last}")
        for end in ends:
            if isinstance(end, BaseException) and not isinstance(end, asyncio.CancelledError):
                raise end
        return self.outcome

    def _interrupt(self) -> None:
        if self.outcome.interrupted:
            for task in self._tasks:
                task.cancel()
        self.outcome.interrupted = True
        self._over.set()

    def _stop(self, why: str) -> None:
        self.outcome.stopped = self.outcome.stopped or why
        self._over.set()

    async def _work(self) -> None:
        """One of many that take votes from the list in turn."""
        for question, number in self._missing:
            if self._over.is_set():
                return
            try:
                await self._vote(question, number)
                self._tick()
            except Refused as trouble:
                self._lose(question, trouble)
            except Stop as why:
                self._stop(str(why))
            except (ValueError, OSError):  # a file went away, the disk is full: no more is paid for
                self._over.set()
                raise

    async def _vote(self, question: str, number: int) -> None:
        walk = self._plan.questions[question]
        picture = await asyncio.to_thread(strip, walk, self._questioner.settings.picture)
        factors, usage = await self._client.ask(picture, self._over)
        self._cache.add(question, number, factors, usage)
        self._answered = True
        self._in_a_row.clear()

    def _lose(self, question: str, trouble: Refused) -> None:
        self.outcome.lost, self._last = self.outcome.lost + 1, str(trouble)
        self._in_a_row.add(question)
        if len(self._in_a_row) >= self._questioner.settings.asking.give_up:
            self._stop(f"{len(self._in_a_row)} walks in a row got no usable answer; the last: {trouble}")
