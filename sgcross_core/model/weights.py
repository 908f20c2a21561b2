"""Weight files: safetensors with everything needed to run and to judge the scores of a network.

Header: {"sgcross": JSON of preset, preprocessing, calibration, command, hash; for SGCrossGait also network,
its whole configuration, the factor schema and what a frozen visual tower holds; for an OtherNetwork its kind
and settings; "prototypes" when there are any}; without "network" it is a TwoStream. Tensors: "net.*" the
parameters, "cohort.camera" and "cohort.lidar" the templates of other people that scores are normalised with,
"prototypes.*" as `PrototypeBank` names them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from sgcross_core import gait
from sgcross_core.model.config import from_dict, to_dict
from sgcross_core.model.factors import SCHEMA
from sgcross_core.model.other import OtherNetwork
from sgcross_core.model.prototypes import PrototypeBank
from sgcross_core.model.sg_crossgait import SGCrossGait
from sgcross_core.model.two_stream import PRESETS, TwoStream
from sgcross_core.model.visual import VisualTower

Network = TwoStream | SGCrossGait | OtherNetwork
Others = Mapping[str, Callable[[dict[str, Any]], OtherNetwork]]  # kind -> maker of the described settings

SHIPPED = Path(__file__).parent / "weights" / "sg-tiny.safetensors"
HEADER = "sgcross"
CLIP, UNTRAINED = "CLIP", "untrained"  # what a frozen visual tower holds


@dataclass(frozen=True)
class ModelFile:
    """What a weight file holds: the network ready for inference, its hash, and how to read its scores.

    calibration: as `identity.Calibration.to_json` made it, {} when the file has none;
    cohort: modality -> float32 (M, D), may be empty; command: the line that made the file;
    prototypes: that the network was trained with, None when it had no text.
    """

    net: Network
    hash: str
    calibration: dict[str, Any] = field(default_factory=dict)
    cohort: dict[str, Tensor] = field(default_factory=dict)
    command: str = ""
    prototypes: PrototypeBank | None = None


def save(
    path: Path | str,
    net: Network,
    calibration: Mapping[str, Any] | None = None,
    cohort: Mapping[str, Tensor] | None = None,
    command: str = "",
    prototypes: PrototypeBank | None = None,
    untrained: bool = False,
) -> str:
    """Write a weight file, whole or not at all; returns the hash of the network.

    The classifiers of the training people stay out: they serve training alone and describe those people.
    untrained: the file is for tests and timings. ValueError for any other whose visual tower is frozen and
    was never loaded with CLIP weights: what it adds is noise that no training takes away.
    """
    state = {k: v for k, v in net.state_dict().items() if not k.startswith("necks.")}
    parameters = {f"net.{k}": v.contiguous() for k, v in state.items()}
    described = _described(net)
    header = {
        **described,
        **_tower(net, untrained),
        "preprocessing": gait.VERSION,
        "calibration": dict(calibration or {}),
        "command": command,
        "hash": _hash(described, parameters),
    }
    others = {f"cohort.{k}": v.contiguous() for k, v in (cohort or {}).items()}
    if prototypes is not None:
        header["prototypes"] = prototypes.header()
        others |= prototypes.to_tensors()
    part = Path(path).with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    save_file({**parameters, **others}, part, metadata={HEADER: json.dumps(header)})
    part.chmod(0o644)  # safetensors makes files that only their owner may read
    part.replace(path)
    return str(header["hash"])


def load(path: Path | str = SHIPPED, others: Others | None = None) -> ModelFile:
    """Read a weight file onto the CPU; others: makers of the networks that are not of this package.

    FileNotFoundError when there is none; ValueError when it is no safetensors file, is cut short or changed,
    was made for another preset or another preprocessing, or has a frozen visual tower without CLIP weights.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"no weight file {path}; make one with: sgcross train training/recipes/tiny.yaml"
        )
    others = others or {}
    header, content = _read(path, others)
    parameters = {k: v for k, v in content.items() if k.startswith("net.")}
    if header.get("hash") != (found := _hash(header, parameters)):
        raise ValueError(f"{path} was changed: its tensors have hash {found}, not {header.get('hash')!r}")
    cohort = {k.removeprefix("cohort."): v.float() for k, v in content.items() if k.startswith("cohort.")}
    net = _network(path, header, parameters, others)
    _check_tower(path, net, header)
    return ModelFile(
        net=net,
        hash=found,
        calibration=header.get("calibration", {}),
        cohort=cohort,
        command=str(header.get("command", "")),
        prototypes=_prototypes(path, header, content),
    )


