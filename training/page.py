"""A run on one page: how far it is, and a curve for each loss. One file, nothing is loaded from elsewhere."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

from training.losslog import Row

WIDTH, HEIGHT, MOST = 320, 110, 240  # of a chart, and points of its curve
REFRESH = 10  # seconds

STYLE = (
    "body{font:14px sans-serif;margin:24px;max-width:1080px}figure{display:inline-block;margin:8px}"
    "figcaption{font-size:12px}svg{background:#f7f7f7}progress{width:100%}td{padding-right:2em}"
)


@dataclass(frozen=True)
class State:
    """title: of the run; done, total: iterations; seconds: of one; figures: by iteration."""

    title: str
    done: int
    total: int
    seconds: float
    rate: float
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    figures: Sequence[tuple[int, float]] = field(default=())


def page(state: State) -> str:
    """The page as HTML; while the run goes on it loads itself anew."""
    running = state.done < state.total
    refresh = f'<meta http-equiv="refresh" content="{REFRESH}">' if running else ""
    facts = {
        "iteration": f"{state.done} of {state.total}",
        "an iteration": f"{1000 * state.seconds:.0f} ms",
        "left": _span(state.seconds * (state.total - state.done)) if running else "finished",
        "learning rate": f"{state.rate:.3g}",
    }
    rows = "".join(f"<tr><td>{name}<td>{value}" for name, value in facts.items())
    notes = "".join(f"<li>{html.escape(note)}" for note in state.notes)
    body = [
        f"<h1>{html.escape(state.title)}</h1>",
        f'<progress value="{state.done}" max="{state.total}"></progress>',
        f"<table>{rows}</table><ul>{notes}</ul>",
        *_charts(state),
    ]
    head = f'<meta charset="utf-8">{refresh}<title>{html.escape(state.title)}</title><style>{STYLE}</style>'
    return f"<!doctype html><html><head>{head}</head><body>{''.join(body)}</body></html>\n"


def _charts(state: State) -> list[str]:
    names = dict.fromkeys(name for row in (*state.rows[:1], *state.rows[-1:]) for name in row)
    curves = {
        name: [(int(row["iteration"]), float(row[name])) for row in state.rows if name in row]
        for name in names
        if name not in ("iteration", "rate")
    }
    if state.figures:
        curves = {"validation rank-1": list(state.figures), **curves}
    return [_chart(name, points, state.total) for name, points in curves.items()]


def _chart(name: str, points: Sequence[tuple[int, float]], total: int) -> str:
    """One curve over all iterations of the run, from its smallest to its largest value."""
    points = _thinned(points)
    low, high = min(y for _, y in points), max(y for _, y in points)
    span = high - low or 1.0
    line = " ".join(f"{WIDTH * x / total:.1f},{4 + (HEIGHT - 8) * (high - y) / span:.1f}" for x, y in points)
    curve = f'<polyline points="{line}" fill="none" stroke="#1f77b4" stroke-width="1.5"/>'
    words = f"{html.escape(name)} {points[-1][1]:.4g} <small>({low:.3g} to {high:.3g})</small>"
    size = f'width="{WIDTH}" height="{HEIGHT}"'
    return f"<figure><figcaption>{words}</figcaption><svg {size}>{curve}</svg></figure>"


def _thinned(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most MOST points: means of neighbours."""
    each = -(-len(points) // MOST)
    groups = [points[i : i + each] for i in range(0, len(points), each)]
    return [(group[-1][0], sum(y for _, y in group) / len(group)) for group in groups]


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes else "less than a minute"
