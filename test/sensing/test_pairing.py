"""Pairing: the nearest frame for each sweep in any order of arrival, and every message in one counter."""

import numpy as np
import pytest

from sgcross_core.sensing.pairing import MOST_PENDING, NearestPairer, PairingConfig

MS = 1_000_000


def run(events, config=None):
    """Feed ("f" or "s", ms) in order; the moments as (frame ms, sweep ms), and the pairer."""
    pairer = NearestPairer(config or PairingConfig())
    moments = []
    for kind, ms in events:
        add = pairer.add_frame if kind == "f" else pairer.add_sweep
        moments += add(round(ms * MS), ms)
    return moments, pairer


def pairs(moments):
    return [(m.frame, m.sweep) for m in moments]


def balanced(pairer):
    c = pairer.counts
    settled = 2 * c["paired"] + c["lone_sweeps"] + c["lone_frames"] + c["surplus_frames"] + c["late"]
    return c["frames"] + c["sweeps"] == settled + pairer.pending


@pytest.mark.parametrize(
    "events, expected",
    [
        pytest.param([], [], id="nothing"),
        pytest.param([("s", 0)], [], id="a sweep waits"),
        pytest.param([("f", 0)], [], id="a frame waits"),
        pytest.param([("f", 0), ("s", 0)], [(0, 0)], id="same stamp"),
        pytest.param([("f", 0), ("s", 40)], [], id="a nearer frame may follow"),
        pytest.param(
            [("f", 33), ("s", 40), ("f", 66)], [(33, 40)], id="period not known: a later frame proves"
        ),
        pytest.param([("s", 50), ("f", 0), ("f", 100)], [(0, 50)], id="tie goes to the earlier frame"),
        pytest.param([("s", 50), ("f", -1), ("f", 101)], [(None, 50)], id="outside the tolerance"),
        pytest.param([("s", 100), ("f", 90), ("f", 115)], [(90, 100)], id="nearer one was first"),
        pytest.param([("f", 0), ("f", 33), ("f", 66), ("s", 60)], [(66, 60)], id="camera ahead"),
        pytest.param(
            [("f", 0), ("f", 33), ("f", 66), ("s", 80)], [(66, 80)], id="within half a period: no wait"
        ),
        pytest.param([("f", 0), ("f", 33), ("f", 66), ("s", 84)], [], id="beyond half a period: wait"),
        pytest.param(
            [("s", 0), ("s", 20), ("f", 15), ("f", 48)], [(None, 0), (15, 20)], id="a frame has one sweep"
        ),
        pytest.param([("s", 0), ("s", 100), ("s", 149)], [], id="just before the wait is over"),
        pytest.param([("s", 0), ("s", 100), ("s", 150)], [(None, 0)], id="the wait is over"),
        pytest.param([("f", 0), ("f", 149)], [], id="frame just before the wait is over"),
        pytest.param([("f", 0), ("f", 150)], [(0, None)], id="frame's wait is over"),
    ],
)
def test_pairs(events, expected):
    moments, pairer = run(events)
    assert pairs(moments) == expected
    assert balanced(pairer)


def test_moment_carries_both_stamps_and_the_offset():
    moments, _ = run([("f", 70), ("s", 100)], PairingConfig(camera_offset_ms=30))
    assert [(m.stamp, m.frame_stamp) for m in moments] == [(100 * MS, 100 * MS)]


def test_flush_releases_what_has_waited():
    pairer = NearestPairer()
    assert pairer.add_sweep(0, "sweep") == []
    assert pairer.flush(149 * MS) == []
    (moment,) = pairer.flush(150 * MS)
    assert (moment.stamp, moment.frame, moment.sweep, moment.frame_stamp) == (0, None, "sweep", None)
    assert pairer.flush(10**12) == []


def stream(kind, period, count, *, start=0.0, delay=0.0, jitter=0.0, drop=0.0, seed=0):
    """(arrival ms, kind, stamp ms) of a sensor."""
    random = np.random.default_rng([seed, ord(kind)])
    stamps = start + np.arange(count) * period + random.normal(0, jitter, count).clip(-3 * jitter, 3 * jitter)
    return [(s + delay, kind, s) for s in stamps.tolist() if random.random() >= drop]


def in_order(*streams):
    return [(kind, stamp) for _, kind, stamp in sorted(event for one in streams for event in one)]


