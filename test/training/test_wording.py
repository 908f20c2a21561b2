from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from sgcross_core.identity.explanation import factors_of, walk_in_words
from sgcross_core.model import load
from sgcross_core.model.attributes import PROBABILITIES
from sgcross_core.model.factors import FACTORS, LEVELS, SECTORS, UNKNOWN, Factors, from_array, to_array
from sgcross_core.model.sentences import TRAITS, described_walk, standing_out
from training.dataset import Clips
from training.embed import embed_clips
from training.wording import readings, sentences, told_of, values_of, wording

NAMES = [factor.name for factor in FACTORS]


def rows(*walks: Factors) -> np.ndarray:
    return to_array(walks).astype(np.int64)


def probabilities(walk: Factors) -> np.ndarray:
    """(69,) of heads that are sure of a walk; what is unknown they take for 0."""
    view = np.eye(SECTORS)[walk.viewpoint or 0]
    levels = [getattr(walk, name) or 0 for name in NAMES[2:]]
    reached = [0.9 if level > number else 0.1 for level in levels for number in range(LEVELS - 1)]
    return np.array([*view, 0.5, *reached], np.float32)


PLAIN = Factors(0, None, *[0] * 12)
STOOPED = Factors(2, None, humpback=4, toe_out=1, happy=2, sad=0, without_tiptoe_or_shuffle=3)


def test_values_are_the_most_probable_and_what_is_told_is_sure() -> None:
    read = np.stack([probabilities(PLAIN), probabilities(STOOPED)])
    found, told = values_of(read), told_of(read)
    assert found.shape == told.shape == (2, 14) and read.shape == (2, PROBABILITIES)
    for row, window in zip(told, read, strict=True):
        said = factors_of(window[None])
        assert said is not None and row.tolist() == rows(said)[0].tolist()
    np.testing.assert_array_equal(found, told)  # these heads are sure
    unsure = 0.5 + 0.2 * (read - 0.5)
    np.testing.assert_array_equal(values_of(unsure), found)
    assert (told_of(unsure) == UNKNOWN).all()
    for empty in (values_of, told_of):
        assert empty(np.empty((0, PROBABILITIES), np.float32)).shape == (0, 14)


@pytest.mark.parametrize(
    ("found", "truth", "expected"),
    [
        ([0, 1, 2, 3], [0, 1, 2, 3], (1.0, 1.0, 0.25, 0.5)),  # of equally common ones the lowest is usual
        ([1, 1, 1, 1], [0, 1, 2, 3], (0.25, 0.75, 0.25, 0.5)),
        ([5, 5, 5, 0], [0, 0, 0, 5], (0.0, 0.0, 0.75, 0.75)),
        ([3, 0], [UNKNOWN, 0], (1.0, 1.0, 1.0, 1.0)),  # what is unknown counts nowhere
    ],
)
def test_levels_that_are_right_near_and_usual(
    found: list[int], truth: list[int], expected: tuple[float, ...]
) -> None:
    told, true = (rows(*(PLAIN,) * len(found)) for _ in range(2))
    column = NAMES.index("humpback")
    told[:, column], true[:, column] = found, truth
    reading = readings(told, true)["humpback"]
    assert (reading.right, reading.near, reading.usual, reading.usual_near) == expected


def test_sectors_of_the_view_are_a_circle() -> None:
    told, true = rows(*(PLAIN,) * 3), rows(*(PLAIN,) * 3)
    told[:, 0], true[:, 0] = [7, 4, 3], [0, 0, 3]
    reading = readings(told, true)["viewpoint"]
    assert reading.right == pytest.approx(1 / 3) and reading.near == pytest.approx(2 / 3)


def test_what_is_never_known_has_no_figure_and_the_title_is_not_judged() -> None:
    found = readings(rows(PLAIN), np.full((1, 14), UNKNOWN))
    assert set(found) == {*NAMES} - {"title"}
    assert all(np.isnan(reading.right) for reading in found.values())


def test_of_named_traits_those_count_that_are_there_at_any_level() -> None:
    walk = Factors(humpback=4, toe_out=1, sad=2, happy=1)
    assert [name for name, _ in standing_out(walk, TRAITS)] == ["humpback", "sad", "toe_out"]
    truth = rows(Factors(humpback=1, toe_out=0, sad=1, happy=5), Factors(humpback=0, toe_out=0, sad=1))
    found = sentences(rows(walk, walk), truth)
    assert found.there == pytest.approx((2 + 1) / 6)
    assert found.others == pytest.approx((0.5 + 1 + 0) / 3)
    assert found.naming == 1.0 and found.viewing == 0.0 and np.isnan(found.view)


def test_views_that_are_told_and_right() -> None:
    found = sentences(
        rows(Factors(0), Factors(1), Factors(sad=2), Factors(3)), rows(*map(Factors, (0, 2, 3, 3)))
    )
    assert (found.viewing, found.view, found.naming) == (0.75, pytest.approx(2 / 3), 0.25)


def test_a_shuffle_is_a_trait_without_a_column() -> None:
    shuffling = Factors(tiptoe=0, without_tiptoe_or_shuffle=0)
    found = sentences(rows(shuffling), rows(shuffling))
    assert (found.there, found.others) == (1.0, 1.0)
    assert sentences(rows(shuffling), rows(Factors(tiptoe=0, without_tiptoe_or_shuffle=4))).there == 0.0


@pytest.mark.parametrize("walks", [(), (Factors(2),)])
def test_sentences_without_traits_have_no_share(walks: tuple[Factors, ...]) -> None:
    found = sentences(rows(*walks), rows(*walks))
    assert np.isnan(found.there) and np.isnan(found.others)
    assert np.isnan(found.naming) if not walks else found.naming == 0


def test_figures_of_each_sensor_are_plain_numbers() -> None:
    read = np.stack([probabilities(STOOPED)])
    found = json.loads(json.dumps(wording({"camera": read, "lidar": read}, rows(STOOPED))))
    assert set(found) == {"camera", "lidar"}
    assert found["camera"]["factors"]["humpback"]["right"] == 1.0
    assert found["lidar"]["sentences"]["there"] == 1.0
    assert wording({}, rows(STOOPED)) == {}


def test_clips_are_read_as_the_robot_reads_windows(clips_of: Callable[..., Clips]) -> None:
    clips, net = clips_of(2, 1, 1, 4), load().net
    found = embed_clips(net, clips, None)
    assert found.read["camera"].shape == (2, PROBABILITIES)
    told = from_array(told_of(found.read["camera"]))
    assert walk_in_words(found.read["camera"][:1]) == described_walk(told[0])
    some = found.select(np.array([True, False]))
    assert len(some.read["lidar"]) == len(some.of["lidar"]) == 1
