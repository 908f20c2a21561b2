"""The whole way on the toy place: with both sensors, with one, with holes, with people who meet."""

from dataclasses import dataclass

import numpy as np
import pytest
from toyscene import CALIBRATION, GROUND_Z, Figure, picture, sweep, tracks_of, walk

from sgcross_core.people import ClusterConfig, PeopleConfig, PeoplePipeline
from sgcross_core.settings import flatten, with_values

RED, BLUE = (40, 60, 170), (160, 50, 50)


@dataclass(frozen=True)
class Pausing(Figure):
    """Somebody who stands still from stop to go, seconds."""

    stop: float = 0.0
    go: float = 0.0

    def at(self, time):
        return super().at(min(time, self.stop) + max(0.0, time - self.go))

    def step(self, time):
        return super().step(time) if time < self.stop or time > self.go else 0.0


def everybody(said):
    return {person.track for _, people in said for person in people}


def share(numbers, number):
    return sum(one == number for one in numbers) / len(numbers)


@pytest.mark.parametrize("sensors, within", [("both", 0.3), ("lidar", 0.3), ("camera", 1.5)])
def test_one_walker(sensors, within):
    figure = Figure(7, -5, 0, 1.2, since=2.5)
    said = walk([figure], 6.5, sensors)
    assert everybody(said) == {1}
    assert share(tracks_of(figure, said, within), 1) > 0.75  # of 4 seconds, part of one outside the picture
    last = said[-1][1][0]
    assert last.velocity[1] == pytest.approx(1.2, abs=0.4) and 0 < last.score <= 1
    assert (last.segment is None) == (sensors == "lidar") and (last.cluster is None) == (sensors == "camera")
    assert (last.gait.silhouette is None) == (sensors == "lidar")
    assert (last.gait.depth is None) == (sensors == "camera")
    assert last.gait.stamp == 6_400_000_000
    assert last.size[2] == pytest.approx(1.75, abs=0.2)
    if sensors != "camera":
        assert last.position[2] == pytest.approx(GROUND_Z + 0.87, abs=0.1)


@pytest.mark.parametrize("sensors", ["both", "lidar", "camera"])
def test_an_empty_place_has_nobody(sensors):
    assert everybody(walk([], 5, sensors)) == set()


@pytest.mark.parametrize("sensors", ["both", "lidar", "camera"])
def test_crossing(sensors):
    near, far = Figure(7, -5, 0, 1.2, 1.8, RED, 2.5), Figure(9, 6, 0, -1.2, 1.65, BLUE, 2.5)
    said = walk([near, far], 8, sensors)
    assert everybody(said) == {1, 2}
    within = 2.0 if sensors == "camera" else 0.5
    numbers = [tracks_of(figure, said, within) for figure in (near, far)]
    mine = [max({1, 2}, key=one.count) for one in numbers]
    assert mine[0] != mine[1]
    assert all(share(one, number) > 0.8 for one, number in zip(numbers, mine, strict=True))


@pytest.mark.parametrize("sensors", ["both", "lidar", "camera"])
def test_somebody_who_stands_for_long_is_not_lost(sensors):
    figure = Pausing(7, -5, 0, 1.2, since=2.5, stop=4.5, go=12.0)
    said = walk([figure], 13.5, sensors)
    assert everybody(said) == {1}
    assert share(tracks_of(figure, said, 1.5 if sensors == "camera" else 0.4), 1) > 0.85


def test_side_by_side():
    pair = [Figure(6, -5, 0, 1.2, 1.8, RED, 2.5), Figure(6.9, -5.3, 0, 1.2, 1.6, BLUE, 2.5)]
    said = walk(pair, 8)
    assert everybody(said) == {1, 2}
    for figure in pair:
        numbers = tracks_of(figure, said, 0.4)
        assert share(numbers, max(set(numbers), key=numbers.count)) > 0.85


@pytest.mark.parametrize("order", [("camera", "lidar"), ("lidar", "camera")])
def test_the_number_stays_when_the_sensor_changes(order):
    figure = Figure(7, -4.5, 0, 1.1, 1.9, since=2.5)
    pipeline = PeoplePipeline(calibration=CALIBRATION)
    walk([], 2.3, "both", pipeline=pipeline)
    said = walk([figure], 5.5, lambda time: order[time > 5], start=2.4, pipeline=pipeline)
    assert everybody(said) == {1}
    assert share(tracks_of(figure, said[10:], 1.5), 1) > 0.85


