"""Small charts of the report page as HTML and SVG text; colours come from the page's style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

LIMIT_MS = 100
COLUMN_PX, LETTER_PX = 230, 6.3  # of a timeline and of its words, about
WORDS = {"pending": "collecting", "unknown": "unknown", "unseen": "never seen"}


def answer_class(state: str, name: str | None, person: dict[str, Any]) -> str:
    """The style of one answer about a person: pending, unknown, right or wrong."""
    if state != "name":
        return state
    return "right" if name == person["truth"] and not person["stranger"] else "wrong"


def timeline(line: dict[str, Any], length_s: float) -> str:
    """One person's answers over the length of the walk, as bars with the answer written in."""
    scale = 100 / max(length_s, 0.1)
    return f'<div class="time">{"".join(_bar(bar, line, scale) for bar in line["bars"])}</div>'


def _bar(bar: Sequence[Any], line: dict[str, Any], scale: float) -> str:
    begin, end, state, name = bar
    width = max((end - begin) * scale, 0.4)
    words = escape(name if state == "name" else WORDS.get(state, state))
    style = f"left:{begin * scale:.2f}%;width:{width:.2f}%"
    hint = f"{begin:.1f}-{end:.1f} s: {words}"
    text = words if width * COLUMN_PX / 100 > LETTER_PX * len(words) + 8 else ""
    return f'<i class="{answer_class(state, name, line)}" style="{style}" title="{hint}">{text}</i>'


def time_axis(length_s: float) -> str:
    """Seconds below the timelines."""
    step = 5 if length_s <= 40 else 10
    ticks = range(0, int(length_s) + 1, step)
    marks = "".join(f'<span style="left:{100 * t / max(length_s, 0.1):.2f}%">{t}</span>' for t in ticks)
    return f'<div class="axis">{marks}</div>'


def score(person: dict[str, Any], low: float, high: float) -> str:
    """A dot for the best match, a ring for the runner-up and a line at the threshold, on one scale."""
    if person["state"] in ("pending", "unseen"):
        return '<div class="none">no decision</div>'

    def at(value: float) -> float:
        return round(6 + 148 * (value - low) / (high - low), 1)

    kind = answer_class(person["state"], person["name"], person)
    parts = ['<line class="rule" x1="6" x2="154" y1="12" y2="12"/>']
    if person["threshold"] is not None:
        x = at(person["threshold"])
        parts.append(f'<line class="threshold" x1="{x}" x2="{x}" y1="1" y2="23"/>')
    if person["runner_up_score"] is not None:
        hint = (
            f"<title>runner-up {escape(person['runner_up'] or '')}: {person['runner_up_score']:.2f}</title>"
        )
        x = at(person["runner_up_score"])
        parts.append(f'<circle class="second" cx="{x}" cy="12" r="4">{hint}</circle>')
    parts.append(f'<circle class="{kind}" cx="{at(person["score"])}" cy="12" r="5.5"/>')
    label = f"score {person['score']:.2f}, threshold {person['threshold'] or 0:.2f}"
    return f'<svg class="score" viewBox="0 0 160 24" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def score_range(people: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """The scale that all scores of an act share, with some air on both sides."""
    keys = ("score", "threshold", "runner_up_score")
    decided = [person for person in people if person["state"] in ("name", "unknown")]
    values = [person[key] for person in decided for key in keys if person[key] is not None]
    if not values:
        return 0.0, 1.0
    air = max(0.08 * (max(values) - min(values)), 0.01)
    return min(values) - air, max(values) + air


def histogram(figures: dict[str, Any]) -> str:
    """Latencies in bins, with p50, p95 and the limit marked; the last bin holds the rare longer ones too."""
    width = figures["bin_ms"]
    if not figures["bins"]:
        return '<p class="none">no answers, so no latencies</p>'
    last = int(max(1.2 * figures["p99"], LIMIT_MS + 20) / width)
    bins = [*figures["bins"][:last], sum(figures["bins"][last:])]
    span = len(bins) * width if bins[-1] else max(last * width, LIMIT_MS + 20)
    scale, top = 600 / span, max(bins)
    parts = [_column(i * width * scale, width * scale, 116 * n / top, n) for i, n in enumerate(bins) if n]
    parts += [_mark(figures[key] * scale, key, key) for key in ("p50", "p95")]
    parts.append(_mark(LIMIT_MS * scale, f"limit {LIMIT_MS} ms", "limit"))
    parts += [f'<text x="{t * scale:.1f}" y="158">{t}</text>' for t in range(0, span + 1, _tick(span))]
    return f'<svg class="bins" viewBox="-8 0 640 166" role="img">{"".join(parts)}</svg>'


def _column(x: float, width: float, height: float, count: int) -> str:
    place = f'x="{x + 1:.1f}" y="{142 - height:.1f}" width="{width - 2:.1f}" height="{height:.1f}"'
    return f"<rect {place}><title>{count} answers</title></rect>"


def _mark(x: float, words: str, kind: str) -> str:
    line = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="14" y2="142"/>'
    place = f'x="{x + 5:.1f}" y="26"' if kind == "limit" else f'x="{x:.1f}" y="9"'
    return f'<g class="{kind}">{line}<text {place}>{words}</text></g>'


def _tick(span: int) -> int:
    return next(step for step in (20, 50, 100, 200, 500, 1000, 10**6) if span / step <= 10)
