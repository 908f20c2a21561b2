"""One run of `sgcross annotate factors`: look at the data, tell the cost, ask, write what came of it."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from sgcross_core.cli import STOPPED
from sgcross_core.model.factor_files import SequenceKey
from sgcross_core.model.factors import Factors
from training.annotation.captions import name_of
from training.annotation.client import Access, Client
from training.annotation.estimate import cost_line, estimate
from training.annotation.question import Questioner
from training.annotation.settings import AnnotationSettings
from training.annotation.strips import png, strip
from training.annotation.survey import Outcome, Plan, Survey, plan
from training.annotation.vote_cache import VoteCache
from training.annotation.vote_files import save_survey, votes_path
from training.annotation.walks import walks_of
from training.data import GaitSequence

DRY_WALKS = 3
SHOWN = 5  # unreadable walks that are told one by one
INCOMPLETE = 1  # what the command exits with when votes are missing


class Session:
    """arguments: of the command line; bar(items, total, unit) shows progress, over items or by update()."""

    def __init__(
        self, arguments: argparse.Namespace, settings: AnnotationSettings, key: str, bar: Callable[..., Any]
    ) -> None:
        self._arguments, self._settings, self._bar = arguments, settings, bar
        self._access = Access(arguments.server, key, arguments.key_variable)
        self._questioner = Questioner(arguments.model, settings, arguments.extra)

    def dry_run(self, folder: Path) -> int:
        """Write the words, and picture and request of some walks; ask nobody."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "prompt.txt").write_text(self._questioner.prompt, encoding="utf-8")
        some = dict(itertools.islice(self._walks().items(), self._arguments.limit or DRY_WALKS))
        for key, walk in some.items():
            picture = strip(walk, self._settings.picture)
            name = "_".join(part for part in key if part)
            schema = self._settings.asking.structured != "plain"
            request = self._questioner.request(picture, with_schema=schema)
            (folder / f"{name}.png").write_bytes(png(picture))
            (folder / f"{name}.json").write_text(json.dumps(request, indent=1), encoding="utf-8")
        _say(f"{folder}: prompt.txt, pictures and requests of {len(some)} walks; nobody was asked")
        return 0

    def run(self, confirmed: Callable[[argparse.Namespace], bool]) -> int:
        """0 when every walk has all its votes and was written, 1 when some lack votes, 2 when it stopped."""
        made = plan(self._walks(), self._questioner, self._looking)
        self._tell_unreadable(made)
        if not made.questions:
            walks = len(made.unreadable)
            raise ValueError(f"none of the {walks} walks under {self._arguments.root} can be shown")
        with VoteCache(self._cache_path) as cache:
            missing = made.missing(cache, self._settings.asking.votes)
            for line in self._outlook(made, len(missing)):
                _say(line)
            if missing and not confirmed(self._arguments):
                _say("nothing was asked")
                return INCOMPLETE
            outcome = self._ask(made, cache, len(missing))
            return self._finish(made, cache, outcome)

    @property
    def _cache_path(self) -> Path:
        out: Path = self._arguments.out
        return self._arguments.cache or out.with_name(f"{out.stem}.votes.sqlite")

    def _walks(self) -> Mapping[SequenceKey, GaitSequence]:
        found = walks_of(self._arguments.root, self._settings.picture.modalities)
        return dict(itertools.islice(found.items(), self._arguments.limit))

    def _looking(self, walks: Iterable[Any]) -> Iterable[Any]:
        items = list(walks)
        shown: Iterable[Any] = self._bar(items, len(items), "walk")
        return shown

    def _tell_unreadable(self, made: Plan) -> None:
        for sentence in made.unreadable[:SHOWN]:
            _say(sentence)
        if len(made.unreadable) > SHOWN:
            _say(f"... {len(made.unreadable)} walks in all cannot be shown and are left out")

    def _outlook(self, made: Plan, missing: int) -> list[str]:
        votes = len(made.questions) * self._settings.asking.votes
        told = estimate(self._questioner, missing).lines(self._settings.price)
        there = f"{len(made.asked)} walks, {votes} votes, {votes - missing} of them in {self._cache_path}"
        return [there, *told] if missing else [there]

    def _ask(self, made: Plan, cache: VoteCache, missing: int) -> Outcome:
        if not missing:
            return Outcome()
        client = Client(self._access, self._questioner)
        with self._bar(None, missing, "vote") as bar:
            outcome = asyncio.run(Survey(made, cache, client, self._questioner, bar.update).run())
        for kind, times in client.troubles.most_common():
            _say(f"{times} x {kind}")
        if self._settings.asking.structured == "auto" and not client.with_schema:
            _say("the server did not take response_format; answers came as plain JSON and were checked here")
        used = client.usage
        _say(f"the server counted {used.sent:,} tokens sent and {used.answered:,} answered in this run")
        _say(cost_line(used, self._settings.price))
        return outcome

    def _finish(self, made: Plan, cache: VoteCache, outcome: Outcome) -> int:
        again = f"the votes that came are in {self._cache_path}, the same command goes on from there"
        if outcome.interrupted:
            _say(f"stopped; {again}")
            return STOPPED
        wanted = self._settings.asking.votes
        votes = made.votes(cache, wanted)
        if any(votes.values()) or not outcome.stopped:
            self._write(votes, wanted)
        if outcome.stopped:  # said last: some walks may be refused for ever, the others are there
            raise ValueError(f"{outcome.stopped}; {again}")
        short = [name_of(key) for key, given in votes.items() if len(given) < wanted]
        if short:
            _say(f"{len(short)} walks lack votes, the first is {short[0]}; {again}")
        return INCOMPLETE if short else 0

    def _write(self, votes: Mapping[SequenceKey, list[Factors]], wanted: int) -> None:
        out = self._arguments.out
        written = save_survey(out, votes, wanted, self._questioner)
        scores = [result.score for result in written.values()]
        mean = f", mean agreement {sum(scores) / len(scores):.2f}" if scores else ""
        _say(f"{out}: {len(written)} walks{mean}; votes in {votes_path(out)}")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
