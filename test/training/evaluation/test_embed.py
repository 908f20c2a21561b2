from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.embed import Embedded


def embedded(**of: np.ndarray) -> Embedded:
    names = np.array(["0000", "0001"])
    return Embedded({m: parts.astype(np.float32) for m, parts in of.items()}, names, names, names)


def test_each_sensors_strips_are_counted_from_their_own_mean() -> None:
    camera = np.array([[[3.0, 4.0]], [[0.0, 2.0]]])  # unit vectors (0.6, 0.8) and (0, 1)
    lidar = np.array([[[5.0, 0.0]], [[1.0, 0.0]]])
    found = embedded(camera=camera, lidar=lidar)
    means = found.means()
    np.testing.assert_allclose(means["camera"], [[0.3, 0.9]], atol=1e-6)
    np.testing.assert_allclose(means["lidar"], [[1.0, 0.0]], atol=1e-6)
    centred = found.centred(means)
    np.testing.assert_allclose(centred.of["camera"], [[[0.3, -0.1]], [[-0.3, 0.1]]], atol=1e-6)
    assert not centred.of["lidar"].any() and centred.identity is found.identity


def test_a_strip_of_zeros_stays_zero() -> None:
    found = embedded(camera=np.zeros((2, 1, 2)))
    assert not found.means()["camera"].any() and not found.centred(found.means()).of["camera"].any()


def test_embeddings_have_a_row_a_sequence() -> None:
    with pytest.raises(ValueError, match=r"camera embeddings must be \(2, P, D\); got \(3, 1, 2\)"):
        embedded(camera=np.zeros((3, 1, 2)))
