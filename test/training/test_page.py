from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from training.page import MOST, State, page

ROWS = [
    {"iteration": str(20 * i), "rate": "0.001", "total": str(5 - i / 100), "within": "0.5"}
    for i in range(1, 500)
]
HALF = State("<my run>", 10_000, 20_000, 0.25, 1e-3, ROWS, ["loss within is constant at 0.5"])


def points(text: str) -> list[list[tuple[float, float]]]:
    return [
        [(float(x), float(y)) for x, y in (p.split(",") for p in line.split())]
        for line in re.findall(r'points="([^"]*)"', text)
    ]


def test_a_page_tells_how_far_a_run_is() -> None:
    text = page(HALF)
    assert "&lt;my run&gt;" in text and "<my run>" not in text
    assert "10000 of 20000" in text and "0 h 42 min" in text and "250 ms" in text
    assert 'http-equiv="refresh"' in text and "loss within is constant" in text
    assert "http://" not in text and "https://" not in text  # nothing is loaded from elsewhere


def test_each_loss_has_a_curve_in_the_half_that_is_done() -> None:
    total, within = points(page(HALF))
    assert len(total) <= MOST and max(x for x, _ in total) == pytest.approx(160, abs=2)
    assert [y for _, y in total] == sorted(y for _, y in total)  # it falls: down the picture
    assert len({y for _, y in within}) == 1


@pytest.mark.parametrize("rows", [[], ROWS[:1]], ids=["nothing yet", "one point"])
def test_a_young_run(rows: list[dict[str, str]]) -> None:
    text = page(State("run", len(rows), 100, 0.0, 1e-3, rows))
    assert len(points(text)) == (2 if rows else 0)
    assert "less than a minute" in text


def test_a_finished_run_does_not_load_itself_anew() -> None:
    text = page(State("run", 100, 100, 0.1, 1e-3, ROWS, figures=[(50, 0.2), (100, 0.4)]))
    assert "refresh" not in text and "finished" in text and "validation rank-1 0.4" in text
    for picture in re.findall(r"<svg.*?</svg>", text):
        ElementTree.fromstring(picture)
