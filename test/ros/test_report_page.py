"""The page from an invented demo: everything inside it, everybody on it, nothing unescaped."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from sgcross_ros.demo import charts, pictures, report
from sgcross_ros.demo.page import headline, page
from sgcross_ros.demo.records import ActResult, Answer, Enrolment, Moment, Recording, Seen
from sgcross_ros.demo.truth import Box, Person, Truth

STEP = 100_000_000
NAMES = ("Ada", "Ben", "Cleo", "<Dan & Co>", "Emil", "Fay")
PNG = b"\x89PNG"


def truth(steps: int = 300) -> Truth:
    """Six people and a stranger, three metres apart."""
    people = {i: Person(i, name, False) for i, name in enumerate(NAMES)}
    people[6] = Person(6, "stranger 1", True)
    boxes = tuple(Box(i, 8.0, 3.0 * i - 9, 200, 4000) for i in people)
    return Truth(people, tuple(i * STEP for i in range(steps)), (boxes,) * steps)


def walk(seed: int, answered: bool = True, steps: int = 300) -> Recording:
    """Everybody walks for twelve seconds, one after the other; Fay is taken for a stranger."""
    random, made = np.random.default_rng(seed), Recording()
    for step in range(steps):
        present = [i for i in range(7) if 25 * i <= step < 25 * i + 120]
        made.moments.append(Moment(step * STEP, tuple(Seen(i + 1, 8.0, 3.0 * i - 9) for i in present)))
        for i in present:
            made.tiles.setdefault(i + 1, []).append(tile(step / 5 + i))
            if answered:
                made.answers.append(answer(step, i, step - 25 * i))
    made.latencies_ms = list(random.gamma(6, 8, size=900))
    made.counts = {"sweeps": steps, "frames": 3 * steps, "lone_sweeps": steps}
    return made


def answer(step: int, person: int, frames: int) -> Answer:
    known = person < 5
    state = "pending" if frames < 30 else "name" if known else "unknown"
    score = 0.0 if frames < 30 else 3.4 + 0.2 * person if known else 1.9
    return Answer(
        step * STEP, person + 1, state, NAMES[person] if state == "name" else "", score, 0.97, "Ada", 1.2,
        "lidar", "camera", frames,
    )  # fmt: skip


def tile(phase: float) -> np.ndarray:
    """uint8 (64, 64, 3): a stick figure in the silhouette and in the depth view."""
    picture = np.zeros((64, 64, 3), np.uint8)
    for channel, grey in ((0, 255), (1, 150), (2, 255)):
        layer = np.zeros((64, 64), np.uint8)
        swing = int(9 * np.sin(phase))
        cv2.circle(layer, (32, 7), 6, grey, -1)
        cv2.ellipse(layer, (32, 27), (8, 14), 0, 0, 360, grey, -1)
        for side in (-1, 1):
            cv2.line(layer, (32, 38), (32 + side * swing, 62), grey, 6)
        picture[..., channel] = layer
    return picture


@pytest.fixture(scope="module")
def story() -> tuple[dict, dict]:
    """The report of three acts and its pictures."""
    enrolments = [Enrolment(name, i + 1, 80, f"enrolled {name}") for i, name in enumerate(NAMES)]
    acts = [
        ActResult(
            1, "Camera first, then LiDAR", "lidar", "camera", 60, walk(1), 2.93, enrolments, walk(2, False)
        ),
        ActResult(
            2, "LiDAR first, then camera", "camera", "lidar", 60, walk(3), 2.93, enrolments, walk(4, False)
        ),
        ActResult(3, "Both sensors", "both", "camera", 60, walk(5)),
    ]
    photo = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
    acts[2].recording.overlays.append(photo)
    made = report.build(acts, truth(), 1.0, 200.0, "sgcross demo")
    return made, report.strips(acts, made)


class Tags(HTMLParser):
    """Collects the tags that open and close, and what is fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag not in ("meta", "img", "html"):
            self.open.append(tag)
        self.links += [value for key, value in attrs if key in ("src", "href")]

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.links += [value for key, value in attrs if key in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        if tag != "html":
            assert self.open.pop() == tag


def test_the_report_has_what_was_promised(story: tuple) -> None:
    made = story[0]
    promised = "sweeps paired lone_sweeps lone_frames dropped latency_ms people correct wrong unknown_right"
    assert {*promised.split(), "unknown_wrong", "seconds"} <= set(made)
    assert {"p50", "p95", "p99"} <= set(made["latency_ms"])
    entry = {"truth", "name", "state", "score", "probe_modality", "gallery_modality", "frames"}
    assert all(entry <= set(person) for person in made["people"]) and len(made["people"]) == 21
    assert (made["correct"], made["wrong"], made["unknown_right"], made["unknown_wrong"]) == (15, 0, 3, 3)
    assert made["sweeps"] == 5 * 300, "three walks that were looked at, two for enrolment"
    assert made["passed"]


def test_the_page_is_whole_and_fetches_nothing(story: tuple) -> None:
    text, tags = page(*story), Tags()
    tags.feed(text)
    assert tags.open == [] and len(tags.links) > 20
    assert all(link.startswith("data:image/") for link in tags.links)
    assert "<script" not in text and "url(" not in text and "$" not in text
    assert len(text) < 3_000_000


def test_everybody_is_on_the_page_once_an_act(story: tuple) -> None:
    text = page(*story)
    for name in ("Ada", "Fay", "stranger 1", "&lt;Dan &amp; Co&gt;"):
        assert len(re.findall(f"<b>{re.escape(name)}</b>", text)) == 2
    assert "<Dan" not in text


def test_the_page_opens_without_any_pictures_or_answers() -> None:
    empty = report.build([ActResult(1, "a", "lidar", "camera", 0, Recording())], truth(), 1.0, 0.0, "x")
    assert not empty["passed"]
    assert "no answers, so no latencies" in page(empty, {})


def test_the_files_are_written(story: tuple, tmp_path: Path) -> None:
    report.write(tmp_path / "demo", *story)
    assert json.loads((tmp_path / "demo/report.json").read_text())["correct"] == 15
    assert (tmp_path / "demo/index.html").read_text().startswith("<!doctype html>")


HEADLINES = [(0, "10 of 12 walks named across sensors, no one was given a wrong name"), (2, "two wrong")]


@pytest.mark.parametrize("wrong, words", HEADLINES)
def test_the_headline_says_the_result(story: tuple, wrong: int, words: str) -> None:
    assert words in headline({**story[0], "wrong": wrong})


STRIPS = [("camera", 0, True), ("lidar", 1, True), ("camera", 1, False), ("lidar", 0, False)]


@pytest.mark.parametrize("modality, channel, there", STRIPS)
def test_a_strip_shows_the_sensor_that_saw(modality: str, channel: int, there: bool) -> None:
    one = np.zeros((64, 64, 3), np.uint8)
    one[10:20, 10:20, channel] = 200
    png = pictures.strip([one] * 9, modality)
    assert (png is not None) == there and (png is None or png.startswith(PNG))
    assert pictures.strip([], modality) is None


def test_a_short_strip_keeps_the_width_of_a_long_one() -> None:
    widths = []
    for count in (1, 30):
        png = pictures.strip([tile(i) for i in range(count)], "camera")
        widths.append(cv2.imdecode(np.frombuffer(png or b"", np.uint8), cv2.IMREAD_UNCHANGED).shape)
    assert widths[0] == widths[1] == (64, 6 * 46 - 2, 4)


KINDS = [
    ("name", "Ada", "right"),
    ("name", "Ben", "wrong"),
    ("unknown", None, "unknown"),
    ("pending", None, "pending"),
]


@pytest.mark.parametrize("state, name, kind", KINDS)
def test_answers_have_a_style(state: str, name: str | None, kind: str) -> None:
    assert charts.answer_class(state, name, {"truth": "Ada", "stranger": False}) == kind


def test_a_named_stranger_is_wrong_whatever_the_name() -> None:
    assert charts.answer_class("name", "stranger 1", {"truth": "stranger 1", "stranger": True}) == "wrong"


@pytest.mark.parametrize(
    "values, expected", [([], (0.0, 1.0)), ([2.0], (1.99, 2.01)), ([0.0, 1.0], (-0.08, 1.08))]
)
def test_scores_share_a_scale_with_air(values: list[float], expected: tuple) -> None:
    people = [{"state": "name", "score": v, "threshold": None, "runner_up_score": None} for v in values]
    assert charts.score_range(people) == pytest.approx(expected)
