"""The terms of SG-CrossGait's own blocks that a training minimises; their weights are the training's.

The paper does not print its equations. Each term says where its form is from.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from sgcross_core.model.attributes import known_mean
from sgcross_core.model.decoupling import SENSORS


def orthogonality(shared: Tensor, specific: Tensor) -> Tensor:
    """Mean squared cosine of what is shared and specific, (..., D) each: 0 at right angles (TCFDNet)."""
    return functional.cosine_similarity(shared, specific, dim=-1).square().mean()


def hsic(a: Tensor, b: Tensor) -> Tensor:
    """Dependence of paired vectors (N, D) and (N, E), N >= 2, rows made unit vectors (Gretton et al. 2005).

    The biased estimator tr(K H L H) / (N - 1)^2 with linear kernels, which is the squared norm of the
    covariance; without making the N x N kernels.
    """
    N = len(a)
    a, b = functional.normalize(a, dim=-1), functional.normalize(b, dim=-1)
    return ((a - a.mean(0)).T @ (b - b.mean(0))).square().sum() / (N - 1) ** 2


def reconstruction(rebuilt: Tensor, strips: Tensor) -> Tensor:
    """Mean squared error against the fused strips, which are a fixed target."""
    return functional.mse_loss(rebuilt, strips.detach())


def difference(camera: Tensor, lidar: Tensor) -> Tensor:
    """Mean absolute difference (L1) of both sensors' shared features of the same walks."""
    return functional.l1_loss(camera, lidar)


def direction(choice: Tensor, sensor: Tensor, view: Tensor) -> Tensor:
    """Cross entropy of the chosen prototypes, logits (N, sensors * V), with sensor and view, int64 (N,) each.

    Prototypes are one sensor's V view directions behind the other's. Walks whose view is -1, unknown, are
    left out; 0 when all are. Ours.
    """
    views = choice.shape[1] // SENSORS
    losses = functional.cross_entropy(choice, sensor * views + view.clamp(min=0), reduction="none")
    return known_mean(losses, view)


def positives(rows: Tensor, bank: Tensor) -> Tensor:
    """bool (N, M): which texts of a bank belong to which row, int64 labels (N, C) and (M, C).

    A label a column, such as the person and the number of the sentence: one that agrees is enough, because
    captions are shared by people. -1 is unknown and agrees with nothing.
    """
    return ((rows[:, None] == bank[None]) & (rows[:, None] >= 0)).any(-1)


def contrastive(visual: Tensor, texts: Tensor, positive: Tensor, temperature: Tensor | float) -> Tensor:
    """Multi-positive contrast of visual features with texts, both ways (as SupCon, Khosla et al. 2020).

    visual: unit vectors (N, D), or of strips (N, P, D), each strip on its own; texts: unit vectors (M, D);
    positive: bool (N, M). Rows and texts without a positive are left out; 0 when there is none at all.
    """
    parts = visual[:, None] if visual.ndim == 2 else visual
    logits = torch.einsum("npd,md->pnm", parts, texts) / temperature
    forth, back = logits.log_softmax(2), logits.log_softmax(1)
    target = positive.to(logits.dtype)
    return (_attracted(forth, target, 1) + _attracted(back, target, 0)) / 2


def divergence(camera: Tensor, lidar: Tensor, texts: Tensor, temperature: Tensor | float) -> Tensor:
    """How differently both sensors place the same walks among the texts: symmetric KL divergence, a mean.

    camera, lidar: unit vectors (N, D) of the same walks; texts: unit vectors (M, D).
    """
    a, b = ((x @ texts.T / temperature).log_softmax(-1) for x in (camera, lidar))
    return ((a.exp() - b.exp()) * (a - b)).sum(-1).mean() / 2


def _attracted(log_share: Tensor, target: Tensor, axis: int) -> Tensor:
    """Minus the mean log share (P, N, M) of the positives of a row (axis 1) or column (axis 0)."""
    count = target.sum(axis)
    each = -(log_share * target).sum(axis + 1) / count.clamp(min=1)  # (P, N or M)
    return (each * (count > 0)).sum() / ((count > 0).sum().clamp(min=1) * len(log_share))
