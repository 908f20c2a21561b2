from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from rosbags.highlevel import AnyReader

from training.world.bag import (
    NIGHT,
    Request,
    add_commands,
    demo_requests,
    make,
    run_bag,
    sensors,
    truth_path,
)
from training.world.camera import CameraConfig
from training.world.lidar import POINT, LidarConfig
from training.world.outages import Outage
from training.world.plans import Plan
from training.world.recording import BEGIN, FrameMessage, Order, SweepMessage, in_order, render, rendering
from training.world.scene import SensorConfig

SMALL = SensorConfig(
    CameraConfig(width=80, height=60, focal=69.0), LidarConfig(beams=32, columns=120, step=1.0)
)
ASKED = Request("general", seed=1, people=1, first_seed=20000, seconds=7.0, sensors=SMALL)
MS = 1_000_000


def quiet(_):
    pass


@pytest.fixture(scope="module")
def bag(tmp_path_factory):
    path = tmp_path_factory.mktemp("bag") / "walk.mcap"
    assert make(ASKED, path, 1, quiet)
    return path


@pytest.fixture(scope="module")
def messages(bag):
    """(topic, arrival, stamp, message) of all, as they are read."""
    found = []
    with AnyReader([bag]) as reader:
        for connection, arrival, raw in reader.messages():
            message = reader.deserialize(raw, connection.msgtype)
            header = getattr(message, "header", None)
            stamp = header.stamp.sec * 10**9 + header.stamp.nanosec if header else None
            found.append((connection.topic, arrival, stamp, message))
    return found


def only(messages, topic):
    return [m for m in messages if m[0] == topic]


def arguments(*words):
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers())
    return parser.parse_args(words)


def test_every_topic_has_its_rate(messages):
    assert Counter(m[0] for m in messages) == {
        "/tf_static": 1, "/camera/image_raw/compressed": 105, "/camera/camera_info": 105, "/lidar/points": 70
    }  # fmt: skip
    arrivals = [m[1] for m in messages]
    assert arrivals == sorted(arrivals) and arrivals[0] == BEGIN


def test_the_camera_has_its_own_clock(messages):
    frames = only(messages, "/camera/image_raw/compressed")
    stamps, arrivals = (np.array([m[i] for m in frames]) for i in (2, 1))
    true = BEGIN + np.round((np.arange(105) + 0.37) * 1e9 / 15).astype(int)
    assert np.abs(stamps - true - 4 * MS).max() <= 1
    late = (arrivals - true) / MS
    assert late.mean() == pytest.approx(12, abs=0.5) and late.std() == pytest.approx(1, abs=0.3)
    assert [m[2] for m in only(messages, "/camera/camera_info")] == stamps.tolist()


def test_a_sweep_arrives_when_its_sector_is_over(messages):
    sweeps = only(messages, "/lidar/points")
    assert [m[2] for m in sweeps] == [BEGIN + n * 100 * MS for n in range(70)]
    late = np.array([(m[1] - m[2]) / MS for m in sweeps])
    assert late.mean() == pytest.approx(33.3 + 2, abs=0.5)


def test_what_the_messages_hold(messages):
    topics = "/camera/image_raw/compressed", "/camera/camera_info", "/lidar/points"
    image, info, cloud = (only(messages, topic)[0][3] for topic in topics)
    assert cv2.imdecode(image.data, cv2.IMREAD_COLOR).shape == (60, 80, 3)
    assert (info.width, info.height) == (80, 60) and np.array_equal(info.d, SMALL.camera.distortion)
    assert [f.name for f in cloud.fields] == list(POINT.names) and cloud.is_dense
    assert [m.header.frame_id for m in (image, info, cloud)] == ["camera_optical_frame"] * 2 + ["lidar"]


def test_the_sensors_are_placed(messages):
    placed = {t.child_frame_id: t.transform for t in only(messages, "/tf_static")[0][3].transforms}
    assert set(placed) == {"lidar", "camera_optical_frame"}
    assert placed["lidar"].translation.z == 1.8 and placed["lidar"].rotation.w == 1
    assert placed["camera_optical_frame"].translation.z == 1.7


