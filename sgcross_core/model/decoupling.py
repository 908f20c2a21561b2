"""SGFD, the Semantic-Guided Feature Decoupling: texts guide what belongs to the sensor and view, and it goes.

After TCFDNet (arXiv 2605.30784), the closest published relative: the window's global token chooses the
nearest prototypes; attention over them says what is specific; a channel gate says how much of it goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sgcross_core.model.heads import unit

SHARPNESS = 1 / 0.07  # CLIP's first inverse temperature
SQUEEZE = 4  # of the gate's network
CLOSED = -3.0  # the gate's bias at first: a twentieth of the specific part goes, until training says more
SENSORS = 2


@dataclass(frozen=True)
class Decoupled:
    """shared, specific: (B, P, D); gate: (B, 1, D), 0..1; attention: (B, P, K), which prototypes spoke.

    choice: (B, K), logits of the prototypes that the window as a whole is near to.
    """

    shared: Tensor
    specific: Tensor
    gate: Tensor
    attention: Tensor
    choice: Tensor


class Decoupling(nn.Module):
    """Strips (B, P, D), the global token (B, D) and prototypes (K, text_dim) to `Decoupled`."""

    keys: Tensor
    texts: Tensor | None

    def __init__(self, dim: int, text_dim: int, top: int) -> None:
        super().__init__()
        self.top = top
        self.query, self.key = nn.Linear(dim, dim), nn.Linear(text_dim, dim)
        self.describe = nn.Linear(text_dim, dim)
        narrow = dim // SQUEEZE
        opening = nn.Linear(narrow, dim)
        nn.init.constant_(opening.bias, CLOSED)
        self.gate = nn.Sequential(nn.Linear(dim, narrow), nn.ReLU(inplace=True), opening, nn.Sigmoid())
        self.classify = nn.Linear(dim, SENSORS)
        self.rebuild = nn.Linear(2 * dim, dim)
        for name in ("keys", "texts"):
            self.register_buffer(name, None, persistent=False)  # until `settle`

    def forward(self, strips: Tensor, token: Tensor, prototypes: Tensor) -> Decoupled:
        keys, texts = self._read(prototypes)
        choice = SHARPNESS * unit(self.query(token)) @ keys.T  # (B, K)
        cosine = unit(self.query(strips)) @ keys.T  # (B, P, K)
        attention = (SHARPNESS * cosine).masked_fill(~self._chosen(choice)[:, None], -torch.inf).softmax(-1)
        specific = attention @ texts
        gate = self.gate(strips.mean(1, keepdim=True))
        return Decoupled(strips - gate * specific, specific, gate, attention, choice)

    def modality(self, specific: Tensor) -> Tensor:
        """Logits (B, 2) of camera and LiDAR from the specific part (B, P, D)."""
        logits: Tensor = self.classify(specific.mean(1))
        return logits

    def reconstruct(self, parts: Decoupled) -> Tensor:
        """The strips (B, P, D) as rebuilt from both parts, for the reconstruction term."""
        rebuilt: Tensor = self.rebuild(torch.cat([parts.shared, parts.specific], -1))
        return rebuilt

    def settle(self, prototypes: Tensor) -> None:
        """Keep what is made of these prototypes, for a network that trains no more."""
        self.keys, self.texts = (part.detach() for part in self._read(prototypes))

    def _read(self, prototypes: Tensor) -> tuple[Tensor, Tensor]:
        """The prototypes as keys, unit vectors, and as what they say of a strip, each (K, D)."""
        if self.texts is not None:
            return self.keys, self.texts
        return unit(self.key(prototypes)), self.describe(prototypes)

    def _chosen(self, choice: Tensor) -> Tensor:
        """bool (B, K): the `top` largest of a row; equal ones at the border are all in."""
        return choice >= choice.topk(self.top, -1).values[:, -1:]
