"""Captions that somebody published, as the side file of texts: {"ID/TYPE/VIEW": "a sentence", ...}.

Read are CSV with a header and JSON lists with id, type, view, caption (FreeGait: view is the device, sequence
its sequence), and JSON lines as GCaption documents them: an id like sustech1k_0001/00-nm/090 and a "sequence"
with its attributes. The published GCaption was never read by us, only files that follow its description.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sgcross_core.model.factor_files import SequenceKey

MOST_CHARACTERS = 2000  # of a caption
NEEDED = ("id", "caption")
# Of GCaption's seven attributes, in its order; the two about the place and its light say nothing of a walk.
ATTRIBUTES = ("age", "attire", "action", "related_item", "viewpoint")


def read_captions(path: Path, dataset: str = "") -> dict[SequenceKey, str]:
    """The captions of an archive; dataset: of archives with several, which one ("sustech1k").

    ValueError names the file, the entry and what is wrong: an extension, a field, a sequence that is there
    twice, nothing at all.
    """
    readers = {".csv": _read_csv, ".json": _read_json, ".jsonl": _read_lines}
    if path.suffix.lower() not in readers:
        raise ValueError(f"{path}: captions are read from {', '.join(readers)} files; got {path.suffix!r}")
    captions: dict[SequenceKey, str] = {}
    for number, entry in enumerate(_checked(path, readers[path.suffix.lower()](path)), 1):
        try:
            of, key, caption = _caption(entry)
        except (ValueError, KeyError, TypeError) as wrong:
            raise ValueError(f"{path}: caption {number}: {_words(wrong)}") from None
        if dataset and of != dataset:
            continue
        if key in captions:
            raise ValueError(f"{path}: caption {number}: sequence {name_of(key)} is there twice")
        captions[key] = caption
    if not captions:
        raise ValueError(f"{path} holds no caption" + (f" of {dataset}" if dataset else ""))
    return captions


def name_of(key: SequenceKey) -> str:
    """ID/TYPE/VIEW, as texts are named; of FreeGait ID/DEVICE/SEQUENCE."""
    return "/".join(part for part in key if part)


def texts_of(captions: dict[SequenceKey, str]) -> str:
    """The content of a side file of texts."""
    return json.dumps({name_of(key): text for key, text in captions.items()}, indent=0) + "\n"


def _caption(entry: dict[str, Any]) -> tuple[str, SequenceKey, str]:
    """Data set ("" when the entry names none), sequence, and its caption as one line."""
    if isinstance(entry.get("sequence"), dict):
        dataset, _, rest = str(entry["id"]).partition("_")
        key, text = SequenceKey(*rest.split("/")), _sentence(entry["sequence"])
        if not 3 <= len([part for part in key if part]) <= 4:
            raise ValueError(f"id must be like sustech1k_0001/00-nm/090; got {entry['id']!r:.80}")
    else:
        dataset = str(entry.get("dataset") or "")
        key = SequenceKey(**{name: entry.get(name) or "" for name in SequenceKey._fields})
        text = entry["caption"]
    if not key.id or not all(isinstance(part, str) and "/" not in part for part in key):
        raise ValueError(f"id, type, view and sequence must be texts without a slash; got {tuple(key)!r:.80}")
    if not isinstance(text, str) or not 0 < len(line := " ".join(text.split())) <= MOST_CHARACTERS:
        raise ValueError(f"caption must be a text of 1 to {MOST_CHARACTERS} characters; got {text!r:.60}")
    return dataset, key, line


def _sentence(attributes: dict[str, Any]) -> str:
    """GCaption's attributes in one line: "adult, red shirt, walk, carrying black bag, seen from the side"."""
    parts = []
    for name in ATTRIBUTES:
        value = attributes.get(name)
        if name == "related_item" and value:
            parts.append("carrying " + " and ".join(map(str, value)))
        elif name == "viewpoint" and value:
            parts.append(f"seen from the {value['yaw']}")
        elif value:
            parts.append(str(value))
    return ", ".join(parts)


def _read_csv(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        if missing := [name for name in NEEDED if name not in (rows.fieldnames or ())]:
            raise ValueError(f"its header must name {missing[0]}; got {rows.fieldnames}")
        yield from rows


def _read_json(path: Path) -> Iterator[Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, list):
        raise ValueError(f"it must be a list of captions; got {type(content).__name__}")
    yield from content


def _read_lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def _checked(path: Path, entries: Iterator[Any]) -> Iterator[dict[str, Any]]:
    """The entries; what is wrong with the file as a whole is told with its name."""
    try:
        for entry in entries:
            if not isinstance(entry, dict):
                raise ValueError(f"a caption must be an object; got {type(entry).__name__}")
            yield entry
    except (ValueError, RecursionError, csv.Error) as broken:
        raise ValueError(f"{path} is no archive of captions: {broken}") from None


def _words(wrong: Exception) -> str:
    return f"{wrong.args[0]} is missing" if isinstance(wrong, KeyError) else str(wrong)
