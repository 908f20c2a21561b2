from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sgcross_core.model import MODALITIES, SGCrossGait, TwoStream
from sgcross_core.model.config import preset
from sgcross_core.model.factors import SCHEMA
from sgcross_core.runtime.engine import GRAPHS
from sgcross_core.runtime.graphs import factor_schema, graphs, strips_of

TILES = torch.randint(0, 256, (3, 64, 64, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
NETWORKS = {
    "two streams": lambda: TwoStream(),
    "tiny": lambda: SGCrossGait(preset("tiny")),
    "grey depth": lambda: SGCrossGait(replace(preset("tiny"), lidar="depth", gar=False)),
    "jet": lambda: SGCrossGait(replace(preset("tiny"), lidar="jet")),
}


@pytest.mark.parametrize("kind", NETWORKS)
@torch.no_grad()
def test_they_are_the_networks_own_steps(kind: str) -> None:
    torch.manual_seed(0)
    net = NETWORKS[kind]().eval()
    found = graphs(net)
    assert tuple(found) == GRAPHS
    for modality in MODALITIES:
        features = net.encode_frames(modality, net.pictures(modality, TILES))
        torch.testing.assert_close(found[modality](TILES), (features,), atol=1e-4, rtol=1e-4)
        template, *factors = found["head"](features)
        torch.testing.assert_close(template, net.template(features))
        assert strips_of(net) == 8 and len(factors) == bool(factor_schema(net))
        if factors:
            expected = net.outputs(features).attributes.probabilities()
            torch.testing.assert_close(factors[0], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "schema"), [("two streams", ""), ("tiny", SCHEMA), ("grey depth", ""), ("jet", SCHEMA)]
)
def test_the_schema_is_that_of_attribute_heads(kind: str, schema: str) -> None:
    assert factor_schema(NETWORKS[kind]()) == schema


def test_a_network_that_wants_points_is_refused() -> None:
    net = SGCrossGait(replace(preset("tiny"), points=True))
    with pytest.raises(ValueError, match=r"SGConfig\.points must be off"):
        graphs(net)
