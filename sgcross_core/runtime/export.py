"""From a weight file to ONNX graphs, of which only those that compute the same are kept."""

from __future__ import annotations

import copy
import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

from sgcross_core.gait import SIDE
from sgcross_core.model.attributes import PROBABILITIES
from sgcross_core.model.card import card_path, read_card
from sgcross_core.optional import needs
from sgcross_core.runtime.contract import EXPORTED, FORMAT, KEY, Contract, Port
from sgcross_core.runtime.engine import HEAD
from sgcross_core.runtime.exported import FILES, MANIFEST, SCORES, digest
from sgcross_core.runtime.graphs import graphs
from sgcross_core.runtime.onnx_engine import OnnxEngine
from sgcross_core.runtime.onnx_file import onnx_package
from sgcross_core.runtime.parity import check_parity, embeddings
from sgcross_core.runtime.torch_engine import TorchEngine

OPSET = 20


def export(weights: Path | str, folder: Path | str, precision: str = "fp32") -> dict[str, float]:
    """Write a weight file's network as a folder of ONNX graphs, see `exported`; the least cosine by modality.

    precision: fp16 computes the frames' features in half; the head, once a window, stays float32.
    A folder that an earlier export wrote is replaced, any other is left alone with a ValueError, as is a
    weight file whose card is another network's.
    ParityError when ONNX Runtime does not compute what PyTorch does: nothing is written then.
    """
    if precision not in EXPORTED:
        raise ValueError(f"precision must be one of {', '.join(EXPORTED)}; got {precision!r}")
    onnx_package(), needs("onnxscript", "onnx", "exporting"), needs("onnxruntime", "onnx", "exporting")
    folder = Path(folder)
    if folder.exists() and not (folder / MANIFEST).is_file():
        raise ValueError(f"{folder} exists and is no exported network; choose another name")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        least = _write(TorchEngine(weights, device="cpu"), made, precision)
        if card_path(weights).is_file():
            (made / "card.md").write_text(read_card(weights).markdown(), encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        made.replace(folder)
    return least


def _write(engine: TorchEngine, folder: Path, precision: str) -> dict[str, float]:
    folder.mkdir()
    expected = embeddings(engine)
    modules = graphs(engine.net)
    if precision == "fp16":
        modules = graphs(copy.deepcopy(engine.net).half()) | {HEAD: modules[HEAD]}
    for graph, module in modules.items():
        _write_graph(module, _contract(graph, engine, precision), folder / f"{graph}.onnx")
    scores = {f"cohort.{m}": rows for m, rows in engine.calibration.cohort.items()}
    scores |= {f"expected.{m}": rows for m, rows in expected.items()}
    save_file({name: np.ascontiguousarray(rows) for name, rows in scores.items()}, folder / SCORES)
    (folder / SCORES).chmod(0o644)  # safetensors makes files that only their owner may read
    manifest = {
        "format": FORMAT,
        "model": engine.model_hash,
        "precision": precision,
        "command": engine.command,
        "calibration": engine.calibration.to_json(),
        "files": {name: digest((folder / name).read_bytes()) for name in FILES},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return check_parity(OnnxEngine(folder, device="cpu"), expected, precision)


def _contract(graph: str, engine: TorchEngine, precision: str) -> Contract:
    tiles, pooled = Port("tiles", "uint8", (SIDE, SIDE, 3)), Port("pooled", "float32", (engine.feature_size,))
    features = Port("features", "float32", (engine.feature_size,))
    said = [Port("embedding", "float32", (engine.embedding_size,))]
    if engine.factors:
        said.append(Port("factors", "float32", (PROBABILITIES,)))
    return Contract(
        graph=graph,
        given=pooled if graph == HEAD else tiles,
        results=tuple(said) if graph == HEAD else (features,),
        network=type(engine.net).__name__,
        preset=engine.net.preset,
        model=engine.model_hash,
        precision=precision,
        factors=engine.factors,
        strips=engine.strips,
    )


def _write_graph(module: nn.Module, contract: Contract, path: Path) -> None:
    onnx, given = onnx_package(), contract.given
    example = torch.zeros((2, *given.shape), dtype=getattr(torch, given.dtype))
    with _quiet():
        program = torch.onnx.export(
            module, (example,), dynamo=True, dynamic_shapes=({0: torch.export.Dim("batch")},),
            input_names=[given.name], output_names=[port.name for port in contract.results],
            opset_version=OPSET, verbose=False,
        )  # fmt: skip
    if program is None:
        raise RuntimeError(f"PyTorch did not export the graph {contract.graph}")
    model = program.model_proto
    _strip(model)
    onnx.helper.set_model_props(model, {KEY: contract.to_json()})
    path.write_bytes(model.SerializeToString())


def _strip(message: Any) -> None:
    """Drop the exporter's notes, which hold this machine's paths and lines of source."""
    for field, value in message.ListFields():
        if field.name in ("metadata_props", "doc_string"):
            message.ClearField(field.name)
        elif field.message_type is not None and message.DESCRIPTOR.name != "TensorProto":
            for part in [value] if hasattr(value, "ListFields") else value:
                _strip(part)


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter warns of torchvision, which is not used, and of its own insides."""
    logger = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        logger.setLevel(level)
