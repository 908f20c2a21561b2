"""What a run needs to go on exactly where it stopped, in a file that runs no code when it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from sgcross_core.model.prototypes import PrototypeBank
from sgcross_core.settings import flatten
from training.files import written_whole
from training.recipe import Recipe


def write_checkpoint(
    path: Path, network: nn.Module, optimiser: Optimizer, bank: PrototypeBank | None, header: dict[str, str]
) -> None:
    """OSError when there is no room; the file that was there before stays then."""
    state = {f"both.{k}": v.contiguous() for k, v in network.state_dict().items()}
    for index, moments in optimiser.state_dict()["state"].items():
        state |= {f"adam.{index}.{name}": value.contiguous() for name, value in moments.items()}
    if bank is not None:
        state |= bank.to_tensors()
        header = {**header, "prototypes": json.dumps(bank.header())}
    written_whole(path, lambda part: save_file(state, part, metadata=header))


def read_checkpoint(
    path: Path, recipe: Recipe, data: str, network: nn.Module, optimiser: Optimizer
) -> dict[str, str]:
    """Take a checkpoint over and return its header; data: fingerprint of what is trained on.

    ValueError names what is different when it is of another recipe or other data, or that it is broken.
    """
    header = read_header(path)
    _check_recipe(path, header, recipe)
    check_data(path, header, data)
    state = load_file(path)
    network.load_state_dict({k.removeprefix("both."): v for k, v in state.items() if k.startswith("both.")})
    moments: dict[int, dict[str, Tensor]] = {}
    for key in (k for k in state if k.startswith("adam.")):
        _, index, name = key.split(".")
        moments.setdefault(int(index), {})[name] = state[key]
    optimiser.load_state_dict({**optimiser.state_dict(), "state": moments})
    return header


def read_header(path: Path) -> dict[str, str]:
    """What stands in front of the tensors; ValueError when the file is no checkpoint."""
    if not path.is_file():
        raise FileNotFoundError(f"no {path}: there is nothing to go on from")
    try:
        with safe_open(path, framework="pt") as opened:
            header = dict(opened.metadata() or {})
    except SafetensorError as broken:
        raise ValueError(f"{path} is broken: {broken}") from None
    if not {"iteration", "recipe"} <= set(header):
        raise ValueError(f"{path} is no checkpoint of a training: it says no iteration and no recipe")
    return header


def stored_bank(path: Path) -> PrototypeBank | None:
    """The prototypes in a checkpoint, so that a run goes on without its text encoder; None without any."""
    header = read_header(path)
    if "prototypes" not in header:
        return None
    return PrototypeBank.from_tensors(json.loads(header["prototypes"]), load_file(path))


def recipe_text(recipe: Recipe) -> str:
    """The recipe as one line of JSON."""
    return json.dumps(_settings(recipe), sort_keys=True)


def changes(text: str, recipe: Recipe) -> str:
    """In words how a recipe differs from the one of a `recipe_text`, "" when it does not.

    A setting that the text does not know yet had its default then.
    """
    now = json.loads(recipe_text(recipe))
    then = json.loads(recipe_text(Recipe())) | json.loads(text)
    unlike = [name for name in sorted({*now, *then}) if now.get(name) != then.get(name)]
    return ", ".join(f"{name} was {then.get(name)!r} and is {now.get(name)!r}" for name in unlike)


def _check_recipe(path: Path, header: Mapping[str, str], recipe: Recipe) -> None:
    if told := changes(header["recipe"], recipe):
        raise ValueError(f"{path} was made by another recipe: {told}")


def check_data(path: Path, header: Mapping[str, str], data: str) -> None:
    """ValueError when a checkpoint's header names other data; those of older versions name none."""
    if header.get("data", data) != data:
        raise ValueError(f"{path} was trained on other data: name those, or another folder")


def _settings(recipe: Recipe) -> dict[str, Any]:
    return {name: value for name, value, _ in flatten(recipe)}