def best_misfits(events, tolerance=50.0):
    frames = np.array([s for k, s in events if k == "f"])
    misfits = [float(np.abs(frames - s).min()) for k, s in events if k == "s"]
    return [m for m in misfits if m <= tolerance]


@pytest.mark.parametrize("camera_delay, lidar_delay", [(0, 0), (80, 0), (0, 80), (110, 0), (30, 90)])
@pytest.mark.parametrize("jitter", [0.0, 2.0, 4.0])
@pytest.mark.parametrize("drop", [0.0, 0.1, 0.5])
def test_misfit_is_the_best_possible(camera_delay, lidar_delay, jitter, drop):
    camera = stream("f", 1000 / 30, 900, start=13, delay=camera_delay, jitter=jitter, drop=drop)
    lidar = stream("s", 100, 300, delay=lidar_delay, jitter=jitter)
    events = in_order(camera, lidar)
    moments, pairer = run(events)
    moments += pairer.flush(10**12)
    found = [abs(m.frame - m.sweep) for m in moments if m.frame is not None and m.sweep is not None]
    best = best_misfits(events)
    lost = 0.1 if drop == 0.5 and camera_delay else 0.01  # a frame that comes after the wait is over
    assert len(found) >= (1 - lost) * len(best)
    assert np.mean(found) <= np.mean(best) + 0.15
    assert balanced(pairer) and pairer.pending == 0
    assert pairer.counts["late"] == 0


def test_late_camera_with_the_numbers_of_a_greedy_pairer():
    """30 Hz camera 80 ms late, 10 Hz LiDAR: a greedy pairer with the same tolerance has a misfit of 46 ms."""
    moments, _ = run(in_order(stream("f", 1000 / 30, 300, start=13, delay=80), stream("s", 100, 100)))
    misfits = [abs(m.frame - m.sweep) for m in moments if m.frame is not None]
    assert max(misfits) < 13.4


@pytest.mark.parametrize("rate_hz", [10.0, 15.0, 30.0, 60.0])
@pytest.mark.parametrize("jitter", [0.0, 4.0])
def test_camera_alone_goes_on_at_the_limited_rate(rate_hz, jitter):
    count = round(20 * rate_hz)
    moments, pairer = run(in_order(stream("f", 1000 / rate_hz, count, jitter=jitter)))
    assert all(m.sweep is None and m.stamp == m.frame_stamp for m in moments)
    assert 0.9 * 200 <= len(moments) + 1 <= 1.06 * 210
    assert balanced(pairer) and pairer.counts["lone_frames"] == len(moments)


def test_lidar_alone_goes_on():
    moments, pairer = run([("s", 100 * k) for k in range(50)])
    assert [m.sweep for m in moments] == [100 * k for k in range(50)]
    assert pairer.counts["lone_sweeps"] == 50


def test_a_silent_sensor_is_waited_for_no_longer_and_found_again():
    pairer = NearestPairer()
    ages = []
    for ms in range(0, 3000, 100):
        if not 1000 <= ms < 2000:
            pairer.add_frame((ms + 40) * MS, "frame")
        ages += [ms - m.stamp / MS for m in pairer.add_sweep(ms * MS, "sweep")]
    assert ages[14:20] == [0] * 6  # camera silent: each sweep at once
    assert pairer.counts["paired"] >= 19 and balanced(pairer)


def test_lidar_stops_and_the_camera_goes_on():
    events = in_order(stream("f", 1000 / 30, 150, start=5), stream("s", 100, 20))
    moments, pairer = run(events)
    assert pairer.counts["paired"] == 20
    assert 30 <= pairer.counts["lone_frames"] <= 33
    stamps = [m.stamp for m in moments]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize(
    "back_ms, resets, late",
    [(0, 0, 1), (1, 0, 1), (999, 0, 1), (1000, 0, 1), (1001, 1, 0), (10_000, 1, 0), (-3_600_000, 0, 0)],
)
@pytest.mark.parametrize("kind", ["f", "s"])
def test_jumps(kind, back_ms, resets, late):
    _, pairer = run([(kind, 20_000 - 200), (kind, 20_000), (kind, 20_000 - back_ms)])
    waiting_then = 1 if resets else 0
    assert pairer.resets == resets
    assert pairer.counts["late"] == late + waiting_then
    assert balanced(pairer)