def test_the_truth_says_who_was_where(bag, messages):
    truth = json.loads(truth_path(bag).read_text())
    assert truth["people"] == [{"id": 20000, "name": "Ada", "stranger": False, "condition": "normal"}]
    assert [f["stamp"] for f in truth["frames"]] == [m[2] for m in only(messages, "/lidar/points")]
    assert not any(f["boxes"] for f in truth["frames"][:30])  # three seconds without people
    pairs = zip(truth["frames"], only(messages, "/lidar/points"), strict=True)
    seen = [(frame["boxes"][0], m[3]) for frame, m in pairs if any(b["points"] for b in frame["boxes"])]
    assert len(seen) > 10 and any(box["pixels"] for box, _ in seen)
    for box, message in seen:
        cloud = message.data.view(POINT)
        xyz = np.stack([cloud["x"], cloud["y"], cloud["z"]], axis=-1)
        inside = np.abs(xyz - box["centre"]) <= np.array(box["size"]) / 2 + 0.1
        assert inside.all(axis=1).sum() >= box["points"] <= box["points_alone"]
        assert box["pixels"] <= box["pixels_alone"] and 1.4 < box["size"][2] < 2.3


def test_a_silent_sensor_leaves_a_gap_in_the_bag_and_none_in_the_truth(tmp_path):
    path, outages = tmp_path / "gap.mcap", (Outage("camera", 0.4, 0.5), Outage("lidar", 1.0, 9.0))
    request = Request("general", 1, 0, seconds=2.0, sensors=SMALL, outages=outages)
    assert make(request, path, 1, quiet) and not make(request, path, 1, quiet)
    with AnyReader([path]) as reader:
        counts = {c.topic: c.msgcount for c in reader.connections}
    assert counts["/lidar/points"] == 10 and counts["/camera/image_raw/compressed"] in (22, 23)
    assert counts["/camera/camera_info"] == counts["/camera/image_raw/compressed"]
    assert len(json.loads(truth_path(path).read_text())["frames"]) == 20


def test_people_wear_and_carry_what_is_asked_for():
    request = Request("general", 1, 2, 1, seconds=20.0, conditions=("clothing", "ub"))
    roles = request.plan().roles
    assert [(r.condition, r.stranger) for r in roles[:3]] == [
        ("clothing", False), ("ub", False), ("clothing", True),
    ]  # fmt: skip


def test_the_command_line_sets_the_sensors():
    words = ("--night", "--occluders", "--set", "camera.exposure=15", "--set", "lidar.device=vlp-32c")
    made = sensors(arguments("bag", "OUT.mcap", *words))
    assert (made.camera.light, made.camera.exposure, made.lidar.device) == (NIGHT, 15, "vlp-32c")
    assert made.occluders and sensors(arguments("bag", "OUT.mcap")) == SensorConfig()


def test_a_finished_bag_is_used_again(bag):
    before, said = bag.stat().st_mtime_ns, []
    assert not make(ASKED, bag, 1, said.append)
    assert "same settings" in said[0] and bag.stat().st_mtime_ns == before


def test_other_settings_make_another_bag(tmp_path):
    path, said = tmp_path / "a.mcap", []
    nobody = Request("general", 1, 0, seconds=0.5, sensors=SMALL)
    assert make(nobody, path, 1, said.append) and "people: 0" in said[0]
    before = path.read_bytes()
    assert make(Request("general", 2, 0, seconds=0.5, sensors=SMALL), path, 1, quiet)
    assert path.read_bytes() != before
    assert make(nobody, path, 1, quiet) and path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mcap", "a.truth.json"]


def test_nobody_at_all_is_a_recording_too(tmp_path):
    make(Request("probe", 1, 0, sensors=SMALL), tmp_path / "a.mcap", 1, quiet)
    truth = json.loads((tmp_path / "a.truth.json").read_text())
    assert truth["people"] == [] and len(truth["frames"]) == 40
    assert all(frame["boxes"] == [] for frame in truth["frames"])


