"""The empty picture: learnt although people walk through, kept up to date, not deceived by exposure."""

import numpy as np
import pytest
from toyscene import EMPTY, Figure, picture

from sgcross_core.people.backdrop import LIGHT_FRAMES, Backdrop, Warmup

NOTHING = np.zeros(EMPTY.shape[:2], np.uint8)


def learnt(frames, count=20):
    warmup = Warmup(count)
    for number, frame in enumerate(frames, 1):
        empty = warmup.add(frame)
        assert (empty is None) == (number < count)
        if empty is not None:
            return empty
    return None


def follow(backdrop, frame, times=1, people=NOTHING):
    for _ in range(times):
        difference, busy = backdrop.difference(frame)
        backdrop.update(frame, difference, busy, people)
    return busy


def test_the_warmup_sees_through_people():
    walkers = [Figure(6, -3, 0, 1.3), Figure(9, 4, 0, -1.3)]
    empty = learnt(picture(walkers, k / 10, k) for k in range(20))
    assert np.abs(empty.astype(int) - EMPTY - 3).mean() < 1.5
    assert (np.abs(empty.astype(int) - EMPTY - 3).max(axis=-1) > 16).mean() < 0.001


@pytest.mark.parametrize("count", [9, 10, 33])
def test_the_warmup_takes_as_many_frames_as_told(count):
    assert learnt([EMPTY] * count, count) is not None


def test_the_warmup_begins_anew_with_another_size():
    warmup = Warmup(9)
    for _ in range(8):
        warmup.add(EMPTY)
    assert warmup.add(EMPTY[:100, :100].copy()) is None
    assert warmup.share == pytest.approx(1 / 9)


def test_noise_is_no_difference_and_people_are():
    backdrop = Backdrop(learnt(picture([], 0, k) for k in range(20)), 16.0)
    assert (backdrop.difference(picture([], 0, 5))[1] > 0).mean() < 0.001
    _, busy = backdrop.difference(picture([Figure(6, 0)], 0, 5))
    assert 0.01 < (busy > 0).mean() < 0.05


def test_a_flickering_place_gets_a_higher_threshold():
    backdrop = Backdrop(EMPTY, 16.0)
    flicker = EMPTY.copy()
    flicker[100:120, 100:120] = cv_add(EMPTY[100:120, 100:120], 14)
    follow(backdrop, flicker, 60)
    _, threshold = backdrop.part(slice(0, 300), slice(0, 300))
    assert threshold[110, 110] >= threshold[200, 200]
    assert (threshold >= 16).all()


def cv_add(part, levels):
    return np.clip(part.astype(int) + levels, 0, 255).astype(np.uint8)


def test_slow_light_is_followed():
    backdrop = Backdrop(EMPTY, 16.0)
    for step in range(60):
        busy = follow(backdrop, cv_add(EMPTY, step // 2))
    assert (busy > 0).mean() < 0.01


@pytest.mark.parametrize("gains", [(1.25, 1.25, 1.25), (0.8, 0.8, 0.8), (0.9, 1.0, 1.15), (1.0, 1.0, 1.0)])
def test_exposure_and_white_balance_are_taken_out(gains):
    backdrop = Backdrop(EMPTY, 16.0)
    frame = picture([Figure(6, 0)], 0)
    changed = np.clip(frame * np.array(gains), 0, 255).astype(np.uint8)
    _, busy = backdrop.difference(backdrop.balanced(changed))
    _, before = backdrop.difference(frame)
    assert abs(float((busy > 0).mean() - (before > 0).mean())) < 0.01


@pytest.mark.parametrize("frames, lost", [(LIGHT_FRAMES - 1, False), (LIGHT_FRAMES, True)])
def test_another_picture_is_noticed(frames, lost):
    backdrop = Backdrop(EMPTY, 16.0)
    follow(backdrop, 255 - EMPTY, frames)
    assert backdrop.lost == lost


def test_a_short_flash_is_not():
    backdrop = Backdrop(EMPTY, 16.0)
    follow(backdrop, 255 - EMPTY, LIGHT_FRAMES - 1)
    follow(backdrop, EMPTY)
    follow(backdrop, 255 - EMPTY, LIGHT_FRAMES - 1)
    assert not backdrop.lost


def test_people_are_not_absorbed_and_things_are_slowly():
    frame = picture([Figure(6, 0)], 0)
    people = np.full(EMPTY.shape[:2], 255, np.uint8)
    backdrop = Backdrop(EMPTY, 16.0)
    first = (backdrop.difference(frame)[1] > 0).sum()
    assert (follow(backdrop, frame, 150, people) > 0).sum() >= 0.99 * first
    assert (follow(backdrop, frame, 60) > 0).sum() > 0.8 * first
    assert (follow(backdrop, frame, 500) > 0).sum() < 0.3 * first


def test_adopt_takes_the_frame():
    backdrop = Backdrop(EMPTY, 16.0)
    frame = cv_add(EMPTY, 60)
    there = np.zeros((10, 20), bool)
    there[:, :10] = True
    backdrop.adopt(frame, there, slice(100, 110), slice(200, 220))
    mean, _ = backdrop.part(slice(100, 110), slice(200, 220))
    np.testing.assert_allclose(mean[:, :10], frame[100:110, 200:210])
    np.testing.assert_allclose(mean[:, 10:], EMPTY[100:110, 210:220])
