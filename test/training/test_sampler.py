from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from training.dataset import Clips
from training.sampler import Sampler


@pytest.fixture(scope="module")
def clips(clips_of: Callable[..., Clips]) -> Clips:
    return clips_of(7, 3, 2, 1)


def test_a_batch_has_p_people_with_k_clips_of_different_walks(clips: Clips) -> None:
    sampler = Sampler(clips, 3, 3, flip=0.0, seed=0)
    for iteration in range(5):
        batch = sampler.batch(iteration)
        rows = batch.clips.reshape(3, 3)
        assert (clips.person[rows] == clips.person[rows[:, :1]]).all()
        assert len(np.unique(clips.person[rows[:, 0]])) == 3
        assert all(len(set(walks)) == 3 for walks in clips.walk[rows])
        np.testing.assert_array_equal(batch.label, clips.person[batch.clips])


def test_everyone_comes_before_anyone_comes_again(clips: Clips) -> None:
    sampler = Sampler(clips, 3, 2, flip=0.0, seed=0)
    a_round = np.concatenate([sampler.batch(i).label[::2] for i in (0, 1)])
    assert len(set(a_round)) == 6


def test_batches_depend_on_seed_and_iteration_alone(clips: Clips) -> None:
    a, b, c = (Sampler(clips, 3, 2, 0.5, seed) for seed in (0, 0, 1))
    a.batch(0)
    np.testing.assert_array_equal(a.batch(4).clips, b.batch(4).clips)
    assert any(not np.array_equal(a.batch(i).clips, c.batch(i).clips) for i in range(4))


def test_mirrored_people_are_people_of_their_own(clips: Clips) -> None:
    sampler = Sampler(clips, 7, 2, flip=0.5, seed=0)
    batch = sampler.batch(0)
    assert sampler.classes == 14 and 0 < batch.mirrored.sum() < 14
    np.testing.assert_array_equal(batch.label, clips.person[batch.clips] + 7 * batch.mirrored)
    assert len(set(batch.label % 7)) == 7  # never both in one batch


def test_few_clips_come_twice(clips: Clips) -> None:
    assert len(Sampler(clips, 2, 20, 0.0, 0).batch(0).clips) == 40


def test_too_few_people_are_refused(clips: Clips) -> None:
    with pytest.raises(ValueError, match="a batch of 8 people needs as many in the data; got 7"):
        Sampler(clips, 8, 2, 0.0, 0)
