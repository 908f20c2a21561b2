"""What an SG-CrossGait network is made of: settings, and the presets `paper`, `edge` and `tiny`.

The presets live here; config/models/*.yaml are their text (`sgcross model preset tiny`), to copy and change.
A YAML file holds dotted names, `backbone.width: 16`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sgcross_core import settings
from sgcross_core.gait import SIDE
from sgcross_core.settings import flatten, nested, setting, with_values

STAGES = 4
PLANES = {"depth": 1, "depth+coverage": 2, "jet": 3}  # LiDAR input -> channels


@dataclass(frozen=True)
class BackboneConfig:
    """ResNet9, one for each sensor; the paper's log has width 64 and strides 1, 2, 2, 1."""

    width: int = setting(64, "channels of the first stage; each later one has twice as many", low=4, high=256)
    stride: int = setting(1, "of the first convolution; 2 costs a quarter", low=1, high=2)
    strides: tuple[int, ...] = setting((1, 2, 2, 1), "of the four stages")
    columns: int = setting(64, "middle columns of the 64 that are looked at", low=16, high=SIDE)

    def __post_init__(self) -> None:
        settings.check(self)
        if len(self.strides) != STAGES or any(s not in (1, 2) for s in self.strides):
            raise ValueError(f"BackboneConfig.strides must be {STAGES} numbers of 1 or 2; got {self.strides}")
        if self.columns % self.step:
            raise ValueError(f"BackboneConfig.columns must be a multiple of {self.step}; got {self.columns}")

    @property
    def step(self) -> int:
        """Pixels between neighbours of the last map."""
        return self.stride * math.prod(self.strides)

    @property
    def map_shape(self) -> tuple[int, int, int]:
        """Channels, rows and columns of the last map."""
        return self.width * 2 ** (STAGES - 1), SIDE // self.step, self.columns // self.step


@dataclass(frozen=True)
class VisualConfig:
    """The CLIP-shaped stream; the defaults are ViT-B/16, of which CLIP weights exist."""

    width: int = setting(768, "length of a token inside", low=16, high=2048)
    layers: int = setting(12, "transformer blocks", low=1, high=48)
    heads: int = setting(12, "attention heads; divides width", low=1, high=32)
    patch: int = setting(16, "pixels of a patch's side; divides 64", low=4, high=32)
    gelu: str = setting(
        "quick", "OpenAI's weights were trained with quick, LAION's with exact", choices=("quick", "exact")
    )
    frozen: bool = setting(True, "the tower does not train")

    def __post_init__(self) -> None:
        settings.check(self)
        if self.width % self.heads:
            raise ValueError(f"VisualConfig.heads must divide width {self.width}; got {self.heads}")
        if SIDE % self.patch:
            raise ValueError(f"VisualConfig.patch must divide {SIDE}; got {self.patch}")

    @property
    def grid(self) -> int:
        """Patches along a side of the picture."""
        return SIDE // self.patch


