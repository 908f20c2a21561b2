"""The line that moves while a bag plays."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

from tqdm import tqdm

from sgcross_ros.demo.records import NAME, Answer, Moment
from sgcross_ros.demo.truth import Truth

if TYPE_CHECKING:
    from sgcross_ros.demo.observer import Observer

SIGNS = {"pending": "...", "unknown": "?"}


class Progress:
    """A bar over the seconds of the bag with the people in view and what they are called."""

    def __init__(self, words: str, truth: Truth) -> None:
        self._start, end = (truth.stamps[0], truth.stamps[-1]) if truth.stamps else (0, 0)
        form = "{desc} {bar:24} {n:4.0f}/{total:.0f} s{postfix}"
        quiet = 0.3 if sys.stderr.isatty() else 15  # a log file gets a line now and then
        total = max((end - self._start) / 1e9, 0.1)
        self._bar = tqdm(total=total, desc=words, bar_format=form, mininterval=quiet, ncols=110)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def show(self, observer: Observer) -> None:
        """Move to the clock's place."""
        place = min(max((observer.now - self._start) / 1e9, 0), self._bar.total)
        recording = observer.recording
        newest = recording.moments[-1] if recording.moments else Moment(0, ())
        self._bar.set_postfix_str(in_view(newest, recording.last_answers()), refresh=False)
        self._bar.update(place - self._bar.n)


def in_view(moment: Moment, answers: dict[int, Answer]) -> str:
    """The people of a moment: name, ? for unknown, ... while pending."""
    words = []
    for track in moment.seen:
        answer = answers.get(track.track)
        state = answer.state if answer else "pending"
        words.append(answer.name if answer and state == NAME else SIGNS.get(state, state))
    return ", ".join(words) or "nobody"
