"""Each network with what it minimises: from pictures of a batch to named losses."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from sgcross_core.model import MODALITIES, Outputs, SGCrossGait, TwoStream
from sgcross_core.model.attributes import attribute_losses
from sgcross_core.model.config import SGConfig, preset
from sgcross_core.model.heads import joined
from sgcross_core.model.prototypes import PrototypeBank, spread
from sgcross_core.model.terms import (
    contrastive,
    difference,
    direction,
    divergence,
    hsic,
    orthogonality,
    reconstruction,
)
from training.losses import SMOOTHING, IdentityHead, contrast, identity, posterior, triplet
from training.parallel import full, gathered, own_share
from training.recipe import TWO_STREAM, LossConfig, Recipe

Pictures = Mapping[str, Tensor]  # modality -> float (B, T, planes, 64, 64), the same clips of each sensor


@dataclass(frozen=True)
class Labels:
    """label: int64 (B,), class; person: int64 (B,), row of the person's text; factors: int64 (B, 14).

    iteration: that the batch is for.
    """

    label: Tensor
    person: Tensor
    factors: Tensor
    iteration: int = 0

    def to(self, device: torch.device) -> Labels:
        """The same on a device."""
        tensors = (found.to(device) for found in (self.label, self.person, self.factors))
        return Labels(*tensors, self.iteration)


@dataclass(frozen=True)
class Terms:
    """losses: by name, see LossConfig; features: what a loss must reach for the encoders to learn from it."""

    losses: dict[str, Tensor]
    features: tuple[Tensor, ...]


class TwoStreamObjective(nn.Module):
    """The two-stream network and the head that tells its training people apart."""

    def __init__(self, recipe: Recipe, classes: int) -> None:
        super().__init__()
        self.loss, self.precision = recipe.loss, recipe.precision
        self.net = TwoStream(recipe.preset)
        self.head = IdentityHead(self.net.shape.strips, self.net.shape.part, classes)

    def terms(self, pictures: Pictures, labels: Labels) -> Terms:
        """See Objective."""
        cam, lid = (
            encoded(self.net, m, pictures[m], precision=self.precision) for m in MODALITIES
        )  # (B, P, D) each
        wholes = (functional.normalize(parts.flatten(1)) for parts in (cam, lid))
        losses = metric_losses(cam, lid, next(wholes), next(wholes), labels.label, self.loss)
        losses["identity"] = self.head(torch.cat([cam, lid]), labels.label.repeat(2))
        return Terms(losses, (cam, lid))


class SGObjective(nn.Module):
    """SG-CrossGait and its prototypes, made once before the training, spread out, and fixed."""

    people: Tensor | None

    def __init__(self, recipe: Recipe, classes: int, bank: PrototypeBank | None) -> None:
        super().__init__()
        self.loss, self.precision = recipe.loss, recipe.precision
        self.net = SGCrossGait(network_config(recipe, classes, bank))
        people = None if bank is None else spread(bank.people)
        self.register_buffer("people", people, persistent=False)
        if bank is not None and recipe.blocks.sgfd:
            self.net.set_prototypes(spread(bank.directions))
        aligned = bank is not None and recipe.blocks.alignment
        self.say = TemplateText(self.net.embedding_size, bank.dim) if bank and aligned else None

    def terms(self, pictures: Pictures, labels: Labels) -> Terms:
        """See Objective."""
        pooled = [encoded(self.net.pooled, m, pictures[m], precision=self.precision) for m in MODALITIES]
        out, B = self.net.outputs(torch.cat(pooled)), len(labels.label)
        cam, lid = out.embedding.split(B)
        losses = metric_losses(cam, lid, joined(cam), joined(lid), labels.label, self.loss)
        losses |= self._identity_losses(out, labels) | self._text_losses(out, labels)
        losses |= self._decoupling_losses(out, labels)
        if out.attributes is not None:
            found = attribute_losses(out.attributes, labels.factors.repeat(2, 1))
            losses |= {f"gar_{name}": value for name, value in found.items()}
        return Terms(losses, tuple(pooled))

    def _identity_losses(self, out: Outputs, labels: Labels) -> dict[str, Tensor]:
        if out.logits is None or out.token_logits is None:
            raise ValueError("SGConfig.classes is 0: there is nobody to tell apart")
        label = labels.label.repeat(2)
        return {
            "identity": identity(out.logits, label),
            "identity_token": identity(out.token_logits[:, None], label),
            "posterior": posterior(*out.logits.chunk(2)),
        }

    def _text_losses(self, out: Outputs, labels: Labels) -> dict[str, Tensor]:
        if out.whole is None or out.local is None or self.net.alignment is None:
            return {}
        if self.people is None or self.say is None:
            return {}
        own = labels.person.repeat(2)[:, None] == torch.arange(len(self.people), device=self.people.device)
        warmth = self.net.alignment.temperature
        return {
            "align_whole": contrastive(out.whole, self.people, own, warmth),
            "align_parts": contrastive(out.local, self.people, own, warmth),
            "align_template": contrastive(self.say(out.embedding), self.people, own, warmth),
            "divergence": divergence(*out.whole.chunk(2), self.people, warmth),
            **self._losses_of_texts(self.people[labels.person], labels.label),
        }

    def _losses_of_texts(self, texts: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Of the people's own texts, float (B, text_dim): fixed, so the encoders learn nothing by them."""
        return {
            "text_identity": identity(self.net.text_logits(texts)[:, None], label),
            "text_triplet": triplet(texts[:, None], texts[:, None], label, label, self.loss.margin),
        }

    def _decoupling_losses(self, out: Outputs, labels: Labels) -> dict[str, Tensor]:
        if out.decoupled is None or out.modality is None or self.net.sgfd is None:
            return {}
        shared, specific = out.decoupled.shared, out.decoupled.specific
        B = len(labels.label)
        sensor = torch.arange(len(MODALITIES), device=shared.device).repeat_interleave(B)
        return {
            "direction": direction(out.decoupled.choice, sensor, labels.factors[:, 0].repeat(2)),
            "modality": functional.cross_entropy(out.modality, sensor, label_smoothing=SMOOTHING),
            "orthogonality": orthogonality(shared, specific),
            "hsic": hsic(shared.mean(1), specific.mean(1)),
            "reconstruction": reconstruction(self.net.sgfd.reconstruct(out.decoupled), out.fused),
            "difference": difference(*shared.split(B)),
        }