def _read(path: Path, others: Others) -> tuple[dict[str, Any], dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as opened:
            header = json.loads((opened.metadata() or {}).get(HEADER, "null"))
            content = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except (SafetensorError, json.JSONDecodeError) as broken:
        raise ValueError(f"{path} is not a whole safetensors file of this package: {broken}") from broken
    if not isinstance(header, dict):
        raise ValueError(f"{path} has no {HEADER!r} header: not a weight file of this package")
    _check_header(path, header, others)
    return header, content


def _described(net: Network) -> dict[str, Any]:
    """What the header says of a network."""
    if isinstance(net, TwoStream):
        return {"preset": net.preset}
    if isinstance(net, OtherNetwork):
        return {"network": net.kind, "preset": net.preset, "config": net.described()}
    config = {**to_dict(net.config), "classes": 0}
    schema = {"factors": SCHEMA} if net.gar is not None else {}
    return {"network": SGCrossGait.__name__, "preset": net.preset, "config": config, **schema}


def _frozen_tower(net: Network) -> VisualTower | None:
    return net.visual if isinstance(net, SGCrossGait) and net.config.visual.frozen else None


def _tower(net: Network, untrained: bool) -> dict[str, str]:
    """What the header says of a frozen visual tower."""
    if (tower := _frozen_tower(net)) is None:
        return {}
    if not (tower.loaded or untrained):
        raise ValueError(
            f"the visual tower of preset {net.preset!r} is frozen and was never loaded: load CLIP weights "
            f"(load_clip; Recipe.clip_weights), or let it train (visual.frozen: false)"
        )
    return {"tower": CLIP if tower.loaded else UNTRAINED}


def _check_tower(path: Path, net: Network, header: dict[str, Any]) -> None:
    """Note in the network that its frozen tower holds CLIP weights; ValueError when it holds nothing."""
    if (tower := _frozen_tower(net)) is None:
        return
    if (found := header.get("tower")) not in (CLIP, UNTRAINED):
        raise ValueError(
            f"{path}: the frozen visual tower of preset {net.preset!r} must hold {CLIP} weights, or be "
            f"marked {UNTRAINED} for tests; got {found!r}: train anew with Recipe.clip_weights"
        )
    tower.loaded = found == CLIP


def _check_header(path: Path, header: dict[str, Any], others: Others) -> None:
    kind, preset, config = (header.get(name) for name in ("network", "preset", "config"))
    known = (SGCrossGait.__name__, *others)
    if kind is not None and kind not in known:
        raise ValueError(f"{path}: network must be {', '.join(known)} or absent; got {kind!r}")
    if kind is None and preset not in PRESETS:
        raise ValueError(f"{path}: preset {preset!r} is not one of {', '.join(PRESETS)}")
    if kind is not None and not isinstance(config, dict):
        raise ValueError(f"{path}: config must be the settings of the network; got {config!r}")
    if (factors := header.get("factors", SCHEMA)) != SCHEMA:
        raise ValueError(f"{path} is for factors {factors!r}, this package has {SCHEMA!r}: train anew")
    if (version := header.get("preprocessing")) != gait.VERSION:
        raise ValueError(
            f"{path} is for preprocessing {version!r}, this package has {gait.VERSION!r}: train anew"
        )


def _network(path: Path, header: dict[str, Any], parameters: dict[str, Tensor], others: Others) -> Network:
    net = _empty(path, header, others)
    try:
        net.load_state_dict({k.removeprefix("net."): v for k, v in parameters.items()})
    except RuntimeError as misfit:
        raise ValueError(f"{path}: the tensors do not fit preset {net.preset!r}: {misfit}") from misfit
    return net.eval()


def _empty(path: Path, header: dict[str, Any], others: Others) -> Network:
    if "network" not in header:
        return TwoStream(header["preset"])
    try:
        if header["network"] in others:
            return others[header["network"]](header["config"])
        return SGCrossGait(from_dict(header["config"]))
    except ValueError as wrong:
        raise ValueError(f"{path}: config: {wrong}") from wrong


def _prototypes(path: Path, header: dict[str, Any], content: dict[str, Tensor]) -> PrototypeBank | None:
    if "prototypes" not in header:
        return None
    try:
        return PrototypeBank.from_tensors(header["prototypes"], content)
    except ValueError as wrong:
        raise ValueError(f"{path}: {wrong}") from wrong


def _hash(header: Mapping[str, Any], parameters: Mapping[str, Tensor]) -> str:
    """Of the network, preprocessing and parameters alone: a new calibration leaves galleries valid."""
    config, kind = header.get("config"), header.get("network")
    name = header["preset"] if config is None else json.dumps(config, sort_keys=True)
    if kind not in (None, SGCrossGait.__name__):
        name = f"{kind} {name}"
    digest = hashlib.sha256(f"{name} {gait.VERSION}".encode())
    for name in sorted(parameters):
        value = parameters[name].detach().cpu().contiguous()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]