def test_every_other_moment_without_a_sensor():
    figure = Figure(7, -4.5, 0, 1.2, since=2.5)
    turns = ("both", "lidar", "both", "camera", "none")
    said = walk([figure], 7, lambda time: "both" if time < 2.4 else turns[round(time * 10) % 5])
    assert everybody(said) == {1}


def test_who_is_hidden_gives_no_gait_frame():
    front, back = Figure(5, 0, since=2.5), Figure(9, -1.5, 0, 0.8, since=2.5)
    said = walk([front, back], 7)
    whole = {number: [] for number in everybody(said)}
    for time, people in said:
        for person in people:
            if np.hypot(*(person.position[:2] - back.at(time))) < 0.5:
                off = abs(np.arctan2(*back.at(time)[::-1]))
                whole[person.track].append(
                    (off, person.gait.silhouette is not None, person.gait.depth is not None)
                )
    seen = [one for frames in whole.values() for one in frames]
    assert all(silhouette and depth for off, silhouette, depth in seen if off > 0.14)
    assert not any(silhouette or depth for off, silhouette, depth in seen if off < 0.05)


def test_without_calibration_the_lidar_goes_on_alone():
    figure = Figure(7, -3, 0, 1.2)
    pipeline = PeoplePipeline()
    said = walk([figure], 3, "both", pipeline=pipeline)
    assert everybody(said) == {1} and all(person.segment is None for _, people in said for person in people)
    pipeline.calibration = CALIBRATION
    said = walk([figure], 3, "both", start=3.0, pipeline=pipeline)
    assert everybody(said) == {1}


def test_a_picture_of_another_size_is_refused():
    with pytest.raises(ValueError, match="the calibration is for 640x480; got 320x240"):
        PeoplePipeline(calibration=CALIBRATION).step(0, np.zeros((240, 320, 3), np.uint8), None)


@pytest.mark.parametrize("xyz", [np.empty((0, 3), np.float32), np.zeros((5, 3), np.float32)])
def test_a_sweep_without_ground_is_counted(xyz):
    pipeline = PeoplePipeline()
    assert pipeline.step(0, None, xyz) == [] and pipeline.groundless == 1 and pipeline.ground is None
    pipeline.step(1, None, sweep([], 0))
    assert pipeline.ground is not None and pipeline.groundless == 1


def test_a_moment_without_anything():
    assert PeoplePipeline(calibration=CALIBRATION).step(0, None, None) == []


def test_reset_begins_anew():
    figure, pipeline = Figure(7, -4, 0, 1.2), PeoplePipeline(calibration=CALIBRATION)
    first = walk([figure], 3.5, pipeline=pipeline)
    pipeline.reset()
    assert pipeline.ground is None and pipeline.segmenter.warmth == 0
    again = walk([figure], 3.5, pipeline=pipeline)
    assert [[(p.track, *p.position) for p in people] for _, people in first] == [
        [(p.track, *p.position) for p in people] for _, people in again
    ]


def test_a_moving_lidar_remembers_no_scenery():
    config = PeopleConfig(clusters=ClusterConfig(static_sensor=False))
    said = walk([Figure(7, -3, 0, 1.2)], 3, "lidar", config)
    assert everybody(said) == {1}  # the pole stands, so it is not shown


def test_two_pipelines_do_not_share_anything():
    one, two = PeoplePipeline(calibration=CALIBRATION), PeoplePipeline(calibration=CALIBRATION)
    figure = Figure(7, -3, 0, 1.2)
    for k in range(25):
        seen = [
            p.step(k * 100_000_000, picture([figure], k / 10), sweep([figure], k / 10)) for p in (one, two)
        ]
    assert [person.track for person in seen[0]] == [person.track for person in seen[1]] == [1]


def test_every_setting_is_described():
    described = list(flatten(PeopleConfig()))
    assert len(described) > 20
    for name, _, field in described:
        assert field.metadata.get("doc"), name
    changed = with_values(PeopleConfig(), {"tracker.coast_s": 3.0, "clusters.static_sensor": False})
    assert changed.tracker.coast_s == 3.0 and not changed.clusters.static_sensor
