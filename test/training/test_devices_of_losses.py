from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training.data.store import Store
from training.networks import objective_of
from training.objective import Labels
from training.recipe import NETWORKS, BlocksConfig, Recipe
from training.texts import make_bank

NO_GAR = BlocksConfig(gar=False)  # it looks at its labels


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("iteration", [0, 99])
def test_nothing_stays_on_the_cpu(store_folder: Path, network: str, iteration: int) -> None:
    """The device `meta` has shapes without numbers; mixing it with the CPU fails, as it does with CUDA."""
    store = Store.open(store_folder).only("train")
    recipe = Recipe(network=network, people=4, encoder="hashing", iterations=100, blocks=NO_GAR)
    objective = objective_of(recipe, 6, make_bank(recipe, store, store.factors)).to("meta")
    if network == "unicrossgait" and iteration:
        pytest.skip("its second phase asks for a number")
    pictures = {m: torch.empty(8, 2, p, 64, 64, device="meta") for m, p in (("camera", 1), ("lidar", 2))}
    numbers = [torch.zeros(shape, dtype=torch.int64) for shape in ((8,), (8,), (8, 14))]
    labels = replace(Labels(*numbers).to(torch.device("meta")), iteration=iteration)
    terms = objective.terms(pictures, labels)
    assert terms.losses and {loss.device.type for loss in terms.losses.values()} == {"meta"}
