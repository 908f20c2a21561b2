from __future__ import annotations

import numpy as np
import pytest
from walkers import BlockEngine, TellingEngine, told

from sgcross_core.identity import Calibration
from sgcross_core.identity.explanation import (
    Seen,
    body_part,
    explain,
    factors_of,
    shares,
    walk_in_words,
)
from sgcross_core.model.attributes import PROBABILITIES, Attributes
from sgcross_core.model.factors import FACTORS

NAN = np.nan


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize(
    ("carried", "expected"),
    [
        ([], []),
        ([2.0, 2.0], [0.5, 0.5]),
        ([3.0, -5.0, 1.0], [0.75, 0, 0.25]),
        ([-1.0, NAN, 0.0], [0, 0, 0]),
        ([NAN, 4.0], [0, 1]),
    ],
)
def test_a_share_is_of_what_speaks_for_it(carried: list, expected: list) -> None:
    np.testing.assert_allclose(shares(np.array(carried, float)), expected)


def test_strips_and_windows_add_up_to_the_score() -> None:
    template = unit(1, 2, 3, 4, 5, 6, 7, 8)
    seen = [Seen(1, 30, unit(1, 1, 1, 1, 1, 1, 1, 1)), Seen(11, 40, unit(8, 7, 6, 5, 4, 3, 2, 1))]
    found = explain(
        seen, template, ("camera", "lidar"), np.array([NAN, 3, NAN, NAN]), Calibration.standard(), 4
    )
    products = np.array([w.embedding * template for w in seen])
    by_strip, total = products.reshape(2, 4, 2).sum((0, 2)), products.sum()
    np.testing.assert_allclose(found.strips, by_strip / total, atol=1e-6)
    np.testing.assert_allclose([w[2] for w in found.windows], products.sum(1) / total, atol=1e-6)
    assert [w[:2] for w in found.windows] == [(1, 30), (11, 40)]
    assert found.sensors == {"camera": 1.0, "lidar": 0.0}


def test_what_everybody_has_carries_nothing() -> None:
    """The first strip is the cohort's, the second is the person's own."""
    cohort = {m: np.stack([unit(1, 0, 0, 0)] * 3) for m in ("camera", "lidar")}
    person = unit(1, 0, 1, 0)
    found = explain(
        [Seen(1, 30, person)], person, ("lidar", "lidar"), np.array([1, NAN, 1, 6.0]),
        Calibration.standard(cohort), 2,
    )  # fmt: skip
    assert found.strips[0] == 0 and found.strips[1] == 1
    assert found.sensors["lidar"] == pytest.approx(7 / 8)


def test_the_parts_of_a_body() -> None:
    words = [body_part((k + 0.5) / 8) for k in range(8)]
    assert words == ["head", "shoulders", "trunk", "trunk", "thighs", "knees", "feet", "feet"]
    assert (body_part(0), body_part(1)) == ("head", "feet")
    engine = BlockEngine()
    template = engine.embed("camera", np.full((1, 64), 121, np.float32) + np.arange(64) // 8)[0]
    found = explain(
        [Seen(1, 30, template)], template, ("camera", "camera"), np.array([1.0, NAN, NAN, NAN]),
        Calibration.standard(), engine.strips,
    )  # fmt: skip
    assert next(iter(found.parts())) == "feet" and sum(found.parts().values()) == pytest.approx(1)


def test_factors_are_read_from_the_mean_and_the_view_from_the_newest() -> None:
    windows = np.stack([told(view=1, toe_out=5), told(view=6, toe_out=2), told(view=2, toe_out=2)])
    factors = factors_of(windows)
    assert factors is not None and factors.viewpoint == 2 and factors.title is None
    assert factors.toe_out == 2 and factors.humpback == 0
    assert walk_in_words(windows) == "walks with a shuffle, with toes fairly out, seen from the left"


@pytest.mark.parametrize(
    ("view", "there", "expected"),
    [
        (0.71, 0.71, (0, 1)),
        (0.69, 0.69, (None, None)),
        (0.69, 0.31, (None, None)),
        (0.71, 0.29, (0, 0)),  # sure that it is not there
    ],
)
def test_only_what_the_heads_are_sure_of_is_told(
    view: float, there: float, expected: tuple[int | None, int | None]
) -> None:
    window = told(view=0, toe_out=0)
    window[:8] = (1 - view) / 7
    window[0] = view
    window[9] = there  # of reaching level 1 of the first ordinal factor, humpback
    factors = factors_of(window[None].astype(np.float32))
    assert factors is not None and (factors.viewpoint, factors.humpback) == expected


def test_a_walk_of_which_nothing_is_sure_is_not_called_normal() -> None:
    window = told(view=2, toe_out=0)
    window[9] = 0.5
    assert walk_in_words(window[None]) == "walks with a shuffle, seen from the left"
    window[9 + 5 * 6] = 0.5  # tiptoe: perhaps no shuffle either
    assert walk_in_words(window[None]) == "walks, seen from the left"
    window[2] = 0.5
    assert walk_in_words(window[None]) == ""


@pytest.mark.parametrize("shape", [(0, 0), (4, 0), (0, PROBABILITIES)])
def test_without_heads_or_windows_nothing_is_said(shape: tuple[int, int]) -> None:
    assert factors_of(np.zeros(shape, np.float32)) is None
    assert walk_in_words(np.zeros(shape, np.float32)) == ""


def test_the_probabilities_are_read_as_the_heads_mean_them() -> None:
    import torch

    generator = torch.Generator().manual_seed(0)
    view, title = torch.randn(5, 8, generator=generator), torch.randn(5, generator=generator)
    ordinal = torch.randn(5, 12, 1, generator=generator) - torch.arange(5.0)
    found = Attributes(view, title, ordinal)
    assert found.probabilities().shape == (5, PROBABILITIES)
    for row, values in zip(found.probabilities().numpy(), found.values().numpy(), strict=True):
        factors = factors_of(row[None])
        assert factors is not None
        said = zip([getattr(factors, factor.name) for factor in FACTORS], values.tolist(), strict=True)
        assert all(own is None or own == value for own, value in said) and factors.row != (None,) * 14


def test_a_telling_engine_tells() -> None:
    engine = TellingEngine()
    _, described = engine.embed_and_describe("camera", np.zeros((2, 64), np.float32) + 1)
    assert walk_in_words(described).endswith("seen from the left")
