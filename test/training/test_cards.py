from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sgcross_core.model import TwoStream, save
from sgcross_core.model.card import read_card, write_card
from training.cards import write_measured

RANK = {"same_view": 0.5, "other_view": 0.25}
MISSED = {"both -> both": {"at_limit": 0.125}}
CLEAN = {
    "people": 150,
    "test_people": 75,
    "rank1": {"camera -> lidar": RANK},
    "open_set": MISSED,
    "wording": {"camera": {"factors": {}, "sentences": {"there": 0.625}}},
}
RESULTS = {"clean": CLEAN}


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save(tmp_path / "net.safetensors", TwoStream(), command="sgcross train recipe.yaml")
    return tmp_path / "net.safetensors"


def test_figures_go_into_the_card_and_the_rest_stays(weights: Path) -> None:
    before = write_card(weights, "walkers", 7, {}, "", "a remark", commit="abc")
    after = write_measured(weights, RESULTS, "sgcross evaluate net")
    assert after == read_card(weights)
    assert (after.data, after.seed, after.remarks, after.commit) == ("walkers", 7, "a remark", "abc")
    assert after.model == before.model and after.measured_by == "sgcross evaluate net"
    assert after.metrics == {
        "Clean clips, rank-1 % among 150 people": {
            "camera -> lidar, same view": 50.0,
            "camera -> lidar, other view": 25.0,
        },
        "Clean clips, FNIR % at FPIR 1 %, galleries of 6-10 of 75 people": {"both -> both": 12.5},
        "Clean clips, % of the traits named that are there": {"camera": 62.5},
    }


def test_weights_without_a_card_are_told(weights: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no card net\.md"):
        write_measured(weights, RESULTS, "sgcross evaluate net")
