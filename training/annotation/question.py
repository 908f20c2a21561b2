"""The question about a walk, as a request to a chat-completions API, and the schema of its answer."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgcross_core.model.factors import FACTORS, SCHEMA, Factor
from training.annotation.settings import MASKED, AnnotationSettings
from training.annotation.strips import png

INTRODUCTION = """\
You label how people walk. The picture is a contact strip of one person walking: frames in order of time, left
to right, then the next row, {shown}. Judge only what you see over all frames together.

Answer with one JSON object with exactly the keys below and nothing else. Each value is a whole number, or
null when the picture does not show it; a guess is worse than null. For keys with levels 0 to 5: 0 absent,
1 barely, 2 somewhat, 3 clearly, 4 strongly, 5 as strong as it can be. Most people get 0 or 1 for most keys.

"""
SHOWN = "the person white on black"
SHOWN_MASKED = "the background black, the upper body plain grey"
# More than the columns' own descriptions say, where a viewer needs it.
HINTS = {
    "viewpoint": "from where the person is seen: 0 front, 1 front left, 2 the person's left side, "
    "3 back left, 4 back, 5 back right, 6 the person's right side, 7 front right. "
    "Walking towards the picture's left shows the left side",
    "title": "0 looks like a man, 1 looks like a woman",
    "without_toe_out_or_in": "feet point straight ahead; low when toe_out or toe_in is high",
    "summary": "how distinctive this walk is, all in all: could one tell this person by it",
}


@dataclass(frozen=True)
class Questioner:
    """Builds requests for one model; extra: fields of the request that replace ours, null leaves one out."""

    model: str
    settings: AnnotationSettings
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        """The words that go with each picture."""
        shown = SHOWN_MASKED if self.settings.picture.kind == MASKED else SHOWN
        lines = (f'"{f.name}" {_range(f)}: {HINTS.get(f.name, f.doc)}\n' for f in FACTORS)
        return INTRODUCTION.format(shown=shown) + "".join(lines)

    def request(self, picture: NDArray[np.uint8], *, with_schema: bool) -> dict[str, Any]:
        """The body of the request."""
        address = "data:image/png;base64," + base64.b64encode(png(picture)).decode("ascii")
        content = [
            {"type": "text", "text": self.prompt},
            {"type": "image_url", "image_url": {"url": address}},
        ]
        body = {**self._constants(), "messages": [{"role": "user", "content": content}]}
        if with_schema:
            schema = {"name": "gait_description_factors", "strict": True, "schema": answer_schema()}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return {name: value for name, value in {**body, **self.extra}.items() if value is not None}

    def identity(self, picture: NDArray[np.uint8]) -> str:
        """A hash of all that decides the answer: model, words, numbers, pixels (not the PNG's bytes)."""
        about = {"schema": SCHEMA, "prompt": self.prompt, "extra": dict(self.extra), **self._constants()}
        words = json.dumps({**about, "shape": picture.shape}, sort_keys=True)
        return hashlib.sha256(words.encode() + b"\0" + picture.tobytes()).hexdigest()

    def _constants(self) -> dict[str, Any]:
        asking = self.settings.asking
        return {"model": self.model, "temperature": asking.temperature, "max_tokens": asking.max_tokens}


def answer_schema() -> dict[str, Any]:
    """JSON schema of an answer: all factors, each a whole number of its range or null."""
    values = {f.name: {"enum": [*range(f.levels), None]} for f in FACTORS}
    kinds = {name: {"type": ["integer", "null"], **value} for name, value in values.items()}
    return {"type": "object", "properties": kinds, "required": [*kinds], "additionalProperties": False}


def _range(factor: Factor) -> str:
    return f"(0 to {factor.levels - 1})" if factor.levels > 2 else "(0 or 1)"
