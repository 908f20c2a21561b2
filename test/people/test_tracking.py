"""Tracking: ids survive crossings, hiding and changes of the sensor; clutter never becomes a person."""

import numpy as np
import pytest
from toyscene import CALIBRATION, CAMERA, Figure, box

from sgcross_core.people import Cluster, Segment, Sighting, Tracker, TrackerConfig

SECOND = 1_000_000_000
SHAPE = np.array(
    [[dx, dy, z] for z in np.linspace(-1.5, 0.1, 20) for dx, dy in ((-0.05, -0.2), (-0.05, 0.2), (-0.1, 0))]
)


def lidar(place, whole=True, height=1.7):
    points = SHAPE * (1, 1, 0) + (*place, 0)
    points[:, 2] = -1.6 + (SHAPE[:, 2] + 1.6) * height / 1.7
    return Sighting(None, Cluster(points.astype(np.float32), -1.6, whole))


def camera(figure, time, whole=True, look=None):
    """What a camera sees of a figure, None outside the picture."""
    left, top, right, bottom = (round(v) for v in box(figure, time))
    if left < 0 or right > CAMERA.width:
        return None
    mask = np.zeros((bottom - top, right - left), bool)
    mask[:, len(mask[0]) // 4 : -len(mask[0]) // 4] = True
    return Sighting(Segment(mask, (left, top, right, bottom), 0.9, whole), None, look)


def both(figure, time):
    seen = camera(figure, time)
    cluster = lidar(figure.at(time)).cluster
    return Sighting(None if seen is None else seen.segment, cluster)


def run(see, seconds, config=None, rate=10, tracker=None, start=0.0):
    """Numbers of the people seen, moment by moment, by place; see(time) gives the sightings."""
    tracker = tracker or Tracker(config)
    said = []
    for k in range(round(seconds * rate)):
        time = start + k / rate
        seen = tracker.step(round(time * SECOND), [one for one in see(time) if one is not None], CALIBRATION)
        said.append({track.number: track.walk.place.copy() for track in seen})
    return said


def number_at(said, place):
    return min(said, key=lambda n: np.hypot(*(said[n] - place)), default=None)


def test_nobody():
    assert run(lambda time: [], 2) == [{}] * 20


def test_a_walker_becomes_track_one_after_a_few_steps():
    said = run(lambda time: [lidar((5 + 1.2 * time, 0))], 3)
    shown = [k for k, people in enumerate(said) if people]
    assert 3 <= shown[0] <= 6 and shown == list(range(shown[0], 30))
    assert all(set(people) == {1} for people in said[shown[0] :])
    assert np.abs(said[-1][1] - (5 + 1.2 * 2.9 + 0.0, 0)).max() < 0.2


@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_clutter_that_stands_is_never_shown(noise):
    random = np.random.default_rng(0)
    assert run(lambda time: [lidar(random.normal((8, 1), noise))], 20) == [{}] * 200


def test_clutter_that_comes_and_goes_is_never_shown():
    random = np.random.default_rng(1)
    said = run(lambda time: [lidar(random.uniform(3, 12, 2))] if random.random() < 0.5 else [], 30)
    assert not any(said)


def test_a_wall_that_comes_into_sight_is_never_shown():
    """One end stays, the other moves on: its middle moves."""

    def growing(time):
        y = np.arange(0, 0.3 + 0.5 * time, 0.05)
        points = np.array([[8, one, z] for one in y for z in np.linspace(-1.5, 0.2, 12)], np.float32)
        return [Sighting(None, Cluster(points, -1.6))]

    assert not any(run(growing, 2.2))


def test_somebody_who_stands_is_shown_when_both_sensors_see_them():
    said = run(lambda time: [both(Figure(7, 1), time)], 1)
    assert said[3] and set(said[-1]) == {1}


@pytest.mark.parametrize("gap", [0.3, 0.7, 1.2])
def test_a_track_survives_hiding(gap):
    said = run(lambda time: [] if 2 <= time < 2 + gap else [lidar((5, -3 + 1.3 * time))], 4.5)
    assert {n for people in said for n in people} == {1}
    assert not any(said[21 : 20 + round(10 * gap)])


def test_after_a_long_time_it_is_somebody_new():
    said = run(lambda time: [] if 2 <= time < 5 else [lidar((5, -3 + 1.3 * time))], 8)
    assert {n for people in said for n in people} == {1, 2}


def test_nobody_is_carried_over_a_gap_in_the_recording():
    """Ten minutes later even a walk's spread would reach everybody."""
    tracker = Tracker()
    for i in range(20):
        before = tracker.step(i * 100_000_000, [lidar((5, -3 + 0.13 * i))], None)
    after = tracker.step(600_000_000_000, [lidar((9, 2))], None)
    assert before and not after


@pytest.mark.parametrize("sensor", ["lidar", "camera", "both"])
@pytest.mark.parametrize("apart", [0.0, 1.5])
def test_crossing(sensor, apart):
    """Two pass each other; when they are in one line the far one is hidden."""
    looks = [np.array([30.0, 60, 170, 20, 30, 80]), np.array([150.0, 50, 50, 80, 20, 20])]
    pair = [Figure(7, -4, 0, 1.2, 1.8), Figure(7.5 + apart, 4, 0, -1.2, 1.6)]

    def see(time):
        near, far = (one.at(time) for one in pair)
        hidden = abs(np.arctan2(*near[::-1]) - np.arctan2(*far[::-1])) < 0.06
        seen = pair[:1] if hidden else pair
        if sensor == "lidar":
            return [lidar(one.at(time), height=one.height) for one in seen]
        if sensor == "camera":
            return [camera(one, time, look=look) for one, look in zip(seen, looks, strict=False)]
        return [both(one, time) for one in seen]

    said = run(see, 6.5)
    numbers = []
    for k in (15, 55):
        numbers.append([number_at(said[k], one.at(k / 10)) for one in pair])
    assert numbers[0] == numbers[1] and set(numbers[0]) == {1, 2}


def test_from_camera_to_lidar_and_back_the_number_stays():
    tall = Figure(7, -3, 0, 1.0, 1.9)

    def see(time):
        return [camera(tall, time) if time < 2 or time > 4 else lidar(tall.at(time), height=1.9)]

    said = run(see, 6)
    assert {n for people in said for n in people} == {1}
    assert np.hypot(*(said[30][1] - tall.at(3.0))) < 0.3
    assert np.hypot(*(said[55][1] - tall.at(5.5))) < 0.4  # the height is known from the LiDAR


def test_camera_alone_finds_walkers_and_no_standing_ghosts():
    walker, ghost = Figure(8, -3, 0, 1.2), Figure(10, 2)
    said = run(lambda time: [camera(walker, time), camera(ghost, time)], 4)
    assert {n for people in said for n in people} == {1}
    assert abs(np.arctan2(*said[-1][1][::-1]) - np.arctan2(*walker.at(3.9)[::-1])) < 0.02


def test_a_cut_mask_begins_no_track():
    assert not any(run(lambda time: [camera(Figure(8, -3, 0, 1.2), time, whole=False)], 3))


def test_who_left_the_picture_is_not_waited_for():
    tracker = Tracker()
    figure = Figure(6, 1, 0, 1.4)
    run(lambda time: [camera(figure, time)], 3.0, tracker=tracker)
    assert tracker.tracks == []


def cut(figure, time):
    """What a camera sees of a figure that the picture's side may cut; None outside."""
    left, top, right, bottom = (round(v) for v in box(figure, time))
    left, right = max(left, 0), min(right, CAMERA.width)
    if right - left < 8:
        return None
    whole = left > 0 and right < CAMERA.width
    mask = np.ones((bottom - top, right - left), bool)
    return Sighting(Segment(mask, (left, top, right, bottom), 0.9, whole), None)


@pytest.mark.parametrize("side", [1, -1])
def test_who_comes_in_where_another_left_is_somebody_else(side):
    leaver, comer = Figure(8, side * 1.5, 0, side * 1.3), Figure(9.5, side * 8.9, 0, -side * 1.2)
    said = run(lambda time: [cut(leaver, time), cut(comer, time)], 7)
    before, after = ({n for people in part for n in people} for part in (said[:26], said[45:]))
    assert before == {1} and after and 1 not in after


def test_who_comes_in_is_followed_though_a_mask_is_missing():
    comer, missing = Figure(8, 5.2, 0, -1.2), (0.9, 1.0, 1.1)
    see = lambda time: [cut(comer, time)] if round(time, 1) not in missing else []  # noqa: E731
    assert {n for people in run(see, 5) for n in people} == {1}


def test_two_pieces_of_one_person_are_one():
    def see(time):
        place = np.array([5 + 1.2 * time, 0])
        return [lidar(place), *([lidar(place + np.array([0.1, 0.25]))] if time > 1 else [])]

    assert {n for people in run(see, 4) for n in people} == {1}


def test_heights_tell_two_apart_who_meet():
    """Both stop in one place for a moment, unseen, and go on the way they came or on: the height knows."""
    tall, small = Figure(5, -2, 0, 1.0, 1.9), Figure(5.3, 2, 0, -1.0, 1.5)

    def see(time):
        if 1.8 < time < 2.3:
            return []
        return [lidar(one.at(time), height=one.height) for one in (small, tall)]

    said = run(see, 4)
    before, after = ([number_at(said[k], one.at(k / 10)) for one in (tall, small)] for k in (12, 35))
    assert before == after


def test_numbers_belong_to_the_tracker_and_restart():
    see = lambda time: [lidar((5 + 1.2 * time, 0))]  # noqa: E731
    one, two = Tracker(), Tracker()
    run(see, 2, tracker=one)
    assert set(run(see, 2, tracker=two)[-1]) == {1}
    one.reset()
    assert one.tracks == [] and set(run(see, 2, tracker=one)[-1]) == {1}


def test_expected_moves_on_and_keeps_nothing_seen():
    tracker = Tracker()
    run(lambda time: [lidar((5 + 1.2 * time, 0))], 2, tracker=tracker)
    (track,) = tracker.expected(round(2.4 * SECOND))
    assert track.walk.place[0] == pytest.approx(5 + 1.2 * 2.4, abs=0.25) and track.sighting is None


@pytest.mark.parametrize("back", [0, 1, 400_000_000])
def test_a_stamp_that_does_not_rise_is_survived(back):
    tracker = Tracker()
    run(lambda time: [lidar((5 + 1.2 * time, 0))], 2, tracker=tracker)
    seen = tracker.step(round(1.9 * SECOND) - back, [lidar((5 + 1.2 * 1.9, 0))], CALIBRATION)
    assert [track.number for track in seen] == [1]


@pytest.mark.parametrize("seed", range(3))
def test_any_sightings_keep_the_rules(seed):
    random = np.random.default_rng(seed)
    tracker, last = Tracker(), 0
    for k in range(150):
        places = random.uniform(1, 12, (random.integers(0, 6), 2))
        sightings = [lidar(place, bool(random.random() < 0.8)) for place in places]
        seen = tracker.step(k * SECOND // 10, sightings, CALIBRATION)
        numbers = [track.number for track in seen]
        assert len(set(numbers)) == len(numbers) and len(seen) <= len(sightings)
        assert all(0 < track.score <= 1 and np.isfinite(track.walk.spread).all() for track in seen)
        assert all(number <= last + 6 for number in numbers)
        last = max([last, *numbers])


@pytest.mark.parametrize(
    "values, words",
    [({"confirm_hits": 0}, "confirm_hits"), ({"gate": 0.0}, "gate"), ({"coast_s": -1.0}, "coast_s")],
)
def test_bad_settings(values, words):
    with pytest.raises(ValueError, match=words):
        TrackerConfig(**values)
