"""What all rivals minimise: triplets within and across the sensors, contrast, identities.

The same terms with the same weights as the two-stream network's, so that rivals differ in their own blocks
and terms alone. Published rivals have no `within` and no `contrast`; a recipe can set those weights to 0.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from torch import Tensor, nn

from sgcross_core.model import MODALITIES
from sgcross_core.model.config import preset
from sgcross_core.model.heads import Necks, joined
from sgcross_core.model.prototypes import PrototypeBank
from training.losses import identity
from training.objective import Labels, Pictures, Terms, encoded, metric_losses
from training.recipe import Recipe
from training.rivals.network import GaitBase

N = TypeVar("N", bound=GaitBase)


class RivalObjective(nn.Module, Generic[N]):
    """A rival's network and the necks that tell its training people apart."""

    def __init__(self, recipe: Recipe, net: N, classes: int) -> None:
        super().__init__()
        self.recipe, self.loss = recipe, recipe.loss
        self.net = net
        self.necks = Necks(net.config.strips, net.config.part, classes)

    def terms(self, pictures: Pictures, labels: Labels) -> Terms:
        """The losses of a batch, the same clips of each sensor."""
        pooled = self.pooled(pictures)
        embedding = self.net.embed(pooled)
        return Terms(self.recognition(embedding, self.necks(embedding), labels.label), (pooled,))

    def pooled(self, pictures: Pictures) -> Tensor:
        """float (modalities * B, F), encoded in the recipe's precision."""
        return encoded(self.net.pooled, pictures, precision=self.recipe.precision, blocks=len(MODALITIES))

    def recognition(self, embedding: Tensor, cosines: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Of embeddings (modalities * B, P, part), one sensor's clips behind the other's, and labels (B,).

        cosines: (modalities * B, P, classes), the necks' of the embeddings.
        """
        cam, lid = embedding.chunk(len(MODALITIES))
        losses = metric_losses(cam, lid, joined(cam), joined(lid), label, self.loss)
        losses["identity"] = identity(cosines, label.repeat(len(MODALITIES)))
        return losses


class GaitBaseObjective(RivalObjective[GaitBase]):
    """GaitBase for both sensors, nothing added."""

    def __init__(self, recipe: Recipe, classes: int, bank: PrototypeBank | None = None) -> None:
        super().__init__(recipe, GaitBase(preset(recipe.preset)), classes)