class TemplateText(nn.Module):
    """The strips of an embedding (B, P, part), all together, as a place among the texts: (B, text_dim).

    Alignment's grains are the global token, which is no part of the embedding, and single strips, of which no
    one knows all that a text says. This one teaches what is compared. Needed in training only.
    """

    def __init__(self, size: int, text_dim: int) -> None:
        super().__init__()
        self.norm, self.map = nn.BatchNorm1d(size), nn.Linear(size, text_dim)

    def forward(self, embedding: Tensor) -> Tensor:
        return functional.normalize(self.map(self.norm(embedding.flatten(1))), dim=-1)


def encoded(encode: Callable[..., Tensor], *inputs: Any, precision: str, blocks: int = 1) -> Tensor:
    """What an encoder makes of its last input, pictures, of all processes (see `gathered`).

    Convolutions and products are computed in bf16 or fp16, or as they are; what comes out is as before.
    """
    kind = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision)
    pictures = inputs[-1] if isinstance(inputs[-1], Tensor) else next(iter(inputs[-1].values()))
    cheaper = torch.autocast(pictures.device.type, kind) if kind else nullcontext()
    with cheaper, own_share():
        features = encode(*inputs)
    return gathered(full(features), blocks)


def network_config(recipe: Recipe, classes: int, bank: PrototypeBank | None) -> SGConfig:
    """The network of a recipe. ValueError for a frozen visual tower that nothing was loaded into."""
    config = dataclasses.replace(preset(recipe.preset), classes=classes, **vars(recipe.blocks))
    if config.clip and config.visual.frozen and not recipe.clip_weights:
        raise ValueError(
            f"Recipe.clip_weights must name a file: the visual tower of preset {recipe.preset} does not train"
        )
    if bank is None:
        return config
    count = len(bank.directions)
    return dataclasses.replace(config, text_dim=bank.dim, prototypes=count, top=min(config.top, count))


def metric_losses(
    cam: Tensor, lid: Tensor, cam_whole: Tensor, lid_whole: Tensor, label: Tensor, loss: LossConfig
) -> dict[str, Tensor]:
    """Of strips (B, P, D) and whole templates (B, E) of both sensors, labels (B,)."""
    margin = loss.margin
    own = triplet(cam, cam, label, label, margin) + triplet(lid, lid, label, label, margin)
    return {
        "triplet_camera": triplet(cam, lid, label, label, margin),
        "triplet_lidar": triplet(lid, cam, label, label, margin),
        "within": own,
        "contrast": contrast(cam_whole, lid_whole, label, label, loss.contrast_scale),
    }


def make_objective(
    recipe: Recipe, classes: int, bank: PrototypeBank | None
) -> TwoStreamObjective | SGObjective:
    """The objective of a recipe, its network fresh but for CLIP weights, channels last."""
    if recipe.network == TWO_STREAM:
        objective: TwoStreamObjective | SGObjective = TwoStreamObjective(recipe, classes)
    else:
        objective = SGObjective(recipe, classes, bank)
        if recipe.clip_weights:
            objective.net.load_clip(load_file(recipe.clip_weights))
    return objective.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]
