from __future__ import annotations

import itertools

import pytest

from sgcross_core.model.factors import FACTORS, LEVELS, SECTORS, TELLING, Factors
from sgcross_core.model.sentences import TEMPLATES, VIEWS, describe, described_walk, descriptions
from sgcross_core.model.tokens import HALVED, MOST_TOKENS, WHOLE, checked_length, most_tokens

ORDINALS = [factor.name for factor in FACTORS if factor.kind == "ordinal"]
FULL = [
    Factors(view, title, *[level] * 12)
    for view, title, level in itertools.product(range(SECTORS), (None, 0, 1), range(LEVELS))
]


def test_every_template_stays_below_77_tokens_with_all_factors():
    longest = [most_tokens(text) for factors in FULL for text in descriptions(factors)]
    assert max(longest) < MOST_TOKENS
    assert min(longest) > 20


def test_mixed_levels_are_no_longer_than_the_longest_even_ones():
    """Each factor's words depend on its own level; a group in which nothing applies gets shorter."""
    worst = max(most_tokens(text) for factors in FULL for text in descriptions(factors))
    for levels in itertools.product((0, 1, 4), repeat=5):
        mixed = Factors(1, 1, *(levels * 3)[:12])
        assert max(map(most_tokens, descriptions(mixed))) <= worst


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("", 2),
        ("a man", 4),
        ("A Man.", 5),
        ("hunched", 4),
        ("xylem", 7),  # five letters that might each be a token
        ("2026!?", 8),
        ("ßa", 5),  # three bytes
        ("'steps", 8),  # cut after 's, so it is no longer a word that is known
        ("the\n man", 4),
    ],
)
def test_tokens_are_counted_from_above(text, most):
    assert most_tokens(text) == most


def test_a_sentence_that_may_be_cut_is_refused():
    assert checked_length("a man " * 37) == "a man " * 37
    with pytest.raises(ValueError, match="at most 77 tokens; got up to 78"):
        checked_length("a man " * 38)


def test_the_real_tokenizer_never_finds_more():
    tokenizer = pytest.importorskip("open_clip").SimpleTokenizer()
    assert [word for word in WHOLE if len(tokenizer.encode(word)) != 1] == []
    assert [word for word in HALVED if len(tokenizer.encode(word)) != 2] == []
    texts = [text for factors in FULL for text in descriptions(factors)] + ["'steps", "ßa", "2026!?", "xylem"]
    assert all(len(tokenizer.encode(text)) + 2 <= most_tokens(text) for text in texts)


def test_a_whole_sentence():
    factors = Factors(2, 1, humpback=1, toe_out=3, toe_in=0, tiptoe=0, sad=3, happy=0, angry=0)
    assert descriptions(factors) == [
        "A woman walks slightly hunched, with toes out, looking sad, seen from the left.",
        "Seen from the left, a woman walks slightly hunched, with toes out, looking sad.",
        "A silhouette of a woman walking slightly hunched, with toes out, looking sad, viewed from the left.",
        "A woman walking: slightly hunched, with toes out, looking sad; view from the left.",
        "This is how a woman walks, seen from the left: slightly hunched, with toes out, looking sad.",
    ]


def test_unknown_factors_leave_no_trace():
    assert descriptions(Factors())[0] == "A person walks."
    for text in descriptions(Factors(viewpoint=0)) + descriptions(Factors(viewpoint=0), view=False):
        assert not any(odd in text for odd in ("  ", ",,", " ,", ":.", ",.", "{", "}", "None"))
    assert descriptions(Factors(happy=0, sad=0))[0] == "A person walks."  # angry might apply


@pytest.mark.parametrize("view", range(SECTORS))
def test_the_view_is_said_only_when_asked_for(view):
    others = [words for words in VIEWS if words != VIEWS[view] and words not in VIEWS[view]]
    for text in descriptions(Factors(viewpoint=view)):
        assert f"from {VIEWS[view]}" in text and not any(f"from {words}" in text for words in others)
    free = descriptions(Factors(viewpoint=view, humpback=2), view=False)
    assert free == descriptions(Factors(humpback=2)) and not any("from" in text for text in free)


@pytest.mark.parametrize("name", ORDINALS)
def test_the_levels_of_a_factor_read_differently(name):
    texts = {describe(Factors(**{name: level})) for level in range(LEVELS)}
    assert len(texts) == LEVELS


@pytest.mark.parametrize("name", ["viewpoint", "title"])
def test_views_and_titles_read_differently(name):
    levels = next(factor.levels for factor in FACTORS if factor.name == name)
    assert len({describe(Factors(**{name: level})) for level in (None, *range(levels))}) == levels + 1


def test_the_seed_chooses_the_template():
    factors = Factors(1, 0, 3)
    chosen = [describe(factors, seed) for seed in range(60)]
    assert chosen == [describe(factors, seed) for seed in range(60)]
    assert set(chosen) == set(descriptions(factors)) and len(set(chosen)) == len(TEMPLATES)


@pytest.mark.parametrize(
    ("factors", "words"),
    [
        (Factors(), ""),
        (Factors(title=1), ""),
        (Factors(viewpoint=2), "walks, seen from the left"),
        (Factors(humpback=0, viewpoint=4), "walks, seen from the back"),  # the rest may stand out
        (Factors(4, **dict.fromkeys(TELLING, 0)), "walks in a normal way, seen from the back"),
        (Factors(2, humpback=1, toe_out=3), "walks with toes out, slightly hunched, seen from the left"),
        (Factors(tiptoe=0, without_tiptoe_or_shuffle=0), "walks with a shuffle"),
        (Factors(tiptoe=0, without_tiptoe_or_shuffle=5), ""),
        (Factors(summary=5, without_toe_out_or_in=5, title=0), ""),
        (Factors(humpback=2, sad=4, toe_in=2), "walks looking very sad, fairly hunched, with toes fairly in"),
    ],
)
def test_the_described_walk_says_what_stands_out(factors, words):
    assert described_walk(factors) == words


def test_the_described_walk_keeps_to_its_number_of_traits():
    assert described_walk(Factors(humpback=4, toe_in=5, happy=3), most=1) == "walks with toes extremely in"
