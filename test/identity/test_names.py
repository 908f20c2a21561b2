from __future__ import annotations

import pytest

from sgcross_core.identity.names import checked_name


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Alice", "Alice"),
        ("  Bob ", "Bob"),
        ("Zoë", "Zoë"),
        ("Zoe\u0308", "Zoë"),
        ("李小龙", "李小龙"),
        ("Ann Mary 2", "Ann Mary 2"),
        ("x" * 64, "x" * 64),
    ],
)
def test_names_that_are_allowed(name: str, clean: str) -> None:
    assert checked_name(name) == clean


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "1 to 64 characters; got 0"),
        ("   ", "got 0"),
        ("x" * 65, "got 65"),
        ("a\nb", "printable"),
        ("a\x00b", "printable"),
        ("\u202eabc", "printable"),
        ("a\u200bb", "printable"),
        ("../../etc", "path"),
        ("a\\b", "path"),
        ("..", "path"),
        ("Unknown", "is a state"),
        ("pending", "is a state"),
        (None, "must be text; got None"),
        (7, "must be text; got 7"),
    ],
)
def test_names_that_are_refused(name: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        checked_name(name)  # type: ignore[arg-type]
