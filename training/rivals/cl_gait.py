"""CL-Gait (Guo et al., ECCV 2024, arXiv 2407.02038): contrastive pre-training of pairs, then recognition.

Published: both sensors' pictures are two-dimensional, LiDAR as depth views; a network of two streams; before
recognition is trained, silhouettes and depth views of the same walk are drawn together and others apart. Its
relative in MMGait gives each sensor a stem and a first stage of its own and shares the later stages; triplets
across the sensors and identities.

Ours: the pre-training pairs. The paper makes a million from colour pictures by monocular depth; there are no
such pictures here, so they are the training clips, without their labels, in the share `rivals.first` of the
one budget. A clip is a set of frames, and each sensor draws its own. The linear maps are shared, as in all
rivals here, and take part in the pre-training.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sgcross_core.model import MODALITIES
from sgcross_core.model.config import SGConfig, preset
from sgcross_core.model.encoders import ResNet9
from sgcross_core.model.heads import joined
from sgcross_core.model.prototypes import PrototypeBank
from training.losses import contrast
from training.objective import Labels, Pictures, Terms
from training.recipe import Recipe
from training.rivals.network import GaitBase
from training.rivals.objective import RivalObjective

OWN = 4  # layers of ResNet9 that are a sensor's own: convolution, norm, rectifier, first stage
PAIR_SCALE = 1 / 0.07  # inverse temperature of the pre-training, CLIP's first


class CLGait(GaitBase):
    """A stem and a first stage for each sensor, the later stages shared."""

    kind = "cl-gait"

    def __init__(self, config: SGConfig) -> None:
        super().__init__(config)
        self.trunk = ResNet9(1, config.backbone).layers[OWN:]

    def encode_frames(self, modality: str, pictures: Tensor) -> Tensor:
        """float (N, F): the feature of each frame of one modality, pictures float (N, planes, 64, 64)."""
        encoded: Tensor = self.trunk(self.encoders[modality](pictures))
        return encoded.flatten(1)

    def pooled(self, clips: Mapping[str, Tensor]) -> Tensor:
        """See GaitBase; both sensors go through the trunk in one batch, so that its norms know both."""
        stems = torch.cat([self.encoders[m](clips[m].flatten(0, 1)) for m in MODALITIES])
        B, T = clips[MODALITIES[0]].shape[:2]
        pooled: Tensor = self.trunk(stems).flatten(1).unflatten(0, (len(MODALITIES) * B, T)).amax(1)
        return pooled

    def _encoders(self) -> nn.ModuleDict:
        stems = super()._encoders()
        for stem in stems.values():
            stem.layers = stem.layers[:OWN]
        return stems


class CLGaitObjective(RivalObjective[CLGait]):
    """Two phases: pairs, then recognition."""

    def __init__(self, recipe: Recipe, classes: int, bank: PrototypeBank | None = None) -> None:
        super().__init__(recipe, CLGait(preset(recipe.preset)), classes)

    def terms(self, pictures: Pictures, labels: Labels) -> Terms:
        """The contrast of pairs in the first phase, without labels; recognition in the second."""
        pooled = self.pooled(pictures)
        embedding = self.net.embed(pooled)
        if labels.iteration < self.recipe.first_iterations:
            return Terms({"pairing": pairing(embedding)}, (pooled,))
        return Terms(self.recognition(embedding, self.necks(embedding), labels.label), (pooled,))


def pairing(embedding: Tensor) -> Tensor:
    """Each clip must find itself among the other sensor's: contrast of strips (2 * B, P, part), both ways."""
    cam, lid = embedding.chunk(len(MODALITIES))
    own = torch.arange(len(cam), device=cam.device)
    return contrast(joined(cam), joined(lid), own, own, PAIR_SCALE)
