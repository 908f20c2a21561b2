"""The report as one HTML page: pictures inside, nothing fetched, no script."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from sgcross_ros.demo import charts

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
SENSOR = {"camera": "camera", "lidar": "LiDAR", "both": "camera and LiDAR"}
TAGS = {
    "right": "named right",
    "wrong": "wrong name",
    "unknown_right": "kept unknown",
    "unknown_wrong": "not recognised",
    "pending": "seen too briefly",
    "unseen": "never seen",
}
COLOUR = {"unknown_right": "right", "unknown_wrong": "unknown"}
COUNTS = ("sweeps", "frames", "paired", "lone_sweeps", "lone_frames", "dropped")


def page(report: Mapping[str, Any], pictures: Mapping[str, bytes]) -> str:
    """The page of a report (report.py); pictures by key: "overlay/3/0", "1/enrol/Ada", "1/probe/Ada"."""
    template = Template(files("sgcross_ros.demo").joinpath("page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title="Recognised by their walk",
        headline=escape(headline(report)),
        lead=_lead(report),
        figures=_figures(report),
        scene=_scene(report, pictures),
        acts="".join(_act(act, pictures) for act in report["acts"] if act["probe"] != "both"),
        timing=_timing(report),
        about=_about(report),
    )


def headline(report: Mapping[str, Any]) -> str:
    """The result in a sentence."""
    crossed = [act for act in report["acts"] if act["probe"] != "both"]
    enrolled = sum(not person["stranger"] for act in crossed for person in act["people"])
    named = sum(act["correct"] for act in crossed)
    wrong = "no one was given a wrong name" if report["wrong"] == 0 else f"{_count(report['wrong'])} wrong"
    return f"{named} of {enrolled} walks named across sensors, {wrong}"


def _lead(report: Mapping[str, Any]) -> str:
    people = {(p["truth"], p["stranger"]) for act in report["acts"] for p in act["people"]}
    strangers = sum(stranger for _, stranger in people)
    enrolled = _count(len(people) - strangers).capitalize()
    among = f"{_count(strangers)} stranger{'s' * (strangers != 1)}"
    return (
        f"{enrolled} people were enrolled from a walk that one sensor saw and looked for in another walk "
        f"that only the other sensor saw, with {among} among them. The walkers are computer-made and none of "
        "them was in the training data. The ROS 2 nodes, their messages and their timing are the real ones."
    )


def _count(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else str(number)


def _figures(report: Mapping[str, Any]) -> str:
    tiles = [_direction(act) for act in report["acts"] if act["probe"] != "both"]
    wrong, strangers, dropped = report["wrong"], report["unknown_right"], report["dropped"]
    total = sum(person["stranger"] for person in report["people"])
    tiles.append(_figure(str(wrong), "wrong names, over all tracks", wrong == 0))
    tiles.append(_figure(f"{strangers}/{total}", "strangers kept unknown, over all acts", strangers == total))
    if (p95 := report["latency_ms"]["p95"]) is not None:
        words = "from sensor to answer, 95 of 100 times"
        tiles.append(_figure(f"{p95:.0f} ms", words, p95 < charts.LIMIT_MS))
    words = f"of {report['sweeps']} sweeps and {report['frames']} frames dropped"
    tiles.append(_figure(str(dropped), words, dropped == 0))
    return "".join(tiles)


def _direction(act: Mapping[str, Any]) -> str:
    enrolled = sum(not person["stranger"] for person in act["people"])
    words = f"enrolled by {SENSOR[act['gallery']]}, named by {SENSOR[act['probe']]}"
    return _figure(f"{act['correct']}/{enrolled}", words, act["correct"] >= enrolled - 1)


def _figure(value: str, words: str, good: bool) -> str:
    return (
        f'<div><b class="{"good" if good else "bad"}">{escape(value)}</b><span>{escape(words)}</span></div>'
    )


def _scene(report: Mapping[str, Any], pictures: Mapping[str, bytes]) -> str:
    overlays = [data for key, data in pictures.items() if key.startswith("overlay/")]
    both = next((act for act in report["acts"] if act["probe"] == "both"), None)
    if not overlays or both is None:
        return ""
    named, enrolled = both["correct"], sum(not person["stranger"] for person in both["people"])
    words = (
        f"Both sensors at once, the normal use: {named} of {enrolled} named, {both['wrong']} wrong names. "
    )
    shown = "".join(_image(data, "camera picture with names") for data in overlays[-3:])
    return (
        f"<h2>What the robot sees</h2><p>{words}Masks and projected points as people_node draws them.</p>"
        f'<div class="pictures">{shown}</div>'
    )


def _act(act: Mapping[str, Any], pictures: Mapping[str, bytes]) -> str:
    lines = {line["truth"]: line for line in act["timelines"]}
    scale = charts.score_range(act["people"])
    rows = "".join(_row(act, person, lines[person["truth"]], scale, pictures) for person in act["people"])
    views = f"enrolled: the {SENSOR[act['gallery']]}'s view", f"looked for: the {SENSOR[act['probe']]}'s view"
    head = _cells("", *views, "answers over time", "score, runner-up, threshold")
    axis = "<div></div>" * 3 + charts.time_axis(act["length_s"]) + "<div></div>"
    return (
        f"<section><h2>{escape(act['title'])}</h2><p>{_sentence(act)}</p>"
        f'<div class="people"><div class="row head">{head}</div>{rows}'
        f'<div class="row head">{axis}</div></div>{_key()}</section>'
    )


def _cells(*texts: str) -> str:
    return "".join(f"<div>{escape(text)}</div>" for text in texts)


def _sentence(act: Mapping[str, Any]) -> str:
    enrolled = sum(not person["stranger"] for person in act["people"])
    strangers, way = len(act["people"]) - enrolled, act["answers_on_the_way"]
    return (
        f"{act['correct']} of {enrolled} named right, {act['wrong']} wrong names, "
        f"{act['unknown_right']} of {strangers} strangers kept unknown. Of {way['named']} single answers "
        f"with a name, {way['wrong']} had a wrong one at that moment."
    )


def _row(
    act: Mapping[str, Any], person: Mapping[str, Any], line: dict[str, Any], scale: tuple[float, float],
    pictures: Mapping[str, bytes],
) -> str:  # fmt: skip
    name, outcome = person["truth"], person["outcome"]
    tag = f'<span class="tag {COLOUR.get(outcome, outcome)}">{_tag(person)}</span>'
    frames = f'<div class="soft">{person["frames"]} frames</div>' if person["frames"] else ""
    cells = [f'<div class="who"><b>{escape(name)}</b>{tag}{frames}</div>']
    cells += [_strip(pictures, act, step, person) for step in ("enrol", "probe")]
    cells += [charts.timeline(line, act["length_s"]), charts.score(dict(person), *scale)]
    return f'<div class="row">{"".join(cells)}</div>'


def _tag(person: Mapping[str, Any]) -> str:
    words = TAGS[person["outcome"]]
    return escape(f"{words}: {person['name']}" if person["outcome"] == "wrong" else words)


def _strip(
    pictures: Mapping[str, bytes], act: Mapping[str, Any], step: str, person: Mapping[str, Any]
) -> str:
    data = pictures.get(f"{act['number']}/{step}/{person['truth']}")
    if data is None:
        return f'<div class="none">{"not enrolled" if step == "enrol" else "not seen"}</div>'
    return f"<div>{_image(data, person['truth'])}</div>"


def _image(data: bytes, words: str) -> str:
    kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
    text = base64.b64encode(data).decode()
    return f'<img alt="{escape(words)}" src="data:image/{kind};base64,{text}">'


def _key() -> str:
    words = {
        "pending": "collecting evidence",
        "right": "right name",
        "unknown": "unknown",
        "wrong": "wrong name",
    }
    items = "".join(f'<span><i class="{kind}"></i>{text}</span>' for kind, text in words.items())
    return (
        f'<div class="key">{items}<span>dot: best match, ring: runner-up, dashed line: threshold</span></div>'
    )


def _timing(report: Mapping[str, Any]) -> str:
    figures = report["latency_ms"]
    heads = ("act", *(key.replace("_", " ") for key in COUNTS), "p50 ms", "p95 ms", "p99 ms")
    head = "".join(f"<th>{words}</th>" for words in heads)
    rows = "".join(f"<tr>{_count_cells(act)}</tr>" for act in report["acts"])
    return (
        "<h2>Latency and drops</h2><p>Milliseconds from the later sensor stamp to the arrival of the answer, "
        f"{figures['count']} answers, played at {_speed(report['rate'])}.</p>"
        f'{charts.histogram(figures)}<div class="wide"><table><tr>{head}</tr>{rows}</table></div>'
    )


def _speed(rate: float) -> str:
    return "real time" if rate == 1 else f"{rate:g} times real time"


def _count_cells(act: Mapping[str, Any]) -> str:
    cells = [escape(act["title"])]
    cells += [str(act["counts"].get(key, 0)) for key in COUNTS]
    cells += [str(act["latency_ms"][key] or "-") for key in ("p50", "p95", "p99")]
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _about(report: Mapping[str, Any]) -> str:
    made = {"command": report["command"], "seconds": round(report["seconds"])}
    made |= {**report["machine"], **report["versions"]}
    entries = "".join(f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>" for key, value in made.items())
    return (
        "<h2>How this was counted</h2><p>Every answer is about the person who really was where its track was "
        "at that moment. A person's result is the last answer of their track with the most frames; where a "
        "track changes over to somebody else, a new one begins. Every track that ends with a name that is "
        "not its person's is a wrong name, also when another track of that person is right.</p>"
        f"<dl>{entries}</dl>"
    )
