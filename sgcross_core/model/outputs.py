"""Everything that an SG-CrossGait network says of windows."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sgcross_core.model.attributes import Attributes
from sgcross_core.model.decoupling import Decoupled


@dataclass(frozen=True)
class Outputs:
    """All that the network says of B windows; None is what is switched off.

    embedding (B, P, part): before the necks; fused (B, P, D): after DCF; token (B, D): global;
    decoupled: of SGFD; modality (B, 2): logits of its classifier;
    whole (B, text_dim), local (B, P, text_dim): aligned unit vectors; attributes: of GAR;
    logits (B, P, classes), token_logits (B, classes): cosines with the training people.
    """

    embedding: Tensor
    fused: Tensor
    token: Tensor
    decoupled: Decoupled | None = None
    modality: Tensor | None = None
    whole: Tensor | None = None
    local: Tensor | None = None
    attributes: Attributes | None = None
    logits: Tensor | None = None
    token_logits: Tensor | None = None

    @property
    def shared(self) -> Tensor:
        """(B, P, D): what both sensors have in common, all of the fused strips without SGFD."""
        return self.decoupled.shared if self.decoupled else self.fused
