"""What an exported graph takes and gives, written into it, and checked before it runs."""

from __future__ import annotations

import json
import operator
from dataclasses import asdict, dataclass, fields
from typing import Any

from sgcross_core import gait
from sgcross_core.model.factors import SCHEMA
from sgcross_core.runtime.engine import GRAPHS

FORMAT = 2  # 1 had one result a graph and no strips
KEY = "sgcross"  # of the metadata that holds the contract
EXPORTED = ("fp32", "fp16")
NORMALISATION = "in the graph: the tile's values 0..255 are divided by 255 and its channels chosen"


@dataclass(frozen=True)
class Port:
    """An input or output: its name, its element type and the shape of one row; the batch is free."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Contract:
    """One exported graph.

    graph: one of GRAPHS; results: features, or an embedding and, with attribute heads, the factors'
    probabilities; strips: horizontal parts that an embedding holds one after another;
    network, preset: what it was made from; model: hash of the weights;
    preprocessing: version of the tiles; factors: version of the factor schema, "" without attribute heads;
    precision: of the arithmetic, "fp32" or "fp16"; ports are float32 except for the tiles, uint8.
    """

    graph: str
    given: Port
    results: tuple[Port, ...]
    network: str
    preset: str
    model: str
    precision: str
    factors: str
    strips: int
    preprocessing: str = gait.VERSION
    normalisation: str = NORMALISATION
    format: int = FORMAT

    def __post_init__(self) -> None:
        allowed = {
            "format": (FORMAT,), "graph": GRAPHS, "precision": EXPORTED,
            "preprocessing": (gait.VERSION,), "normalisation": (NORMALISATION,), "factors": ("", SCHEMA),
        }  # fmt: skip
        for name, values in allowed.items():
            if (found := getattr(self, name)) not in values:
                wanted = " or ".join(map(repr, values))
                raise ValueError(f"contract: {name} is {found!r}, this package runs {wanted}; export it anew")

    def to_json(self) -> str:
        """The reverse of `from_json`."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Contract:
        """ValueError when the text is no contract, or one of another package version."""
        try:
            content = dict(json.loads(text))
            content["given"] = _port(content["given"])
            content["results"] = tuple(_port(port) for port in content["results"])
            content["strips"] = operator.index(content["strips"])
            return cls(**{field.name: content[field.name] for field in fields(cls)})
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as wrong:
            raise ValueError(f"contract is not complete: {wrong!r}") from wrong


def _port(content: Any) -> Port:
    return Port(str(content["name"]), str(content["dtype"]), tuple(int(side) for side in content["shape"]))
