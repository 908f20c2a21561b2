"""What a training run is: read from YAML, checked before anything starts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sgcross_core import settings
from sgcross_core.model import PRESETS
from sgcross_core.model.config import PRESETS as SG_PRESETS
from sgcross_core.model.text import ENCODERS
from sgcross_core.settings import nested, setting, with_values
from training.augment import AugmentConfig

TWO_STREAM, SG_CROSSGAIT = "two-stream", "sg-crossgait"
GAITBASE, CL_GAIT, UNICROSSGAIT, TCFDNET = RIVALS = ("gaitbase", "cl-gait", "unicrossgait", "tcfdnet")
NETWORKS = (TWO_STREAM, SG_CROSSGAIT, *RIVALS)
TWO_PHASES = (CL_GAIT, UNICROSSGAIT)


@dataclass(frozen=True)
class LossConfig:
    """Weight of each loss, by its name in losses.csv; margins and scales after the papers named there.

    Those from `posterior` to `gar_ordinal` are SG-CrossGait's. The paper prints no weights: 0.1 for what
    decouples is TCFDNet's; the others are ours. The two of texts alone are in its log; texts are fixed, so
    the encoders learn nothing by them, and they weigh nothing here. Those that name a rival have the weights
    of its paper.
    """

    triplet_camera: float = setting(0.5, "triplets, camera clips among LiDAR clips", low=0.0)
    triplet_lidar: float = setting(0.5, "triplets, LiDAR clips among camera clips", low=0.0)
    within: float = setting(0.5, "triplets within a sensor", low=0.0)
    identity: float = setting(0.5, "telling the training people apart, by strips", low=0.0)
    contrast: float = setting(0.5, "finding the person among the other sensor's clips", low=0.0)
    posterior: float = setting(0.1, "both sensors' opinions who it is, equal", low=0.0)
    identity_token: float = setting(0.1, "telling the training people apart, by the global token", low=0.0)
    align_whole: float = setting(0.1, "global token to the text of the person", low=0.0)
    align_parts: float = setting(0.1, "strips to the text of the person", low=0.0)
    align_template: float = setting(0.5, "all strips together to the text of the person", low=0.0)
    text_identity: float = setting(0.0, "telling the training people apart, by their texts", low=0.0)
    text_triplet: float = setting(0.0, "triplets of the people's texts", low=0.0)
    divergence: float = setting(0.1, "both sensors' places among the texts, equal", low=0.0)
    direction: float = setting(0.5, "telling sensor and view direction by what SGFD chooses", low=0.0)
    modality: float = setting(0.1, "telling the sensor by the specific part", low=0.0)
    orthogonality: float = setting(0.1, "shared and specific part at right angles", low=0.0)
    hsic: float = setting(0.1, "shared and specific part independent", low=0.0)
    reconstruction: float = setting(0.0, "the strips rebuilt from both parts", low=0.0)
    difference: float = setting(0.0, "L1 of both sensors' shared parts", low=0.0)
    gar_view: float = setting(0.1, "attribute head: the view direction", low=0.0)
    gar_title: float = setting(0.1, "attribute head: man or woman", low=0.0)
    gar_ordinal: float = setting(0.1, "attribute heads: the twelve factors of six levels", low=0.0)
    pairing: float = setting(1.0, "cl-gait first: a clip finds itself by the other sensor", low=0.0)
    teacher_triplet: float = setting(1.0, "unicrossgait first: triplets of both sensors fused", low=0.0)
    teacher_identity: float = setting(1.0, "unicrossgait first: people by both sensors fused", low=0.0)
    imitation: float = setting(1.0, "unicrossgait: strips point where the teacher's do", low=0.0)
    part_affinity: float = setting(0.5, "unicrossgait: strips alike as in the teacher (IntraC)", low=0.0)
    clip_affinity: float = setting(0.5, "unicrossgait: clips alike as in the teacher (InterC)", low=0.0)
    alignment: float = setting(0.5, "tcfdnet: both sensors' shared strips point the same way", low=0.0)
    margin: float = setting(0.2, "of the triplets", low=0.0)
    contrast_scale: float = setting(16.0, "inverse temperature of the contrast", low=1.0, high=200.0)

    def __post_init__(self) -> None:
        settings.check(self)


@dataclass(frozen=True)
class BlocksConfig:
    """The blocks of SG-CrossGait; each switch removes its block and nothing else (see SGConfig)."""

    clip: bool = setting(True, "the CLIP-shaped second stream; dcf needs it")
    text: bool = setting(True, "prototypes are texts; without, they are learned; alignment needs it")
    alignment: bool = setting(True, "features are aligned to texts")
    dcf: bool = setting(True, "Dual-stream Cross-attention Fusion")
    sgfd: bool = setting(True, "Semantic-Guided Feature Decoupling")
    gar: bool = setting(True, "Gait Attribute Recognition")
    minimum: bool = setting(False, "the minimum over frames beside the maximum, ours")
    centred: bool = setting(False, "from embeddings goes the mean of what SGFD chose, ours; needs sgfd")


@dataclass(frozen=True)
class RivalsConfig:
    """What only rivals have."""

    first: float = setting(
        0.3, "share of the iterations that cl-gait pairs clips, and unicrossgait's teacher trains", low=0.05,
        high=0.95,
    )  # fmt: skip

    def __post_init__(self) -> None:
        settings.check(self)


@dataclass(frozen=True)
class Recipe:
    """One training run; a batch is people x clips x 2 sensors x frames pictures."""

    network: str = setting(TWO_STREAM, "which network", choices=NETWORKS)
    preset: str = setting("tiny", "its size", choices=tuple({**PRESETS, **SG_PRESETS}))
    seed: int = setting(0, "of every random choice", low=0)
    iterations: int = setting(3000, "batches in all; the schedule follows from it", low=1)
    people: int = setting(16, "people a batch", low=2, high=1024)
    clips: int = setting(2, "clips of each", low=2, high=64)
    frames: int = setting(4, "frames of a clip, of each sensor its own", low=1, high=600)
    lengths: str = setting(
        "fixed", "clips have so many frames; or each batch from least_frames to so many; or all frames",
        choices=("fixed", "unfixed", "all"),
    )  # fmt: skip
    order: str = setting(
        "unordered", "frames anywhere in a clip, or one after another", choices=("unordered", "ordered")
    )
    least_frames: int = setting(1, "of unfixed lengths", low=1, high=600)
    most_frames: int = setting(720, "of all frames", low=1, high=10_000)
    late_frames: int = setting(12, "the same for the last 15 %, when windows grow long", low=1, high=600)
    rate: float = setting(1e-3, "learning rate", low=0.0)
    milestones: tuple[float, ...] = setting((0.6, 0.85), "shares of the iterations at which the rate drops")
    factors: tuple[float, ...] = setting((0.3, 0.1), "of the rate from each milestone on")
    decay: float = setting(5e-4, "weight decay", low=0.0)
    shards: int = setting(
        0, "parts of a batch that are drawn and disturbed apart; 0: as many as processes", low=0, high=1024
    )
    flip: float = setting(
        0.3, "share of people shown as in a mirror, as people of their own", low=0.0, high=1.0
    )
    precision: str = setting(
        "fp32",
        "of the encoders: bf16 is faster where processors have it, fp16 needs CUDA; fp64 is to compare runs",
        choices=("fp32", "bf16", "fp16", "fp64"),
    )  # fmt: skip
    save_every: int = setting(200, "iterations between checkpoints", low=1)
    labels: str = setting(
        "true", "the factors that are learned from: true ones, or those of an annotator with errors",
        choices=("true", "annotated"),
    )  # fmt: skip
    evaluate_every: int = setting(0, "iterations between validations, whose best is kept; 0: none", low=0)
    holdout: int = setting(20, "people of a store's training that are kept out to validate", low=2)
    encoder: str = setting("minilm", "that turns sentences into prototypes", choices=ENCODERS)
    clip_weights: str = setting("", "safetensors file of CLIP, for the encoder clip and the visual tower")
    blocks: BlocksConfig = nested(BlocksConfig)  # noqa: RUF009
    rivals: RivalsConfig = nested(RivalsConfig)  # noqa: RUF009
    loss: LossConfig = nested(LossConfig)  # noqa: RUF009
    augment: AugmentConfig = nested(AugmentConfig)  # noqa: RUF009

    def __post_init__(self) -> None:
        settings.check(self)
        self._check_schedule()
        presets = PRESETS if self.network == TWO_STREAM else SG_PRESETS
        if self.preset not in presets:
            raise ValueError(
                f"Recipe.preset of {self.network} must be one of {', '.join(presets)}; got {self.preset!r}"
            )

    def _check_schedule(self) -> None:
        for name, low, high in (("milestones", 0, 1), ("factors", 0, math.inf)):
            values = getattr(self, name)
            numbers = [v for v in values if isinstance(v, (int, float)) and low <= v <= high]
            if len(numbers) != len(values):
                raise ValueError(f"Recipe.{name} must be numbers in {low}..{high}; got {list(values)}")
        if len(self.milestones) != len(self.factors) or list(self.milestones) != sorted(self.milestones):
            raise ValueError(
                "Recipe.milestones must rise, with as many Recipe.factors; "
                f"got {list(self.milestones)} and {list(self.factors)}"
            )

    @property
    def first_iterations(self) -> int:
        """Iterations of the first of two phases; 0 for a network that trains in one."""
        return round(self.rivals.first * self.iterations) if self.network in TWO_PHASES else 0

    def progress(self, iteration: int) -> float:
        """Share of its phase, 0..1, that is behind an iteration."""
        first = self.first_iterations
        if iteration < first:
            return iteration / first
        return (iteration - first) / max(self.iterations - first, 1)


def read_recipe(path: Path | str) -> Recipe:
    """The recipe of a YAML file; ValueError names a wrong or unknown setting."""
    with Path(path).open(encoding="utf-8") as opened:
        try:
            content = yaml.safe_load(opened) or {}
        except yaml.YAMLError as broken:
            raise ValueError(f"{path} is no YAML: {' '.join(str(broken).split())}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold settings, name: value; got {type(content).__name__}")
    return with_values(Recipe(), dotted(content))


def dotted(content: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings under their dotted names; those that are dotted already stay."""
    flat: dict[str, Any] = {}
    for name, value in content.items():
        value = tuple(value) if isinstance(value, list) else value
        flat |= dotted(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat
