"""The background segmenter on the toy place: masks, touching people, ghosts, shadows, standing people."""

import numpy as np
import pytest
from toyscene import EMPTY, Figure, box, figure_mask, picture

from sgcross_core.people import SegmenterConfig, make_segmenter
from sgcross_core.people.background import BackgroundSegmenter

NO_SEEDS = np.empty((0, 4), np.float32)


@pytest.fixture
def warm():
    segmenter = BackgroundSegmenter()
    for k in range(20):
        assert segmenter.warmth < 1 and segmenter.segment(picture([], 0, k), NO_SEEDS) == []
    assert segmenter.warmth == 1
    return segmenter


def seeds(*figures, time=0.0):
    return np.array([box(figure, time) for figure in figures], np.float32).reshape(-1, 4)


def overlap(segment, truth):
    x0, y0, x1, y1 = segment.box
    drawn = np.zeros(truth.shape, bool)
    drawn[y0:y1, x0:x1] = segment.mask
    return float((drawn & truth).sum() / (drawn | truth).sum())


@pytest.mark.parametrize("seeded", [True, False])
@pytest.mark.parametrize(
    "figure", [Figure(5, 0), Figure(8, -2, 0, 1), Figure(12, 3, 0, 1), Figure(10, -2, colour=(200, 210, 90))]
)
def test_masks(warm, figure, seeded):
    (found,) = warm.segment(picture([figure], 0.4), seeds(figure, time=0.4) if seeded else NO_SEEDS)
    assert overlap(found, figure_mask(figure, 0.4)) > 0.85
    assert found.whole and 0.5 < found.score <= 1


def test_an_empty_place_is_empty(warm):
    for k in range(30):
        assert warm.segment(picture([], 0, k), NO_SEEDS) == []
        assert warm.segment(picture([], 0, k), seeds(Figure(6, 0))) == []


def test_with_seeds_other_things_are_no_people(warm):
    seen, ghost = Figure(6, 1), Figure(7, -2)
    (found,) = warm.segment(picture([seen, ghost], 0), seeds(seen))
    assert overlap(found, figure_mask(seen, 0)) > 0.85


@pytest.mark.parametrize("y", [2.75, -2.75])
def test_cut_by_the_border(warm, y):
    (found,) = warm.segment(picture([Figure(5, y)], 0), NO_SEEDS)
    assert not found.whole


@pytest.mark.parametrize("hint", ["seeds", "expected"])
def test_two_who_overlap(warm, hint):
    near, far = Figure(6, 0), Figure(9, 0.45, colour=(160, 50, 50))
    hints = (seeds(near, far), NO_SEEDS)
    found = warm.segment(picture([near, far], 0), *(hints if hint == "seeds" else hints[::-1]))
    front, back = sorted(found, key=lambda one: -one.box[3])
    assert overlap(front, figure_mask(near, 0)) > 0.6
    assert not front.whole and not back.whole


@pytest.mark.parametrize("y", [0.65, 0.8])
def test_two_whose_legs_touch_are_parted_without_any_hint(warm, y):
    people = [Figure(6, 0), Figure(9, y, colour=(160, 50, 50))]
    found = warm.segment(picture(people, 0), NO_SEEDS)
    assert len(found) == 2
    assert all(max(overlap(one, figure_mask(person, 0)) for one in found) > 0.8 for person in people)


def test_neighbours_with_a_gap_are_both_whole(warm):
    people = [Figure(6, -0.6), Figure(6, 0.6, height=1.6)]
    for hints in (seeds(*people), NO_SEEDS):
        found = warm.segment(picture(people, 0), hints)
        assert [one.whole for one in found] == [True, True]


def test_a_shadow_is_not_part_of_the_person(warm):
    figure = Figure(6, 0)
    frame = picture([figure], 0)
    _, _, right, bottom = box(figure, 0)
    rows, columns = slice(int(bottom) - 12, int(bottom) + 3), slice(int(right) - 20, int(right) + 60)
    dark = (frame[rows, columns] * 0.7).astype(np.uint8)
    frame[rows, columns] = np.where(figure_mask(figure, 0)[rows, columns, None], frame[rows, columns], dark)
    for hints in (seeds(figure), NO_SEEDS):
        (found,) = warm.segment(frame, hints)
        assert overlap(found, figure_mask(figure, 0)) > 0.8


def test_somebody_who_stands_still_is_not_absorbed(warm):
    figure = Figure(7, 1)
    for k in range(90):
        (found,) = warm.segment(picture([figure], 0, k), NO_SEEDS)
    assert overlap(found, figure_mask(figure, 0)) > 0.85


def test_somebody_learnt_as_background_leaves_no_ghost():
    segmenter, figure = BackgroundSegmenter(), Figure(7, 1)
    for k in range(25):
        segmenter.segment(picture([figure], 0, k), NO_SEEDS)
    left = [len(segmenter.segment(picture([], 0, k), NO_SEEDS)) for k in range(5)]
    assert left == [0] * 5
    (found,) = segmenter.segment(picture([figure], 0), NO_SEEDS)
    assert overlap(found, figure_mask(figure, 0)) > 0.8


def test_exposure_may_change(warm):
    figure = Figure(6, 0)
    frame = np.clip(picture([figure], 0) * 1.2, 0, 255).astype(np.uint8)
    (found,) = warm.segment(frame, NO_SEEDS)
    assert overlap(found, figure_mask(figure, 0)) > 0.85


def test_another_place_is_learnt_anew(warm):
    other = EMPTY[:, ::-1] // 3 + 120
    counts = [len(warm.segment(other.copy(), NO_SEEDS)) for _ in range(40)]
    assert counts[-1] == 0 and warm.warmth == 1
    frame = other.copy()
    frame[figure_mask(Figure(6, 0), 0)] = (10, 10, 200)
    assert len(warm.segment(frame, NO_SEEDS)) == 1


def test_another_size_is_learnt_anew(warm):
    assert warm.segment(EMPTY[:240, :320].copy(), NO_SEEDS) == [] and warm.warmth < 1


def test_reset(warm):
    warm.reset()
    assert warm.warmth == 0


@pytest.mark.parametrize("shape", [(480, 640, 3), (37, 51, 3), (9, 9, 3)])
def test_any_picture_and_any_seeds_are_survived(shape):
    random = np.random.default_rng(0)
    segmenter = BackgroundSegmenter(SegmenterConfig(warmup_frames=9))
    for k in range(40):
        image = random.integers(0, 256, shape, np.uint8) if k % 3 else np.full(shape, 7, np.uint8)
        hints = (random.normal(0, 400, (k % 4, 4))).astype(np.float32)
        for one in segmenter.segment(image, hints):
            assert one.mask.any()


def test_make_segmenter_makes_it():
    assert isinstance(make_segmenter(SegmenterConfig()), BackgroundSegmenter)
