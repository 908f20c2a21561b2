from __future__ import annotations

import numpy as np
import pytest

from sgcross_core.identity.calibration import MODALITIES, PAIRS, Calibration
from training.calibrate import calibrate, cohort_of, form_walks, log_ratio_line, strangers_limits
from training.embed import ClipEmbeddings


def clip_embeddings(people: int, noise: float, first: int = 0, seed: int = 0) -> ClipEmbeddings:
    """Clips of two walks and four views; a person is a direction of its own, every clip adds noise."""
    rng = np.random.default_rng((seed, first))
    person, walk, view = (a.ravel() for a in np.meshgrid(range(people), range(2), range(4), indexing="ij"))
    own = rng.standard_normal((people, 64))
    of = {}
    for modality in MODALITIES:
        rows = own[person] + noise * rng.standard_normal((len(person), 64))
        of[modality] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return ClipEmbeddings(of, person + first, walk, 90.0 * view + 10)


def test_walks_are_means_of_clips_of_one_walk() -> None:
    clips = clip_embeddings(5, 0.0)
    walks = form_walks(clips, 1, 3, np.random.default_rng(0))
    assert walks.person.tolist() == np.repeat(range(5), 3).tolist()
    np.testing.assert_allclose(walks.of["camera"], clips.of["camera"][walks.person * 8], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(walks.of["lidar"], axis=1), 1, atol=1e-5)


def test_a_cohort_has_one_template_a_person() -> None:
    cohort = cohort_of(clip_embeddings(7, 0.3))
    assert set(cohort) == set(MODALITIES)
    for rows in cohort.values():
        assert rows.shape == (7, 64) and rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return calibrate(clip_embeddings(40, 1.0), cohort_of(clip_embeddings(40, 1.0, first=500)))


@pytest.mark.parametrize("fmr", [0.1, 0.01])
@pytest.mark.parametrize("pair", PAIRS)
def test_other_strangers_exceed_a_limit_as_often_as_promised(
    calibration: Calibration, pair: tuple[str, str], fmr: float
) -> None:
    others = clip_embeddings(60, 1.0, first=900)
    rng = np.random.default_rng(0)
    probes, templates = form_walks(others, 1, 4, rng), form_walks(others, 0, 4, rng)
    deviates = calibration.deviates(pair, probes.of[pair[0]], templates.of[pair[1]])
    strange = probes.person[:, None] != templates.person[None]
    limit = np.interp(
        -fmr, -calibration.pairs[pair].fmr, calibration.pairs[pair].deviate(calibration.pairs[pair].scores)
    )
    assert fmr / 4 < (deviates[strange] > limit).mean() < 1.8 * fmr


def test_the_same_person_is_more_likely_than_a_stranger_and_pairs_agree(calibration: Calibration) -> None:
    for pair in calibration.pairs.values():
        assert pair.strength > 2 and pair.slope > 0 and pair.offset < 0
        assert pair.slope * pair.strength + pair.offset > 0 > pair.offset
    np.testing.assert_allclose(np.diag(calibration.correlation), 1)
    assert (calibration.correlation > -0.2).all()


def test_calibration_of_one_seed_is_one() -> None:
    clips, cohort = clip_embeddings(12, 1.0), cohort_of(clip_embeddings(12, 1.0, first=500))
    assert calibrate(clips, cohort, 3).to_json() == calibrate(clips, cohort, 3).to_json()


def test_even_a_network_that_knows_nothing_is_calibrated() -> None:
    noise = calibrate(clip_embeddings(12, 1e6), cohort_of(clip_embeddings(12, 1e6, first=500)))
    assert all(pair.strength > 0 and pair.slope > 0 for pair in noise.pairs.values())


def test_limits_rise_also_when_all_scores_tie() -> None:
    person = np.repeat(np.arange(6), 2)
    limits = strangers_limits(np.zeros((12, 12)), person, person, np.random.default_rng(0))
    assert (np.diff(limits) > 0).all()


@pytest.mark.parametrize(("own", "slope"), [(4.0, 1.0), (2.0, 0.3)])
def test_the_log_ratio_separates_the_kinds_in_the_middle(own: float, slope: float) -> None:
    rng = np.random.default_rng(0)
    found, offset = log_ratio_line(rng.normal(own, 1, 4000), rng.normal(0, 1, 4000))
    assert found > slope and -offset / found == pytest.approx(own / 2, abs=0.2)
