"""Gauges: what they find at which level, from times that are given."""

from __future__ import annotations

import pytest

from sgcross_ros import environment

environment.prepare()
pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from sgcross_ros.diagnostics import ERROR, OK, WARN, Finding, Refusals, status  # noqa: E402
from sgcross_ros.health import Meter, PairingWatch, Pulse, clock_finding  # noqa: E402


def beating(beats: list[float]) -> Pulse:
    pulse = Pulse("camera", "/image", "Image")
    for beat in beats:
        pulse.beat(beat, 0.02)
    return pulse


@pytest.mark.parametrize(
    "beats, now, level, words",
    [
        ([], 0.0, WARN, "nothing on /image yet; it has 2 publishers"),
        ([0.0], 0.1, OK, "0.0 Hz"),
        ([0.0, 0.1, 0.2, 0.3], 0.35, OK, "10.0 Hz"),
        ([0.0, 0.1], 0.75, OK, "10.0 Hz"),
        ([0.0, 0.1], 0.85, WARN, "silent for 0.8 s on /image"),
        ([0.0, 0.1], 2.55, WARN, "silent for 2.4 s"),
        ([0.0, 0.1], 2.65, ERROR, "silent for 2.5 s"),
        ([0.0, 0.1], 900.0, ERROR, "silent for 899.9 s"),
    ],
)
def test_a_pulse(beats: list[float], now: float, level: int, words: str) -> None:
    finding = beating(beats).finding(now, ["Image", "Image"])
    assert finding.level == level and words in finding.sentence


@pytest.mark.parametrize(
    "offered, words",
    [
        ([], "nobody publishes it"),
        (["Image"], "it has 1 publisher"),
        (["Zip", "Zip"], "it carries Zip and not Image"),
        (["Zip", "Image"], "it has 2 publishers"),
    ],
)
def test_a_sensor_that_never_spoke_is_told_with_a_reason(offered: list[str], words: str) -> None:
    assert beating([]).finding(0.0, offered).sentence == f"nothing on /image yet; {words}"


def test_a_rate_forgets_what_is_long_ago() -> None:
    pulse = beating([n / 10 for n in range(100)])
    assert pulse.rate_hz(9.9) == pytest.approx(10.0) and pulse.rate_hz(20.0) == 0.0
    assert pulse.finding(9.9, ["Image"]).values["messages"] == 100


def test_silence_is_told_within_one_and_three_seconds_of_the_last_message() -> None:
    """The levels change 0.7 s and 2.5 s after it, and are looked at every 0.2 s."""
    pulse = beating([0.0])
    levels = {round(look / 5, 1): pulse.finding(look / 5, ["Image"]).level for look in range(20)}
    assert next(at for at, level in levels.items() if level == WARN) <= 1.0
    assert next(at for at, level in levels.items() if level == ERROR) <= 3.0


def test_a_meter() -> None:
    meter = Meter()
    assert meter.values("ms") == {}
    for milliseconds in range(1, 301):  # only the last 200 count
        meter.add(milliseconds / 1000)
    found = meter.values("ms")
    assert found["ms_p50"] == pytest.approx(200.5) and found["ms_max"] == pytest.approx(300)
    assert found["ms_p95"] == pytest.approx(290.05)


def counts(frames: int, paired: int, alone: int) -> dict[str, int]:
    return {"frames": frames, "sweeps": paired + alone, "paired": paired, "lone_sweeps": alone}


@pytest.mark.parametrize(
    "later, level",
    [
        (counts(0, 0, 0), OK),
        (counts(60, 20, 0), OK),
        (counts(60, 10, 10), OK),
        (counts(60, 9, 11), WARN),
        (counts(0, 0, 20), OK),  # no camera: another finding says that
        (counts(60, 0, 4), OK),  # too few to judge
    ],
)
def test_the_share_of_pairs(later: dict[str, int], level: int) -> None:
    watch = PairingWatch()
    watch.finding(0.0, counts(0, 0, 0), 50.0)
    found = watch.finding(2.0, later, 50.0)
    assert found.level == level and ("one clock" in found.sentence) == (level == WARN)


def test_the_share_of_pairs_is_judged_by_the_last_five_seconds() -> None:
    watch = PairingWatch()
    watch.finding(0.0, counts(0, 0, 0), 50.0)
    assert watch.finding(1.0, counts(50, 0, 50), 50.0).level == WARN
    assert watch.finding(6.5, counts(100, 50, 50), 50.0).level == OK


@pytest.mark.parametrize(
    "age_s, simulated, clock_ns, level, words",
    [
        (None, False, 1, OK, "fit"),
        (0.2, False, 1, OK, "fit"),
        (3e8, False, 1, WARN, "300000000 s old: set use_sim_time and play with --clock"),
        (-20.0, False, 1, WARN, "20 s ahead"),
        (None, True, 0, WARN, "nothing is on /clock"),
        (0.1, True, 5, OK, "fit"),
    ],
)
def test_the_clock(age_s: float | None, simulated: bool, clock_ns: int, level: int, words: str) -> None:
    finding = clock_finding(age_s, simulated, clock_ns)
    assert finding.level == level and words in finding.sentence


def test_refusals_are_all_counted_and_logged_once_a_kind() -> None:
    said: list[str] = []
    refusals = Refusals(said.append, every_s=1000)
    for number in range(50):
        refusals.add("camera", f"reason {number}")
    refusals.add("lidar", "other")
    assert [line.split(" (")[0] for line in said] == ["camera: reason 0", "lidar: other"]
    assert refusals.counts == {"camera": 50, "lidar": 1}
    assert refusals.values() == {
        "refused camera": 50, "refused lidar": 1, "last camera": "reason 49", "last lidar": "other"
    }  # fmt: skip


def test_refusals_are_logged_again_after_a_while() -> None:
    said: list[str] = []
    refusals = Refusals(said.append, every_s=0.0)
    refusals.add("camera", "a")
    refusals.add("camera", "b")
    assert len(said) == 2 and "2 so far" in said[1]


def test_a_status_message() -> None:
    finding = Finding("camera", ERROR, "silent", {"rate_hz": 9.98765, "count": 3, "none": ""})
    message = status(finding, "people_node")
    assert (message.name, message.level, message.hardware_id) == (
        "people_node: camera",
        b"\x02",
        "people_node",
    )
    assert {v.key: v.value for v in message.values} == {"rate_hz": "9.988", "count": "3", "none": ""}
