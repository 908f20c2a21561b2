"""TCFDNet (Lu and Cheng, CVPR 2026, arXiv 2605.30784): texts say what belongs to a sensor, and it is removed.

Published: ResNet9 beside a CLIP tower with adapters; cross-attention both ways between their tokens, the sum
spread over the map by spatial weights; the tower's global token chooses the 16 nearest texts of a dictionary
by sensor and view; attention over them is what is specific, a channel gate says how much of it goes; the rest
is made stable by a convolution and channel weights; patches are exchanged between the sensors, which is the
recipe's `augment.exchange`. Losses: 1.0 triplets and identities, 0.5 alignment, 0.1 orthogonality and HSIC
with linear kernels.

Ours: one layer of cross-attention, on the tower's grid of patches; that each place of the map asks the texts;
the shortcuts; the texts spread out as SG-CrossGait's are. The tower trains where SG-CrossGait's of the same
preset does, because it starts without CLIP weights there.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from sgcross_core.model.config import SGConfig, preset
from sgcross_core.model.pooling import strips
from sgcross_core.model.prototypes import PrototypeBank, spread
from sgcross_core.model.terms import hsic, orthogonality
from sgcross_core.model.visual import VisualTower, load_clip
from training.objective import Labels, Pictures, Terms
from training.recipe import Recipe
from training.rivals.blocks import Adapter, Disentangling, Mixing, Stability
from training.rivals.network import BARE, GaitBase
from training.rivals.objective import RivalObjective


@dataclass(frozen=True)
class Parted:
    """shared, specific: (B, C, H, W); embedding: (B, P, part)."""

    shared: Tensor
    specific: Tensor
    embedding: Tensor


class TCFDNet(GaitBase):
    """A frame's feature is the encoder's map and behind it the tower's tokens."""

    kind = "tcfdnet"
    switches = {**BARE, "clip": True}  # noqa: RUF012
    dictionary: Tensor

    def __init__(self, config: SGConfig) -> None:
        super().__init__(config)
        dim, grid = config.dim, config.visual.grid
        self.visual = VisualTower(config.visual, dim).requires_grad_(not config.visual.frozen)
        self.adapter = Adapter(dim, dim)
        self.mixing = Mixing(dim, config.heads, config.dropout, grid)
        self.disentangling = Disentangling(dim, config.text_dim)
        self.stability = Stability(dim)
        self.register_buffer("dictionary", torch.zeros(config.prototypes, config.text_dim))

    @property
    def feature_size(self) -> int:
        """F, the length of a frame's feature."""
        return super().feature_size + (self.config.visual.grid**2 + 1) * self.config.dim

    def encode_frames(self, modality: str, pictures: Tensor) -> Tensor:
        """float (N, F): the feature of each frame of one modality, pictures float (N, planes, 64, 64)."""
        tokens = self.visual(pictures)
        return torch.cat([super().encode_frames(modality, pictures), tokens.flatten(1)], 1)

    def parted(self, pooled: Tensor) -> Parted:
        """Everything of pooled features (B, F) of either modality."""
        maps = self.maps(pooled)
        tokens = self.adapter(pooled[:, maps[0].numel() :].unflatten(1, (-1, self.config.dim)))
        mixed = self.mixing(maps, tokens[:, 1:])
        shared, specific = self.disentangling(mixed, tokens[:, 0], self.dictionary)
        stable = self.stability(shared)
        return Parted(stable, specific, self.project(strips(stable, self.config.strips)))

    def embed(self, pooled: Tensor) -> Tensor:
        """float (B, P, part) of pooled features (B, F) of either modality."""
        return self.parted(pooled).embedding


class TCFDNetObjective(RivalObjective[TCFDNet]):
    """bank: of `dictionary`; ValueError for a frozen tower that nothing is loaded into."""

    def __init__(self, recipe: Recipe, classes: int, bank: PrototypeBank | None) -> None:
        if bank is None:
            raise ValueError("tcfdnet needs its text dictionary; got no prototypes")
        config = preset(recipe.preset)
        if config.visual.frozen and not recipe.clip_weights:
            raise ValueError(
                f"Recipe.clip_weights must name a file: the visual tower of preset {recipe.preset} does not "
                "train"
            )
        texts = bank.directions
        net = TCFDNet(dataclasses.replace(config, text_dim=bank.dim, prototypes=len(texts), top=1))
        net.dictionary.copy_(spread(texts))
        if recipe.clip_weights:
            load_clip(net.visual, load_file(recipe.clip_weights))
        super().__init__(recipe, net, classes)

    def terms(self, pictures: Pictures, labels: Labels) -> Terms:
        """See RivalObjective."""
        pooled = self.pooled(pictures)
        found = self.net.parted(pooled)
        losses = self.recognition(found.embedding, self.necks(found.embedding), labels.label)
        losses["alignment"] = misalignment(*strips(found.shared, self.net.config.strips).chunk(2))
        places = [maps.flatten(2).transpose(1, 2) for maps in (found.shared, found.specific)]  # (B, HW, C)
        losses["orthogonality"] = orthogonality(*places)
        losses["hsic"] = hsic(*(maps.mean(1) for maps in places))
        return Terms(losses, (pooled,))


def misalignment(camera: Tensor, lidar: Tensor) -> Tensor:
    """1 minus the mean cosine of both sensors' strips (B, P, C) of the same walks."""
    return 1 - functional.cosine_similarity(camera, lidar, dim=-1).mean()
