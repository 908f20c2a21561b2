"""Answers of a server, which are not trusted: what is not as asked for is refused, with the reason."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from sgcross_core.model.factors import FACTORS, Factors

MOST_WORDS = 200  # characters of a server's own words in a message
NAMES = tuple(factor.name for factor in FACTORS)
FENCE = re.compile(r"```(?:json)?\s*\n(.*)\n\s*```", re.DOTALL)
THOUGHT = "</think>"  # ends what reasoning models think aloud


class Refused(Exception):
    """An answer that cannot be used; kind: one of a few words to count by."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind, self.words = kind, message


@dataclass(frozen=True)
class Usage:
    """Tokens that the server says it took."""

    sent: int = 0
    answered: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.sent + other.sent, self.answered + other.answered)


def read_json(content: bytes) -> Any:
    """Of a reply's body; Refused for anything else."""
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        kind = "HTML page" if content.lstrip()[:1] == b"<" else "no JSON"
        raise Refused(kind, f"the server's reply starts with {plain(content[:80])!r}") from None


def factors_of(reply: Any) -> Factors:
    """The factors in a chat completion; Refused names what is wrong with it."""
    if isinstance(reply, dict) and reply.get("error"):
        raise Refused("no completion", error_of(json.dumps(reply["error"]).encode()))
    choice = _at(reply, "choices", 0)
    message = _at(choice, "message")
    if choice.get("finish_reason") == "length":
        raise Refused("cut off", "the answer was longer than max_tokens allows")
    if isinstance(refusal := message.get("refusal"), str) and refusal:
        raise Refused("model refuses", plain(refusal))
    if not isinstance(text := message.get("content"), str):
        raise Refused("no answer", f"the message holds {type(text).__name__} instead of a text")
    return factors_in(text)


def factors_in(text: str) -> Factors:
    """The factors in the text of an answer: one JSON object, in a fence and after thoughts or not."""
    text = text.rpartition(THOUGHT)[2].strip()
    if fenced := FENCE.fullmatch(text):
        text = fenced[1]
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("bad answer", f"it must be one JSON object; got {plain(text)!r}") from None
    if not isinstance(values, dict):
        raise Refused("bad answer", f"it must be one JSON object; got {type(values).__name__}")
    if missing := [name for name in NAMES if name not in values]:
        raise Refused("bad answer", f"{missing[0]} is missing ({len(missing)} of {len(NAMES)} are)")
    if extra := [name for name in values if name not in NAMES]:
        raise Refused("bad answer", f"it has a key that was not asked for: {plain(extra[0])!r}")
    try:
        return Factors(**values)
    except ValueError as wrong:
        raise Refused("bad answer", plain(str(wrong))) from None


def usage_of(reply: Any) -> Usage:
    """Tokens of a reply; nothing where the server does not say it in whole numbers."""
    usage = reply.get("usage") if isinstance(reply, dict) else None
    if not isinstance(usage, dict):
        return Usage()
    counts = (usage.get(f"{name}_tokens") for name in ("prompt", "completion"))
    return Usage(*(n if type(n) is int and 0 <= n < 10**9 else 0 for n in counts))


def error_of(content: bytes) -> str:
    """The server's own words about an error, in one short line."""
    try:
        found = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return plain(content)
    for name in ("error", "message", "detail"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    return plain(found if isinstance(found, str) else content)


def plain(words: str | bytes) -> str:
    """One short line without control characters: a terminal obeys some of them."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    line = "".join(c if c.isprintable() else " " for c in text[: 4 * MOST_WORDS])
    short = " ".join(line.split())
    return short if len(short) <= MOST_WORDS else short[:MOST_WORDS] + "..."


def _at(value: Any, *places: str | int) -> dict[str, Any]:
    """The object at a place of a reply."""
    for place in places:
        try:
            value = value[place]
        except (LookupError, TypeError):
            raise Refused("no completion", f"the reply has no {places[0]}") from None
    if not isinstance(value, dict):
        raise Refused("no completion", f"{places[0]} must hold an object; got {type(value).__name__}")
    return value
