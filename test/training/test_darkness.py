from __future__ import annotations

import cv2
import numpy as np
import pytest

from training.world.darkness import SegmenterConfig, evidence, segmented

GREY = np.full(8, 0.2, np.float32)
FRAMES = 12


def figure():
    mask = np.zeros((110, 50), np.uint8)
    cv2.circle(mask, (25, 9), 8, 1, -1)
    cv2.rectangle(mask, (14, 18), (36, 62), 1, -1)
    for side in (-1, 1):
        cv2.line(mask, (25 + side * 6, 60), (25 + side * 14, 104), 1, 9)
    return mask.astype(bool)


def agreement(night=0.0, error=0.0, shades=GREY, seeds=range(6)):
    """Intersection over union with the clean mask, (seeds * frames,)."""
    clean, found = figure(), []
    for seed in seeds:
        config, rng = SegmenterConfig(night, error), np.random.default_rng(seed)
        for mask in segmented([clean] * FRAMES, shades, config, rng):
            margin = (len(mask) - len(clean)) // 2
            true = np.pad(clean, margin)
            found.append((mask & true).sum() / (mask | true).sum())
    return np.array(found)


def test_by_day_nothing_is_lost():
    assert (agreement() == 1).all()
    assert segmented([], GREY, SegmenterConfig(night=1.0), np.random.default_rng(0)) == []


def test_darkness_spoils_more_and_more():
    means = [agreement(night).mean() for night in (0.0, 0.6, 0.8, 1.0)]
    assert (np.diff(means) < -0.03).all() and means[0] == 1 and means[-1] < 0.5


def test_whole_frames_are_lost_at_night():
    assert (agreement(1.0) == 0).mean() > 0.1 and (agreement(0.5) == 0).mean() == 0


@pytest.mark.parametrize("error, low, high", [(0.1, 0.93, 1.0), (1.0, 0.8, 0.95)])
def test_errors_by_day_are_small(error, low, high):
    assert low < agreement(0.0, error).mean() < high


def test_errors_stay_for_a_while():
    """Neighbouring frames go wrong more alike than frames that lie apart."""
    near, far = [], []
    for seed in range(12):
        masks = segmented([figure()] * FRAMES, GREY, SegmenterConfig(0.7), np.random.default_rng(seed))
        near.append((masks[0] != masks[1]).mean())
        far.append((masks[0] != masks[-1]).mean())
    assert np.mean(near) < 0.85 * np.mean(far)


@pytest.mark.parametrize("seed, same", [(1, True), (2, False)])
def test_equal_seeds_are_equal_masks(seed, same):
    one, other = (
        segmented([figure()], GREY, SegmenterConfig(0.5, 0.5), np.random.default_rng(s))[0] for s in (1, seed)
    )
    assert np.array_equal(one, other) == same


def test_nobody_is_nobody():
    empty = np.zeros((40, 20), bool)
    assert not segmented([empty], GREY, SegmenterConfig(1.0, 1.0), np.random.default_rng(0))[0].any()


def test_evidence_is_contrast_and_light():
    grey, black, white = (np.float32([v]) for v in (0.2, 0.02, 0.8))
    assert evidence(grey, grey, 9, 0.0) == pytest.approx([0])
    assert evidence(white, grey, 9, 0.0) > 0.99
    assert evidence(white, grey, 9, 1.0) > evidence(black, grey, 9, 1.0)  # dark clothes go first
    assert evidence(white, grey, 9, 0.5) > evidence(white, grey, 9, 1.0)
    assert evidence(white, grey, 9, 1.0) > evidence(white, grey, 1, 1.0)  # far people have fewer pixels


@pytest.mark.parametrize("field, value", [("night", 1.1), ("night", -0.1), ("error", float("nan"))])
def test_broken_settings(field, value):
    with pytest.raises(ValueError, match=f"SegmenterConfig.{field}"):
        SegmenterConfig(**{field: value})
