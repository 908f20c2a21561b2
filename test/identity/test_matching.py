from __future__ import annotations

import numpy as np
import pytest
from walkers import BlockEngine, tile

from sgcross_core.identity import Templates
from sgcross_core.identity.matching import Match, People, match, normalised

ENGINE = BlockEngine()


def embedding(person: int, modality: str = "camera", noise: int = 0) -> np.ndarray:
    return ENGINE.embed(modality, ENGINE.features(modality, tile(person, noise=noise)[None]))[0]


def templates(*rows: tuple[str, str, int, int]) -> Templates:
    """Rows of (name, modality, person's seed, frames)."""
    names, modalities, seeds, frames = zip(*rows, strict=True) if rows else ((), (), (), ())
    vectors = [embedding(s, m) for s, m in zip(seeds, modalities, strict=True)]
    return Templates(names, modalities, frames, np.stack(vectors) if rows else np.zeros((0, 0), np.float32))


def test_nobody_is_enrolled() -> None:
    found = match({"camera": embedding(1)}, People.of(templates()), ENGINE.calibration)
    assert found.people == () and found.deviates.shape == (0,) and found.probabilities().shape == (0,)


@pytest.mark.parametrize("probe", ["camera", "lidar"])
@pytest.mark.parametrize("gallery", ["camera", "lidar"])
def test_the_right_person_wins_by_every_pair(probe: str, gallery: str) -> None:
    people = People.of(templates(("Bob", gallery, 1, 30), ("Ann", gallery, 2, 30), ("Cid", gallery, 3, 30)))
    found = match({probe: embedding(1, probe, noise=20)}, people, ENGINE.calibration)
    assert found.people == ("Ann", "Bob", "Cid")
    assert int(found.deviates.argmax()) == 1 and found.deviates[1] > 3
    assert found.pairs[1] == (probe, gallery)
    assert found.probabilities()[1] > 0.9 and found.probabilities().sum() < 1


def test_both_sensors_on_both_sides_are_joined() -> None:
    one = People.of(templates(("Bob", "lidar", 1, 30)))
    both = People.of(templates(("Bob", "lidar", 1, 30), ("Bob", "camera", 1, 30)))
    probe = {m: embedding(1, m, noise=60) for m in ("camera", "lidar")}
    alone = match({"camera": probe["camera"]}, one, ENGINE.calibration)
    assert match(probe, both, ENGINE.calibration).deviates[0] > alone.deviates[0]


def test_people_of_different_sensors_are_compared_together() -> None:
    people = People.of(templates(("Ann", "camera", 1, 30), ("Bob", "lidar", 2, 30)))
    found = match({"lidar": embedding(2, "lidar")}, people, ENGINE.calibration)
    assert found.pairs == (("lidar", "camera"), ("lidar", "lidar"))
    assert found.deviates[1] > found.deviates[0]


def test_several_templates_become_their_weighted_mean() -> None:
    people = People.of(templates(("Bob", "camera", 1, 30), ("Bob", "camera", 2, 10)))
    mean = normalised((30 * embedding(1) + 10 * embedding(2))[None])
    np.testing.assert_allclose(people.templates["camera"], mean, atol=1e-6)
    assert np.isnan(people.templates["lidar"]).all()


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [([], []), ([0.0], [0.5]), ([100.0, 100.0], [0.5, 0.5]), ([-100.0, -100.0], [0.0, 0.0])],
)
def test_probabilities(ratios: list[float], expected: list[float]) -> None:
    people = tuple("abcdef"[: len(ratios)])
    found = Match(
        people, np.zeros(len(ratios)), np.array(ratios), (), np.zeros((len(ratios), 4))
    ).probabilities()
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_zero_vector_stays_zero() -> None:
    np.testing.assert_array_equal(normalised(np.zeros((1, 3), np.float32)), np.zeros((1, 3)))
