"""Reading ONNX files that may come from anywhere: whole, all tensors inside, with a contract they keep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from sgcross_core.optional import needs
from sgcross_core.runtime.contract import KEY, Contract, Port

ELEMENTS = {"FLOAT": "float32", "UINT8": "uint8"}


def onnx_package() -> ModuleType:
    """The `onnx` package, or an ImportError that says what to type."""
    return needs("onnx", "onnx", "reading or writing ONNX files")


def read_contract(path: Path) -> Contract:
    """The contract of an ONNX file.

    ValueError when the file is cut short or no ONNX, keeps tensors in other files, has no contract of this
    package, or takes and gives something else than its contract says.
    """
    model = _parsed(path)
    for tensor in _tensors(model):
        if where := {entry.key: entry.value for entry in tensor.external_data}.get("location"):
            raise ValueError(
                f"{path}: tensor {tensor.name!r} is read from {where!r}; "
                f"a file of this package holds all its tensors itself"
            )
    found = {entry.key: entry.value for entry in model.metadata_props}.get(KEY)
    if found is None:
        raise ValueError(f"{path} has no {KEY!r} metadata: it was not written by sgcross export")
    try:
        contract = Contract.from_json(found)
    except ValueError as wrong:
        raise ValueError(f"{path}: {wrong}") from wrong
    _check_ports(path, model, contract)
    return contract


def _parsed(path: Path) -> Any:
    onnx = onnx_package()
    message = needs("google.protobuf.message", "onnx", "reading ONNX files")
    try:
        model = onnx.load_model_from_string(path.read_bytes())
    except message.DecodeError as broken:
        raise ValueError(f"{path} is not a whole ONNX file: {broken}") from broken
    if not model.graph.node:
        raise ValueError(f"{path} is not a whole ONNX file: its graph is empty")
    return model


def _tensors(message: Any) -> Iterator[Any]:
    """Every tensor anywhere in a message: initialisers, constants, sparse parts, subgraphs, functions."""
    if message.DESCRIPTOR.name == "TensorProto":
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in [value] if hasattr(value, "ListFields") else value:
                yield from _tensors(part)


def _check_ports(path: Path, model: Any, contract: Contract) -> None:
    for kind, ports, wanted in (
        ("input", model.graph.input, [contract.given]),
        ("output", model.graph.output, [*contract.results]),
    ):
        found = [_port(port) for port in ports]
        if found != wanted:
            raise ValueError(f"{path}: its {kind} is {found}, its contract says {wanted}")


def _port(value: Any) -> Port:
    kind = value.type.tensor_type
    element = onnx_package().TensorProto.DataType.Name(kind.elem_type)
    sides = [side.dim_value for side in kind.shape.dim]  # 0 where it is free
    free = sides[1:] if sides[:1] == [0] else [-1, *sides]  # a contract's port has a free batch
    return Port(value.name, ELEMENTS.get(element, element), tuple(free))
