"""What a person may be called."""

from __future__ import annotations

import unicodedata

LONGEST = 64
RESERVED = ("unknown", "pending")


def checked_name(name: str) -> str:
    """The name in Unicode's composed form, outer spaces removed.

    ValueError unless it has 1-64 printable characters, no path separator, and is not a word of our own.
    """
    if not isinstance(name, str):
        raise ValueError(f"a name must be text; got {name!r}")
    clean = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(clean) <= LONGEST:
        raise ValueError(f"a name must have 1 to {LONGEST} characters; got {len(clean)}")
    if not clean.isprintable():
        raise ValueError(f"a name must be printable; got {clean!r}")
    if any(c in clean for c in "/\\") or clean in (".", ".."):
        raise ValueError(f"a name must not look like a path; got {clean!r}")
    if clean.lower() in RESERVED:
        raise ValueError(f"{clean!r} is a state, not a name")
    return clean
