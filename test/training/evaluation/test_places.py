from __future__ import annotations

import numpy as np
import pytest

from training.evaluation import find_places
from training.evaluation.distance import METRICS, ROWS
from training.evaluation.places import ranked


def by_hand(distances, who, gallery_who):
    """Place of the first own item, average precision, inverse negative penalty: sorted, wrong ones first."""
    order = sorted(range(len(distances)), key=lambda k: (distances[k], gallery_who[k] == who))
    places = [n for n, k in enumerate(order, 1) if gallery_who[k] == who]
    if not places:
        return np.inf, 0.0, 0.0
    precision = np.mean([k / place for k, place in enumerate(places, 1)])
    return places[0], precision, len(places) / places[-1]


@pytest.mark.parametrize(
    ("distances", "gallery_who", "first", "precision", "penalty"),
    [
        ([1, 2, 3], [0, 1, 2], 1, 1, 1),
        ([2, 1, 3], [0, 1, 2], 2, 1 / 2, 1 / 2),
        ([1, 1, 1], [0, 1, 2], 3, 1 / 3, 1 / 3),  # a tie: the wrong ones come first
        ([1, 1, 2], [1, 0, 2], 2, 1 / 2, 1 / 2),  # in any order
        ([1, 2, 3, 4], [0, 1, 0, 2], 1, (1 + 2 / 3) / 2, 2 / 3),
        ([1, 1, 1], [0, 0, 1], 2, (1 / 2 + 2 / 3) / 2, 2 / 3),  # a tie among own ones, too
        ([1, 2, 3], [1, 2, 3], np.inf, 0, 0),  # not there
        ([], [], np.inf, 0, 0),
    ],
)
def test_places_of_one_probe(distances, gallery_who, first, precision, penalty):
    found = ranked(np.array([distances], np.float32), np.array([0]), np.array(gallery_who, np.int64))
    assert found[:, 0] == pytest.approx((first, precision, penalty))
    assert by_hand(distances, 0, gallery_who) == pytest.approx((first, precision, penalty))


@pytest.mark.parametrize("seed", range(50))
def test_places_equal_sorting_by_hand(seed):
    rng = np.random.default_rng(seed)
    N, M = rng.integers(1, 8), rng.integers(0, 12)
    distances = rng.integers(0, 4, (N, M)).astype(np.float32)  # many ties
    who, gallery_who = rng.integers(0, 4, N), rng.integers(0, 5, M)
    found = ranked(distances, who, gallery_who)
    wanted = [by_hand(row, w, gallery_who) for row, w in zip(distances, who, strict=True)]
    np.testing.assert_allclose(found.T, wanted)


def slow_distance(metric, a, b):
    """Of two sequences, (P, D) each, in double precision."""
    if metric == "euclidean":
        return np.mean([np.sqrt(np.sum((x - y) ** 2)) for x, y in zip(a, b, strict=True)])
    return 1 - np.mean([x @ y / np.linalg.norm(x) / np.linalg.norm(y) for x, y in zip(a, b, strict=True)])


@pytest.mark.parametrize("metric", METRICS)
def test_distances(metric):
    rng = np.random.default_rng(0)
    probes, gallery = (rng.standard_normal((n, 3, 5)) for n in (ROWS + 2, 4))
    wanted = [[slow_distance(metric, a, b) for b in gallery] for a in probes]
    found = np.concatenate([d for _, d in METRICS[metric](probes.astype("f4"), gallery.astype("f4"))])
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("metric", METRICS)
def test_parts_of_zeros_are_far_from_all(metric):
    gallery = np.ones((2, 2, 3), np.float32)
    ((_, found),) = METRICS[metric](np.zeros((1, 2, 3), np.float32), gallery)
    assert found == pytest.approx(1 if metric == "cosine" else np.sqrt(3))


def test_probes_of_more_than_one_chunk():
    rng = np.random.default_rng(1)
    gallery = rng.standard_normal((5, 2, 3)).astype(np.float32)
    who = rng.integers(0, 5, ROWS + 7)
    found = find_places(gallery[who], who, gallery, np.arange(5), [np.arange(5), np.arange(0)], "cosine")
    assert (found.first[:, 0] == 1).all() and np.isinf(found.first[:, 1]).all()
    assert (found.precision == [1, 0]).all() and (found.penalty == [1, 0]).all()


@pytest.mark.parametrize(
    ("shape", "value", "metric", "words"),
    [
        ((2, 3, 4), 1, "manhattan", "metric must be one of cosine, euclidean; got 'manhattan'"),
        ((2, 4, 4), 1, "cosine", "parts (4, 4), the gallery has (3, 4)"),
        ((2, 3, 4), np.nan, "cosine", "probes must be finite; 24 numbers are not"),
    ],
)
def test_bad_input(shape, value, metric, words):
    probes, gallery = np.full(shape, value, np.float32), np.ones((2, 3, 4), np.float32)
    with pytest.raises(ValueError) as told:
        find_places(probes, np.arange(2), gallery, np.arange(2), [np.arange(2)], metric)
    assert words in str(told.value)
