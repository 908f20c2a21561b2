"""How many tokens a sentence can be for CLIP, counted without CLIP's vocabulary."""

from __future__ import annotations

import re

MOST_TOKENS = 77  # that CLIP reads, its start and its end included

# English words that are one token in CLIP's vocabulary (bpe_simple_vocab_16e6), and some that are two.
WORDS = """
    a angry back catwalk distinctive extremely fairly from front happy heels high how in is knees left like
    looking man mood neutral normal not of on out overall person right sad seen shuffle silhouette slightly
    steps straight the this toes very view viewed walking walks with woman
"""
WHOLE = frozenset(WORDS.split())
HALVED = frozenset(["hunched", "tiptoe"])

# CLIP cuts a text into runs of letters, single digits and the rest, and "'s" off what follows an apostrophe.
PIECES = re.compile(r"'?[^\W\d_]+|\S")


def most_tokens(text: str) -> int:
    """At least the tokens that CLIP makes of a text, with its start and end.

    A token is one byte or more, so a word counts with its bytes unless it is known to be one or two tokens.
    """
    return 2 + sum(_most_tokens_of(piece) for piece in PIECES.findall(text.lower()))


def checked_length(text: str) -> str:
    """The text; ValueError when CLIP might cut it off."""
    if (most := most_tokens(text)) > MOST_TOKENS:
        raise ValueError(f"a sentence must have at most {MOST_TOKENS} tokens; got up to {most}: {text!r}")
    return text


def _most_tokens_of(piece: str) -> int:
    if piece in WHOLE:
        return 1
    return 2 if piece in HALVED else len(piece.encode())
