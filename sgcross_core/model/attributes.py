"""GAR, Gait Attribute Recognition: the Gait Description Factors of a walk, read from its features.

Columns as in `factors.FACTORS`: view direction (8), title (2), then twelve ordinal factors of six levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from sgcross_core.model.factors import FACTORS, LEVELS, SECTORS, UNKNOWN

ORDINALS = len(FACTORS) - 2
PROBABILITIES = SECTORS + 1 + ORDINALS * (LEVELS - 1)  # of a walk, see `Attributes.probabilities`


@dataclass(frozen=True)
class Attributes:
    """Logits: view (B, 8), title (B,), and for each ordinal factor (B, 12, 5) of reaching level 1 to 5."""

    view: Tensor
    title: Tensor
    ordinal: Tensor

    def values(self) -> Tensor:
        """int64 (B, 14): the most probable value of every column."""
        title, levels = (self.title > 0)[:, None].long(), (self.ordinal > 0).sum(-1)
        return torch.cat([self.view.argmax(1, keepdim=True), title, levels], 1)

    def probabilities(self) -> Tensor:
        """float (B, 69): of each view, of a woman, and of reaching level 1 to 5 factor by factor."""
        reached = self.ordinal.sigmoid().flatten(1)  # (B, 12 * 5)
        return torch.cat([self.view.softmax(1), self.title.sigmoid()[:, None], reached], 1)


class AttributeHeads(nn.Module):
    """Walk features (B, D) and view features (B, D) to `Attributes`.

    Proportional odds (McCullagh 1980): one score a factor and five rising thresholds, so that a higher level
    is never more probable than a lower one. The view is no trait of the walker and has its own features.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.view, self.title = nn.Linear(dim, SECTORS), nn.Linear(dim, 1)
        self.score = nn.Linear(dim, ORDINALS)
        self.first = nn.Parameter(torch.full((ORDINALS, 1), -2.0))
        self.gaps = nn.Parameter(torch.full((ORDINALS, LEVELS - 2), 0.54))  # softplus makes it 1

    def forward(self, walk: Tensor, view: Tensor) -> Attributes:
        thresholds = torch.cat([self.first, self.first + functional.softplus(self.gaps).cumsum(1)], 1)
        return Attributes(self.view(view), self.title(walk)[:, 0], self.score(walk)[..., None] - thresholds)


def attribute_losses(found: Attributes, labels: Tensor) -> dict[str, Tensor]:
    """Losses "view", "title", "ordinal" against labels, int64 (B, 14), -1 unknown; 0 where none is known."""
    check_labels(labels, len(found.title))
    reached = labels[:, 2:, None] > torch.arange(LEVELS - 1, device=labels.device)  # (B, 12, 5)
    view = functional.cross_entropy(found.view, labels[:, 0].clamp(min=0), reduction="none")
    title = _binary(found.title, labels[:, 1] == 1)
    ordinal = _binary(found.ordinal, reached).sum(-1)
    return {
        "view": known_mean(view, labels[:, 0]),
        "title": known_mean(title, labels[:, 1]),
        "ordinal": known_mean(ordinal, labels[:, 2:]),
    }


def check_labels(labels: Tensor, count: int) -> None:
    """ValueError unless labels are int64 (count, 14) within each column's range or -1."""
    wanted = (count, len(FACTORS))
    if labels.dtype != torch.int64 or labels.shape != wanted:
        raise ValueError(f"labels must be int64 {wanted}; got {labels.dtype} {tuple(labels.shape)}")
    highest = torch.tensor([factor.levels - 1 for factor in FACTORS], device=labels.device)
    if bool((wrong := (labels < UNKNOWN) | (labels > highest)).any()):
        row, column = wrong.nonzero()[0].tolist()
        raise ValueError(
            f"labels: {FACTORS[column].name} must lie in -1..{int(highest[column])}; "
            f"got {int(labels[row, column])} in row {row}"
        )


def _binary(logits: Tensor, true: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, true.to(logits.dtype), reduction="none")


def known_mean(losses: Tensor, labels: Tensor) -> Tensor:
    """The mean of the losses whose labels, of the same shape, are known; 0 when none is."""
    known = labels != UNKNOWN
    return (losses * known).sum() / known.sum().clamp(min=1)
