"""A network in a folder, as `sgcross export` writes it: ONNX graphs, and how their scores are read.

    manifest.json                       model, precision, command, calibration, SHA-256 of every other file
    scores.safetensors                  "cohort.*": templates of other people that scores are normalised with;
                                        "expected.*": what the network on PyTorch makes of the stored windows
    camera.onnx, lidar.onnx, head.onnx  each with its contract in its metadata
    card.md                             the card of the weights, where they had one

ONNX holds one graph a file, and frames and windows are computed at different times, hence a folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from sgcross_core.identity.calibration import Calibration
from sgcross_core.runtime.contract import FORMAT, Contract
from sgcross_core.runtime.engine import GRAPHS, HEAD
from sgcross_core.runtime.onnx_file import read_contract

MANIFEST, SCORES = "manifest.json", "scores.safetensors"
FILES = (*(f"{graph}.onnx" for graph in GRAPHS), SCORES)
Arrays = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Exported:
    """An exported network whose files are whole, unchanged and of one model.

    contracts: by graph; digests: SHA-256 of each graph's file, hexadecimal; expected: by modality, float32
    (W, D), embeddings of the stored windows by the network that was exported.
    """

    folder: Path
    contracts: Mapping[str, Contract]
    digests: Mapping[str, str]
    calibration: Calibration
    expected: Arrays

    @classmethod
    def open(cls, folder: Path | str) -> Exported:
        """FileNotFoundError when there is no such folder; ValueError names the file that does not fit."""
        folder = Path(folder)
        manifest = _manifest(folder)
        digests = {name: _whole(folder / name, manifest["files"].get(name)) for name in FILES}
        contracts = {graph: read_contract(folder / f"{graph}.onnx") for graph in GRAPHS}
        for graph, contract in contracts.items():
            _check(folder / f"{graph}.onnx", graph, contract, manifest)
        scores = _arrays(folder / SCORES)
        calibration = Calibration.from_json(manifest["calibration"], scores["cohort"])
        of_graphs = {graph: digests[f"{graph}.onnx"] for graph in GRAPHS}
        return cls(folder, contracts, of_graphs, calibration, scores["expected"])

    @property
    def model(self) -> str:
        """Hash of the weights that were exported."""
        return self.contracts[GRAPHS[0]].model

    @property
    def precision(self) -> str:
        """Of the graphs' arithmetic."""
        return self.contracts[GRAPHS[0]].precision

    @property
    def sizes(self) -> tuple[int, int, int]:
        """F and D, the lengths of a feature and of an embedding, and the strips in the latter."""
        head = self.contracts[HEAD]
        return head.given.shape[0], head.results[0].shape[0], head.strips

    @property
    def factors(self) -> str:
        """Version of the factors that the head gives, "" when it gives none."""
        return self.contracts[HEAD].factors

    def path(self, graph: str) -> Path:
        """The ONNX file of a graph."""
        return self.folder / f"{graph}.onnx"


def digest(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _manifest(folder: Path) -> dict[str, Any]:
    if not (path := folder / MANIFEST).is_file():
        raise FileNotFoundError(
            f"no exported network in {folder}: no {MANIFEST}; make one with: sgcross export WEIGHTS {folder}"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as broken:
        raise ValueError(f"{path} is not whole: {broken}") from broken
    wanted = {"format": int, "model": str, "precision": str, "calibration": dict, "files": dict}
    for name, kind in wanted.items():
        if not isinstance(content, dict) or not isinstance(content.get(name), kind):
            raise ValueError(f"{path} has no {name!r} of type {kind.__name__}")
    if content["format"] != FORMAT:
        raise ValueError(f"{path}: format {content['format']}, this package reads {FORMAT}; export it anew")
    return dict(content)


def _whole(path: Path, wanted: str | None) -> str:
    if wanted is None or not path.is_file():
        raise ValueError(f"{path} is missing from the {'manifest' if wanted is None else 'folder'}")
    if (found := digest(path.read_bytes())) != wanted:
        raise ValueError(
            f"{path} was cut short or changed: its SHA-256 starts with {found[:12]}, "
            f"the manifest says {wanted[:12]}"
        )
    return found


def _check(path: Path, graph: str, contract: Contract, manifest: Mapping[str, Any]) -> None:
    for name, found, wanted in (
        ("graph", contract.graph, graph),
        ("model", contract.model, manifest["model"]),
        ("precision", contract.precision, manifest["precision"]),
    ):
        if found != wanted:
            raise ValueError(f"{path}: its contract's {name} is {found!r}, the manifest's {wanted!r}")


def _arrays(path: Path) -> dict[str, Arrays]:
    """Kind -> modality -> array, of tensors named "kind.modality"."""
    found: dict[str, Arrays] = {"cohort": {}, "expected": {}}
    try:
        for name, array in load_file(path).items():
            kind, modality = name.split(".")
            found[kind][modality] = array
    except (SafetensorError, KeyError, ValueError) as broken:
        raise ValueError(f"{path} is not a whole file of scores: {broken!r}") from broken
    return found