def test_an_interruption_leaves_nothing(tmp_path):
    def stop(sentence):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(ASKED, tmp_path / "a.mcap", 1, stop)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_truth_is_not_overwritten(tmp_path):
    (tmp_path / "a.mcap").touch()
    (tmp_path / "a.truth.json").write_text("[1, 2]")
    with pytest.raises(ValueError, match=r"a\.truth\.json is not a truth file"):
        make(ASKED, tmp_path / "a.mcap", 1, quiet)


def test_messages_wait_for_earlier_ones_of_the_next_slice():
    def sweep(ms):
        return SweepMessage(BEGIN, BEGIN + ms * MS, np.empty(0, POINT), [])

    slices = [[sweep(1030), sweep(900)], [], [sweep(2100), FrameMessage(0, 0, BEGIN + 2050 * MS, b"", {})]]
    assert [(m.arrival - BEGIN) // MS for m in in_order(iter(slices))] == [900, 1030, 2050, 2100]
    assert list(in_order(iter([]))) == []


def test_more_processes_change_nothing():
    order = Order(Plan(0.9, ()), SMALL, 1)  # one slice, since each process takes seconds to start
    with rendering(order, 2) as slices:
        [made] = slices
    for one, other in zip(made, render(order, 0), strict=True):
        payload = "data" if isinstance(one, FrameMessage) else "cloud"
        assert bytes(getattr(one, payload)) == bytes(getattr(other, payload))
        assert one.arrival == other.arrival


@pytest.mark.parametrize(
    "words, people, strangers, first",
    [
        (["demo", "out"], 6, 2, 90000),
        (["demo", "out", "--short"], 3, 1, 90000),
        (["demo", "out", "--people", "4", "--strangers", "0", "--first-person-seed", "20000"], 4, 0, 20000),
    ],
)
def test_a_demo_is_two_recordings(words, people, strangers, first):
    enrol, probe = demo_requests(arguments(*words))
    assert (enrol.kind, enrol.people, enrol.strangers) == ("enrol", people, 0)
    assert (probe.kind, probe.people, probe.strangers) == ("probe", people, strangers)
    assert enrol.first_seed == probe.first_seed == first


def test_the_same_people_walk_another_way():
    enrol, probe = (Request(kind, 1, 1, sensors=SMALL).plan().roles[0] for kind in ("enrol", "probe"))
    assert enrol.person == probe.person and enrol.walk != probe.walk and enrol.speed != probe.speed


@pytest.mark.parametrize(
    "words, said",
    [
        (["bag", "OUT.bag"], "must end in .mcap"),
        (["bag", "OUT.mcap", "--seconds", "0"], "seconds must lie above 0"),
        (["bag", "OUT.mcap", "--people", "-1"], "people and strangers must be"),
        (["bag", "OUT.mcap", "--beams", "1"], "LidarConfig.beams"),
        (["bag", "OUT.mcap", "--outage", "radar:1:2"], "one of camera, lidar; got 'radar'"),
        (["bag", "OUT.mcap", "--outage", "lidar:1"], "SENSOR:BEGIN:SECONDS.*'lidar:1'"),
        (["bag", "OUT.mcap", "--outage", "lidar:1:0"], "lasts above 0 s; got 1.0 and 0.0"),
        (["bag", "OUT.mcap", "--conditions", "normal,kilt"], "condition must be .*'kilt'"),
        (["bag", "OUT.mcap", "--set", "lidar.beams"], "NAME=VALUE"),
        (["bag", "OUT.mcap", "--set", "lidar.colour=red"], "unknown setting 'lidar.colour'"),
        (["bag", "OUT.mcap", "--seed", "-3"], "seed must be 0 or more"),
        (["bag", "OUT.mcap", "--jobs", "0"], "processes must be 1 or more"),
    ],
)
def test_broken_arguments_are_one_clear_error(tmp_path, words, said):
    words[1] = str(tmp_path / words[1])
    with pytest.raises(ValueError, match=said):
        run_bag(arguments(*words))
    assert list(tmp_path.iterdir()) == []


def test_a_kind_that_is_not_known():
    with pytest.raises(ValueError, match="got 'party'"):
        Request("party", 1, 1)


def test_the_truth_lies_beside_the_bag():
    assert truth_path(Path("a/walk.mcap")) == Path("a/walk.truth.json")
