from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sgcross_core.model import TwoStream
from training.data.store import Store
from training.dataset import Clips
from training.validation import _found, kept_out, validate


def test_who_is_kept_out_trains_nowhere(store_folder: Path) -> None:
    store = Store.open(store_folder)
    rest, held = kept_out(store, 3, seed=0)
    assert set(rest.people()) | set(held.people()) == set(store.people())
    assert not set(rest.people()) & set(held.people()) and len(held.people()) == 3
    others = {tuple(kept_out(store, 3, seed)[1].people()) for seed in range(6)}
    assert len(others) > 1


@pytest.mark.parametrize(
    ("likeness", "share"),
    [
        ([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], 1.0),
        ([[9, 1, 0, 0], [1, 9, 0, 0], [0, 0, 9, 1], [0, 0, 1, 9]], 1.0),  # the same walk does not count
        ([[0, 1, 2, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], 0.75),
        ([[0, 0, 0, 0]] * 4, 0.0),  # equally near to all
    ],
)
def test_shares(likeness: list[list[float]], share: float) -> None:
    person, walk = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    same_walk = (person[:, None] == person) & (walk[:, None] == walk)
    assert _found(np.array(likeness, np.float32), same_walk, person) == share


def test_people_with_one_walk_cannot_be_found(clips_of: Callable[..., Clips]) -> None:
    torch.manual_seed(0)
    assert np.isnan(validate(TwoStream(), clips_of(3, 1, 2, 2)))


def test_clips_and_store_are_both_measured(
    clips_of: Callable[..., Clips], store_folder: Path
) -> None:
    torch.manual_seed(0)
    net, clips, store = TwoStream(), clips_of(8, 2, 2, 5), Store.open(store_folder)
    blind = replace(clips, tiles=np.zeros_like(clips.tiles))
    assert 0 < validate(net, clips) < 0.5 and 0 < validate(net, store) < 0.5  # chance is 1 in 8
    assert validate(net, blind) == 0  # equal embeddings recognise nobody