@dataclass(frozen=True)
class SGConfig:
    """One network. The eight switches remove their block and nothing else (see docs/model.md)."""

    preset: str = setting("paper", "name of these settings")
    classes: int = setting(250, "people of the training; 0 leaves the classifiers out", low=0, high=1_000_000)
    lidar: str = setting("jet", "the LiDAR's channels: depth, with coverage, coloured", choices=tuple(PLANES))
    points: bool = setting(False, "a point cloud a LiDAR frame goes through a neighbour graph, too")
    neighbours: int = setting(12, "of a point in that graph", low=1, high=64)
    strips: int = setting(16, "horizontal parts of a body", low=1, high=64)
    part: int = setting(256, "length of a strip's embedding", low=1, high=4096)
    text_dim: int = setting(512, "length of a text prototype", low=1, high=4096)
    prototypes: int = setting(16, "texts SGFD chooses from: sensors x view directions", low=1, high=10_000)
    top: int = setting(8, "of them that a window chooses", low=1, high=10_000)
    heads: int = setting(8, "of the fusion's attention", low=1, high=64)
    dropout: float = setting(0.1, "in the fusion", low=0.0, high=0.9)
    clip: bool = setting(True, "switch: the CLIP-shaped second stream")
    text: bool = setting(True, "switch: prototypes are texts, fixed; without, they are learned")
    alignment: bool = setting(True, "switch: global and local features are aligned to texts")
    dcf: bool = setting(True, "switch: Dual-stream Cross-attention Fusion")
    sgfd: bool = setting(True, "switch: Semantic-Guided Feature Decoupling")
    gar: bool = setting(True, "switch: Gait Attribute Recognition")
    minimum: bool = setting(False, "switch: the minimum over frames beside the maximum (ours)")
    centred: bool = setting(False, "switch: from embeddings goes the mean of what SGFD chose (ours)")
    backbone: BackboneConfig = nested(BackboneConfig)  # noqa: RUF009
    visual: VisualConfig = nested(VisualConfig)  # noqa: RUF009

    def __post_init__(self) -> None:
        settings.check(self)
        self._check_sizes()
        if self.dcf and not self.clip:
            raise ValueError("SGConfig.dcf fuses the clip stream: it must be false when clip is false")
        if self.points and not self.clip:
            raise ValueError("SGConfig.points adds to the global token: it must be false when clip is false")
        if self.centred and not self.sgfd:
            raise ValueError("SGConfig.centred follows SGFD's choice: it must be false when sgfd is false")
        if self.alignment and not self.text:
            raise ValueError("SGConfig.alignment aligns to text: it must be false when text is false")

    def _check_sizes(self) -> None:
        rows = self.backbone.map_shape[1]
        if rows % self.strips:
            raise ValueError(f"SGConfig.strips must divide the {rows} rows of a map; got {self.strips}")
        if self.dcf and self.strips % (grid := self.visual.grid):
            raise ValueError(
                f"SGConfig.strips must be a multiple of the {grid} rows of patches; got {self.strips}"
            )
        if self.dim % self.heads:
            raise ValueError(f"SGConfig.heads must divide the {self.dim} channels; got {self.heads}")
        if self.top > self.prototypes:
            raise ValueError(f"SGConfig.top must be at most prototypes {self.prototypes}; got {self.top}")

    @property
    def dim(self) -> int:
        """Channels of the last map, and the length of a token."""
        return self.backbone.map_shape[0]


PRESETS = {
    "paper": SGConfig(),
    "edge": SGConfig(
        preset="edge",
        lidar="depth+coverage",
        part=128,
        backbone=BackboneConfig(width=32, stride=2, strides=(1, 2, 1, 1), columns=48),
        visual=VisualConfig(width=256, layers=4, heads=4, frozen=False),
    ),
    "tiny": SGConfig(
        preset="tiny",
        lidar="depth+coverage",
        strips=8,
        part=64,
        heads=4,
        backbone=BackboneConfig(width=16, stride=2, columns=48),
        visual=VisualConfig(width=96, layers=2, heads=4, frozen=False),
    ),
}


def preset(name: str) -> SGConfig:
    """The settings of a preset; ValueError when there is no such name."""
    if name not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}; got {name!r}")
    return PRESETS[name]


def to_dict(config: SGConfig) -> dict[str, Any]:
    """Dotted name -> value, fit for JSON and YAML."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v, _ in flatten(config)}


def from_dict(values: dict[str, Any]) -> SGConfig:
    """The settings of dotted names; what is not named keeps its default. ValueError names a wrong one."""
    tuples = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    return with_values(SGConfig(), tuples)


def read_config(path: Path | str) -> SGConfig:
    """The settings of a YAML file; ValueError names what does not fit."""
    content = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold settings, name: value; got {type(content).__name__}")
    return from_dict(content)


def text(config: SGConfig) -> str:
    """The settings as YAML, each with its description."""
    lines = [f"# A network of sgcross_core.model.SGCrossGait, preset {config.preset}."]
    for name, value, field in flatten(config):
        shown = str(list(value)) if isinstance(value, tuple) else yaml.safe_dump(value).split("\n")[0]
        lines.append(f"{name + ': ' + shown:34s}  # {field.metadata['doc']}")
    return "\n".join(lines) + "\n"