@pytest.mark.parametrize("back_ms, resets", [(500, 0), (1500, 1), (60_000, 1)])
@pytest.mark.parametrize("first, then", ["fs", "sf"])
def test_the_other_sensor_starts_anew_in_the_past(first, then, back_ms, resets):
    before = stream(first, 100, 100)
    after = stream(then, 100, 20, start=before[-1][2] - back_ms)
    moments, pairer = run([(kind, stamp) for _, kind, stamp in [*before, *after]])
    assert pairer.resets == resets and balanced(pairer)
    if resets:
        heard = pairer.counts["lone_frames" if then == "f" else "lone_sweeps"]
        assert heard >= 18 and moments[-1].stamp >= (after[-1][2] - 200) * MS


def test_a_clock_of_its_own_is_no_jump():
    events = in_order(stream("f", 100, 60), stream("s", 100, 60))
    for late_start in (0, 30):  # how many sweeps are missed before the LiDAR is switched on
        shifted = [(kind, ms - 5000 * (kind == "s")) for kind, ms in events]
        heard = [one for one in shifted if one[0] == "f" or one[1] >= 100 * late_start - 5000]
        _, pairer = run(heard)
        assert pairer.resets <= 1 and balanced(pairer)


def test_a_looped_bag_gives_the_same_pairs_each_time():
    events = in_order(stream("f", 1000 / 30, 150, jitter=2), stream("s", 100, 50, jitter=2))
    pairer, rounds = NearestPairer(), []
    for _ in range(3):
        moments = []
        for kind, ms in events:
            moments += (pairer.add_frame if kind == "f" else pairer.add_sweep)(round(ms * MS), ms)
        rounds.append(pairs(moments))
    assert rounds[0] == rounds[1] == rounds[2]
    assert pairer.resets == 2 and balanced(pairer)  # the first sensor that jumps resets both


def test_a_wild_stamp_heals_by_itself():
    moments, pairer = run([("s", 0), ("f", 1), ("s", 10**12), ("s", 100), ("f", 101), ("s", 200), ("f", 201)])
    assert (101, 100) in pairs(moments) and (201, 200) in pairs(moments)
    assert balanced(pairer)


def test_explicit_reset_keeps_the_counters():
    pairer = NearestPairer()
    pairer.add_sweep(0, "sweep")
    pairer.reset()
    assert pairer.pending == 0 and pairer.resets == 0 and pairer.counts["late"] == 1
    assert pairer.add_sweep(-5 * 10**9, "sweep") == [] and pairer.resets == 0


def test_a_clock_that_hardly_moves_does_not_fill_the_memory():
    pairer = NearestPairer()
    for ns in range(500):
        pairer.add_frame(ns, None)
        pairer.add_sweep(10_000 + ns, None)
        assert pairer.pending <= 2 * MOST_PENDING + 2
    assert balanced(pairer)


@pytest.mark.parametrize("seed", range(40))
def test_any_input_keeps_the_books_and_the_order(seed):
    random = np.random.default_rng(seed)
    config = PairingConfig(
        tolerance_ms=float(random.choice([0, 10, 50, 200])), wait_ms=float(random.choice([0, 50, 150])),
        silent_after_ms=float(random.choice([50, 300])), camera_offset_ms=float(random.choice([0, -37])),
    )  # fmt: skip
    pairer, stamp, last, resets = NearestPairer(config), 0, -(10**18), 0
    for _ in range(400):
        stamp += (
            int(random.choice([-20_000, -500, -3, 0, 1, 7, 33, 90, 400], p=[0.005, *[0.995 / 8] * 8])) * MS
        )
        add = pairer.add_frame if random.random() < 0.6 else pairer.add_sweep
        moments = add(stamp + int(random.integers(-20, 20)) * MS, object())
        if random.random() < 0.1:
            moments += pairer.flush(stamp + 100 * MS)
        if pairer.resets > resets:
            last, resets = -(10**18), pairer.resets
        for m in moments:
            assert m.stamp > last and (m.frame is not None or m.sweep is not None)
            assert (m.frame is None) == (m.frame_stamp is None)
            last = m.stamp
            if m.frame is not None and m.sweep is not None:
                assert abs(m.frame_stamp - m.stamp) <= config.tolerance_ms * MS
        assert balanced(pairer) and min(pairer.counts.values()) >= 0


@pytest.mark.parametrize("field", ["tolerance_ms", "wait_ms", "silent_after_ms", "max_rate_hz"])
def test_config_names_the_bad_field(field):
    with pytest.raises(ValueError, match=field):
        PairingConfig(**{field: -1.0})
