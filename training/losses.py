"""What the training asks for: clips of one person together across the sensors, of others apart."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from sgcross_core.model.heads import Necks

SCALE, SMOOTHING = 16.0, 0.1  # of the cosines, and of the labels (the published log's)


def triplet(anchors: Tensor, others: Tensor, anchor_label: Tensor, label: Tensor, margin: float) -> Tensor:
    """Batch-all triplet loss a strip, mean over the triplets that violate the margin (Hermans et al. 2017).

    anchors (A, P, D) with labels (A,), others (B, P, D) with labels (B,): the pool of positives and
    negatives. When both are the same tensor, a clip is no positive of itself. Zero without any triplet.
    """
    distance = pairwise(anchors, others)  # (P, A, B)
    same = anchor_label[:, None] == label[None]  # (A, B)
    gap = distance[..., :, None] - distance[..., None, :] + margin  # (P, A, positive, negative)
    itself = torch.eye(*same.shape, dtype=torch.bool, device=same.device)
    positive = same & ~itself if anchors is others else same
    violated = torch.where(positive[:, :, None] & ~same[:, None, :], gap, 0).clamp(min=0)
    active = (violated > 0).sum(dim=(1, 2, 3)).clamp(min=1)
    return (violated.sum(dim=(1, 2, 3)) / active).mean()


def pairwise(a: Tensor, b: Tensor) -> Tensor:
    """Euclidean distances a strip, (P, A, B), of (A, P, D) and (B, P, D)."""
    a, b = a.transpose(0, 1), b.transpose(0, 1)
    squared = a.square().sum(-1)[:, :, None] + b.square().sum(-1)[:, None] - 2 * a @ b.transpose(1, 2)
    return squared.clamp(min=1e-12).sqrt()


def contrast(a: Tensor, b: Tensor, a_label: Tensor, b_label: Tensor, scale: float) -> Tensor:
    """Each clip of one sensor must find its person among all clips of the other (multi-positive InfoNCE).

    a (A, D), b (B, D) of length 1 with labels (A,) and (B,); both directions, mean.
    """
    logits = scale * a @ b.T
    target = (a_label[:, None] == b_label[None]).float()
    forth = -(target * logits.log_softmax(1)).sum(1) / target.sum(1).clamp(min=1)
    back = -(target * logits.log_softmax(0)).sum(0) / target.sum(0).clamp(min=1)
    return (forth.mean() + back.mean()) / 2


def identity(cosines: Tensor, label: Tensor) -> Tensor:
    """Cross entropy of cosines (N, P, classes) with labels (N,), each strip on its own."""
    logits, P = SCALE * cosines.transpose(1, 2), cosines.shape[1]
    return functional.cross_entropy(logits, label[:, None].expand(-1, P), label_smoothing=SMOOTHING)


def posterior(camera: Tensor, lidar: Tensor) -> Tensor:
    """Symmetric KL divergence of who both sensors take the same walks for, a mean over walks and strips.

    camera, lidar: cosines (N, P, classes).
    """
    a, b = ((SCALE * cosines).log_softmax(-1) for cosines in (camera, lidar))
    return ((a.exp() - b.exp()) * (a - b)).sum(-1).mean() / 2


class IdentityHead(nn.Module):
    """Tells the training people apart, a strip on its own, both sensors alike; needed in training only."""

    def __init__(self, strips: int, part: int, classes: int) -> None:
        super().__init__()
        self.necks = Necks(strips, part, classes)

    def forward(self, parts: Tensor, label: Tensor) -> Tensor:
        """The loss of parts (N, P, D) with labels (N,)."""
        return identity(self.necks(parts), label)
