"""UniCrossGait (IEEE TMM 2026): a teacher that sees both sensors, and a student for each sensor.

Published: first a teacher of two encoders whose pooled maps read each other, place by place and without a
shortcut; both are concatenated and mixed, then strips, linear maps, BNNecks; triplets and identities. Then
the fixed teacher is imitated by a student for each sensor with shared linear maps and BNNecks: strips that
point the same way (weight 1), strips related alike within a clip (IntraC, 0.5), clips related alike within a
batch (InterC, 0.5); weights that favour the less sure student, at temperature 4; a warm-up from 0.1 to 1.5
over the students' phase; triplets across the sensors (0.5 each way) and identities.

Ours: one budget for both phases, the teacher gets the share `rivals.first` of it. So that the students do not
begin anew in what is left, they start from the teacher's encoders and linear maps. The teacher's norms and
dropout are in inference mode from then on. No gradient goes through the balancing weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from sgcross_core.model import MODALITIES
from sgcross_core.model.attention import Attention
from sgcross_core.model.config import SGConfig, preset
from sgcross_core.model.heads import Necks
from sgcross_core.model.prototypes import PrototypeBank
from training.losses import SCALE, identity, triplet
from training.objective import Labels, Pictures, Terms, encoded
from training.recipe import Recipe
from training.rivals.network import GaitBase
from training.rivals.objective import RivalObjective

TEMPERATURE = 4.0  # of the confidences that balance the students
WARM_UP = (0.1, 1.5)  # of all imitation, from the first to the last iteration of the students' phase
SLOPE = 0.02  # of the leaky rectifier


class UniCrossGait(GaitBase):
    """The students: an encoder for each sensor, the linear maps shared."""

    kind = "unicrossgait"


class Teacher(nn.Module):
    """Pooled maps of both sensors to strips (B, P, part) of both at once; `sensors` are its encoders."""

    def __init__(self, config: SGConfig) -> None:
        super().__init__()
        self.sensors = GaitBase(config)
        dim = config.dim
        self.camera_reads, self.lidar_reads = Attention(dim, config.heads), Attention(dim, config.heads)
        self.mix = nn.Sequential(
            nn.Conv2d(2 * dim, dim, 1, bias=False),
            nn.BatchNorm2d(dim),
            nn.LeakyReLU(SLOPE),
            nn.Dropout(config.dropout),
            nn.Conv2d(dim, dim, 1),
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, pooled: Tensor) -> Tensor:
        """Of pooled features (2 * B, F), the camera's clips first."""
        shape = self.sensors.map_shape[1:]
        cam, lid = (maps.flatten(2).transpose(1, 2) for maps in self.sensors.maps(pooled).chunk(2))
        read = [self.dropout(self.camera_reads(cam, lid)), self.dropout(self.lidar_reads(lid, cam))]
        both = torch.cat(read, -1).transpose(1, 2).unflatten(2, shape)  # (B, 2 * C, H, W)
        return self.sensors.embed(self.mix(both).flatten(1))


class UniCrossGaitObjective(RivalObjective[UniCrossGait]):
    """Two phases: the teacher with its own necks, then the students with theirs."""

    begun: Tensor

    def __init__(self, recipe: Recipe, classes: int, bank: PrototypeBank | None = None) -> None:
        config = preset(recipe.preset)
        super().__init__(recipe, UniCrossGait(config), classes)
        self.teacher = Teacher(config)
        self.teacher_necks = Necks(config.strips, config.part, classes)
        self.register_buffer("begun", torch.zeros((), dtype=torch.bool))  # whether the students have

    def terms(self, pictures: Pictures, labels: Labels) -> Terms:
        """The teacher's losses in the first phase, the students' in the second."""
        if labels.iteration < self.recipe.first_iterations:
            return self._teaching(pictures, labels.label)
        self._begin()
        self.teacher.eval()
        with torch.no_grad():
            taught = self.teacher(self._seen_by(self.teacher.sensors, pictures))
        pooled = self.pooled(pictures)
        embedding = self.net.embed(pooled)
        cosines = self.necks(embedding)
        losses = self.recognition(embedding, cosines, labels.label)
        warmth = WARM_UP[0] + (WARM_UP[1] - WARM_UP[0]) * self.recipe.progress(labels.iteration)
        weights = warmth * balance(cosines.detach(), labels.label)
        return Terms(losses | imitation(taught, embedding, weights), (pooled,))

    def _teaching(self, pictures: Pictures, label: Tensor) -> Terms:
        pooled = self._seen_by(self.teacher.sensors, pictures)
        fused = self.teacher(pooled)
        losses = {
            "teacher_triplet": triplet(fused, fused, label, label, self.loss.margin),
            "teacher_identity": identity(self.teacher_necks(fused), label),
        }
        return Terms(losses, (pooled,))

    def _seen_by(self, net: GaitBase, pictures: Pictures) -> Tensor:
        return encoded(net.pooled, pictures, precision=self.recipe.precision, blocks=len(MODALITIES))

    def _begin(self) -> None:
        """Once: the students start where the teacher's encoders are."""
        if not self.begun:
            self.net.load_state_dict(self.teacher.sensors.state_dict())
            self.begun.fill_(True)


def balance(cosines: Tensor, label: Tensor) -> Tensor:
    """Weights (2,) of camera and LiDAR student, 0.5 to 0.8808: the less sure one gets the larger.

    cosines (2 * B, P, classes) with the training people, the camera's clips first; label (B,). How sure a
    student is: the mean share that it gives to the right person, at a temperature.
    """
    shares = (SCALE * cosines / TEMPERATURE).softmax(-1)
    right = label.repeat(len(MODALITIES))[:, None, None].expand(-1, shares.shape[1], 1)
    sure = torch.stack([own.mean() for own in shares.gather(2, right).chunk(len(MODALITIES))])
    return (1 + torch.tanh(sure.flip(0) / sure.sum())) / 2


def imitation(taught: Tensor, embedding: Tensor, weights: Tensor) -> dict[str, Tensor]:
    """Of the teacher's strips (B, P, D) and the students' (2 * B, P, D), each student's part weighed."""
    students = embedding.chunk(len(MODALITIES))
    terms = {
        "imitation": lambda s: 1 - functional.cosine_similarity(taught, s, dim=-1).mean(),
        "part_affinity": lambda s: (affinity(taught) - affinity(s)).abs().mean(),
        "clip_affinity": lambda s: (affinity(taught.amax(1)) - affinity(s.amax(1))).abs().mean(),
    }
    return {
        name: torch.stack([w * term(s) for w, s in zip(weights, students, strict=True)]).sum()
        for name, term in terms.items()
    }


def affinity(rows: Tensor) -> Tensor:
    """Cosines (..., N, N) among rows (..., N, D)."""
    unit = functional.normalize(rows, dim=-1)
    return unit @ unit.transpose(-1, -2)
