"""The ultralytics backend: clear errors without the package or the file, real people when both are there."""

import importlib.util
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from sgcross_core.people import SegmenterConfig, make_segmenter
from sgcross_core.people.ultralytics import needs, segments_of

DATA = Path(__file__).parents[2].parent / "shared" / "data"
WEIGHTS = DATA / "weights" / "yolov8n-seg_int8.tflite"
PHOTO = DATA / "mot" / "TUD-Stadtmitte" / "img1" / "000001.jpg"


@pytest.mark.parametrize("weights", ["", "missing.pt", "."])
def test_weights_that_are_not_there(weights, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"SegmenterConfig\.weights must be .*file"):
        make_segmenter(SegmenterConfig(backend="ultralytics", weights=weights))


def test_a_missing_package_says_what_to_type(tmp_path, monkeypatch):
    weights = tmp_path / "model.pt"
    weights.write_bytes(b"")
    monkeypatch.setitem(sys.modules, "ultralytics", None)
    with pytest.raises(ImportError, match=r"needs ultralytics: pip install -e '.\[yolo\]'"):
        make_segmenter(SegmenterConfig(backend="ultralytics", weights=str(weights)))


def test_needs_gives_what_is_there():
    assert needs("json", "none", "this test").dumps([]) == "[]"


def masks(*boxes, shape=(100, 200)):
    drawn = np.zeros((len(boxes), *shape), bool)
    for mask, (x0, y0, x1, y1) in zip(drawn, boxes, strict=True):
        mask[y0:y1, x0:x1] = True
    return drawn


@pytest.mark.parametrize(
    "boxes, whole",
    [
        ([], []),
        ([(20, 10, 50, 80)], [True]),
        ([(0, 10, 50, 80)], [False]),
        ([(20, 10, 50, 100)], [False]),
        ([(20, 0, 50, 80), (150, 10, 200, 80)], [False, False]),
        ([(20, 10, 50, 80), (40, 12, 70, 90)], [False, True]),
        ([(20, 10, 50, 80), (49, 12, 70, 90)], [True, True]),
        ([(20, 10, 50, 80), (150, 10, 197, 80)], [True, False]),
    ],
)
def test_segments_of_masks(boxes, whole):
    found = segments_of(masks(*boxes), np.full(len(boxes), 0.7), (100, 200))
    assert [one.box for one in found] == boxes
    assert [one.whole for one in found] == whole
    assert all(one.mask.all() and one.score == pytest.approx(0.7) for one in found)


@pytest.mark.parametrize("better", [0, 1])
def test_of_two_masks_of_one_person_the_better_stays(better):
    boxes, scores = [(20, 10, 50, 80), (22, 10, 48, 78)], [0.6, 0.6]
    scores[better] = 0.7
    assert [one.box for one in segments_of(masks(*boxes), scores, (100, 200))] == [boxes[better]]


def test_small_masks_are_drawn_large_and_empty_ones_left_out():
    small = masks((5, 2, 10, 20), (0, 0, 0, 0), shape=(25, 50))
    (one,) = segments_of(small, [0.9, 0.8], (100, 200))
    assert one.box == (20, 8, 40, 80)


@pytest.mark.skipif(importlib.util.find_spec("ultralytics") is None, reason="ultralytics is not installed")
@pytest.mark.skipif(not (WEIGHTS.exists() and PHOTO.exists()), reason=f"no weights or photo under {DATA}")
def test_real_people():
    segmenter = make_segmenter(SegmenterConfig(backend="ultralytics", weights=str(WEIGHTS)))
    found = segmenter.segment(cv2.imread(str(PHOTO)), np.empty((0, 4), np.float32))
    assert len(found) >= 4 and any(one.whole for one in found)
    assert all(one.mask.any() and one.box[3] - one.box[1] > 30 for one in found)
    middles = [(one.box[0] + one.box[2]) / 2 for one in found]
    assert min(abs(a - b) for i, a in enumerate(middles) for b in middles[:i]) > 15  # nobody twice
