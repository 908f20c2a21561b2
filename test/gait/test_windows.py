from __future__ import annotations

import numpy as np
import pytest

from sgcross_core.gait import WindowConfig, Windows

STEP = 100_000_000  # 10 Hz
FEATURES = np.random.default_rng(0).random((200, 7), np.float32)


def feed(windows: Windows, count: int, first: int = 0, track: int = 1, modality: str = "camera") -> dict:
    """Index of the last frame -> completed window."""
    found = {}
    for i in range(first, first + count):
        if (window := windows.add(i * STEP, track, modality, FEATURES[i])) is not None:
            found[i] = window
    return found


def test_windows_come_every_stride_and_equal_the_maximum_over_their_frames() -> None:
    found = feed(Windows(), 75)
    assert sorted(found) == [19, 29, 39, 49, 59, 69]
    for last, window in found.items():
        np.testing.assert_array_equal(window, FEATURES[max(0, last - 29) : last + 1].max(axis=0))


@pytest.mark.parametrize(("frames", "stride", "first"), [(1, 1, 1), (4, 1, 2), (10, 10, 10), (30, 15, 15)])
def test_any_window_equals_the_batch(frames: int, stride: int, first: int) -> None:
    found = feed(Windows(WindowConfig(frames, stride, first)), 60)
    assert min(found) == first - 1
    for last, window in found.items():
        np.testing.assert_array_equal(window, FEATURES[max(0, last - frames + 1) : last + 1].max(axis=0))


def test_tracks_and_sensors_do_not_mix() -> None:
    windows = Windows()
    for i in range(20):
        alone = windows.add(i * STEP, 1, "camera", FEATURES[i])
        windows.add(i * STEP, 2, "camera", 9 * FEATURES[i])
        windows.add(i * STEP, 1, "lidar", 9 * FEATURES[i])
    np.testing.assert_array_equal(alone, FEATURES[:20].max(axis=0))
    assert windows.frames(1, "camera") == windows.frames(2, "camera") == 20
    assert windows.frames(2, "lidar") == 0


def test_a_hole_starts_the_window_anew_and_keeps_the_count() -> None:
    windows = Windows()
    feed(windows, 15)
    found = feed(windows, 25, first=40)
    assert sorted(found) == [59]
    np.testing.assert_array_equal(found[59], FEATURES[40:60].max(axis=0))
    assert windows.frames(1, "camera") == 40


def test_a_hole_of_just_the_limit_is_bridged() -> None:
    windows = Windows(WindowConfig(max_gap_s=1.0))
    feed(windows, 15)
    assert sorted(feed(windows, 10, first=24)) == [28]


def test_the_feature_is_copied() -> None:
    windows, feature = Windows(WindowConfig(2, 2, 2)), np.ones(3, np.float32)
    windows.add(0, 1, "camera", feature)
    feature[:] = 5
    window = windows.add(1, 1, "camera", np.zeros(3, np.float32))
    assert window is not None and window.max() == 1


@pytest.mark.parametrize("stamp", [1000, 999, -5])
def test_stamps_must_rise(stamp: int) -> None:
    windows = Windows()
    windows.add(1000, 1, "camera", FEATURES[0])
    with pytest.raises(ValueError, match="must rise"):
        windows.add(stamp, 1, "camera", FEATURES[0])
    assert windows.frames(1, "camera") == 1


def test_idle_tracks_are_forgotten_when_no_sensor_sees_them() -> None:
    windows = Windows(WindowConfig(idle_s=2.0))
    windows.add(0, 1, "camera", FEATURES[0])
    windows.add(0, 2, "camera", FEATURES[0])
    windows.add(15 * STEP, 2, "lidar", FEATURES[0])
    assert windows.forget_idle(20 * STEP) == []
    assert windows.forget_idle(20 * STEP + 1) == [1]
    assert windows.frames(2, "camera") == 1
    assert windows.forget_idle(40 * STEP) == [2]
    assert windows.forget_idle(99 * STEP) == []


def test_reset_forgets_everything_and_time_may_start_again() -> None:
    windows = Windows()
    feed(windows, 15, first=50)
    windows.reset()
    assert windows.frames(1, "camera") == 0
    assert sorted(feed(windows, 20)) == [19]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"frames": 25}, "multiple of stride; got 25 and 10"),
        ({"min_frames": 15}, "min_frames must be a multiple"),
        ({"min_frames": 40}, "at most frames"),
        ({"stride": 0}, "must lie in"),
        ({"idle_s": float("nan")}, "must be a float"),
    ],
)
def test_settings_that_make_no_sense_are_refused(values: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        WindowConfig(**values)


def test_a_window_knows_its_frames() -> None:
    windows = Windows()
    assert windows.covered(1, "camera") == (1, 0)
    spans = {}
    for i in range(60):
        late = 20 * STEP if i >= 45 else 0  # a hole of two seconds
        if windows.add(i * STEP + late, 1, "camera", FEATURES[i]) is not None:
            spans[i + 1] = windows.covered(1, "camera")
    assert spans == {20: (1, 20), 30: (1, 30), 40: (11, 40)}
    feed(windows, 25, first=100)
    assert windows.covered(1, "camera")[1] == windows.frames(1, "camera") == 85
