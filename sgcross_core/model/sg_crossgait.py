"""SG-CrossGait: text prototypes bridge camera silhouettes and LiDAR depth views, in one embedding space.

Before the pool over frames everything is for a frame alone: the backbone's map and the tokens of the
CLIP-shaped tower, joined in one flat feature. The pool is a maximum. After it, once a window: strips, DCF,
SGFD, the strips' projections, the attribute heads. So a frame is encoded once, windows are running maxima
over cached features, and streaming and batch are the same arithmetic. docs/model.md has picture and reasons.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from sgcross_core.gait import SIDE
from sgcross_core.model.alignment import Alignment
from sgcross_core.model.attributes import AttributeHeads
from sgcross_core.model.centring import Centring
from sgcross_core.model.config import SGConfig
from sgcross_core.model.decoupling import Decoupled, Decoupling
from sgcross_core.model.encoders import PointEncoder, ResNet9
from sgcross_core.model.face import StripsFace
from sgcross_core.model.fusion import DualStreamFusion
from sgcross_core.model.heads import Necks, StripLinear, joined
from sgcross_core.model.outputs import Outputs
from sgcross_core.model.pooling import strips, window_maximum
from sgcross_core.model.two_stream import MODALITIES
from sgcross_core.model.visual import VisualTower, load_clip


class SGCrossGait(StripsFace, nn.Module):
    """The network of a configuration; see `Outputs` for what it says."""

    def __init__(self, config: SGConfig) -> None:
        super().__init__()
        self.config, self.preset = config, config.preset
        dim, grid = config.dim, config.visual.grid
        self.encoders = nn.ModuleDict({m: ResNet9(self.planes(m), config.backbone) for m in MODALITIES})
        self.points = PointEncoder(config.neighbours, dim) if config.points else None
        self.visual = VisualTower(config.visual, dim) if config.clip else None
        self.dcf = DualStreamFusion(dim, config.heads, config.dropout, grid) if config.dcf else None
        self.sgfd = Decoupling(dim, config.text_dim, config.top) if config.sgfd else None
        self.alignment = Alignment(dim, config.text_dim) if config.alignment else None
        self.still = self._still() if config.minimum else None
        self.project = StripLinear(config.strips, dim, config.part)
        self.centring = self._centring() if config.centred else None
        self.gar = AttributeHeads(dim) if config.gar else None
        self.necks = self._necks() if config.classes else None
        self._add_prototypes()
        self._frozen: set[str] = set()
        self._settled = False
        if self.visual is not None and config.visual.frozen:
            self.freeze("visual")

    @property
    def feature_size(self) -> int:
        """F, the length of a frame's feature."""
        return self._maps_size + self._tokens * self.config.dim

    def encode_frames(self, modality: str, pictures: Tensor, points: Tensor | None = None) -> Tensor:
        """float (N, F): the feature of each frame of one modality, pictures float (N, planes, 64, 64), 0..1.

        points: float (N, Q, 3), metres, with LiDAR frames where the configuration has points.
        """
        self._check(modality, pictures, points)
        maps = self.encoders[modality](pictures).flatten(1)  # (N, C * H * W)
        if self.still is not None:
            maps = torch.cat([maps, -maps], 1)  # whose maximum is minus the minimum
        if self.visual is None:
            return maps
        tokens = self.visual(pictures)  # (N, 1 + grid * grid, D)
        if self.points is not None and points is not None:
            tokens = torch.cat([tokens[:, :1] + self.points(points)[:, None], tokens[:, 1:]], 1)
        return torch.cat([maps, tokens.flatten(1)], 1)

    def pooled(
        self, modality: str, clips: Tensor, present: Tensor | None = None, points: Tensor | None = None
    ) -> Tensor:
        """float (B, F) of clips, float (B, T, planes, 64, 64): the maximum over the frames that are present.

        present: bool (B, T), all when None; points: float (B, T, Q, 3). ValueError for a clip without frames.
        """
        if clips.ndim != 5:
            raise ValueError(f"{modality} clips must be (B, T, planes, 64, 64); got {tuple(clips.shape)}")
        flat = None if points is None else points.flatten(0, 1)
        frames = self.encode_frames(modality, clips.flatten(0, 1), flat)
        return window_maximum(frames.unflatten(0, clips.shape[:2]), present)

    def embed(self, pooled: Tensor) -> Tensor:
        """float (B, P, part) of pooled features (B, F) of either modality."""
        return self._embedded(*self._told_apart(pooled)[1:])

    def template_and_factors(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """The template, and what the attribute heads make of the same windows: probabilities (B, 69)."""
        if self.gar is None:
            raise ValueError("SGConfig.gar is off: there are no attribute heads to read factors from")
        _, fused, parts = self._told_apart(pooled)
        shared, view = (parts.shared, parts.specific) if parts else (fused, fused)
        attributes = self.gar(shared.mean(1), view.mean(1))
        return joined(self._embedded(fused, parts)), attributes.probabilities()

    def outputs(self, pooled: Tensor) -> Outputs:
        """Everything of pooled features (B, F); in training of both modalities, for the batch norms."""
        token, fused, parts = self._told_apart(pooled)
        shared, view = (parts.shared, parts.specific) if parts else (fused, fused)
        whole, local = self.alignment(token, shared) if self.alignment else (None, None)
        embedding = self._embedded(fused, parts)
        return Outputs(
            embedding=embedding,
            fused=fused,
            token=token,
            decoupled=parts,
            modality=self.sgfd.modality(parts.specific) if self.sgfd and parts else None,
            whole=whole,
            local=local,
            attributes=self.gar(shared.mean(1), view.mean(1)) if self.gar else None,
            logits=self.necks["parts"](embedding) if self.necks else None,
            token_logits=self.necks["token"](token[:, None])[:, 0] if self.necks else None,
        )

    def forward(
        self, modality: str, clips: Tensor, present: Tensor | None = None, points: Tensor | None = None
    ) -> Outputs:
        """Everything of the clips of one modality; see `pooled` for the shapes."""
        return self.outputs(self.pooled(modality, clips, present, points))

    def text_logits(self, texts: Tensor) -> Tensor:
        """Cosines (B, classes) of texts (B, text_dim) with the training people, through their own neck."""
        if self.necks is None or "text" not in self.necks:
            raise ValueError("the configuration has no text neck: it needs text and classes")
        logits: Tensor = self.necks["text"](texts[:, None])[:, 0]
        return logits

    def set_prototypes(self, bank: Tensor) -> None:
        """Take the texts, float (prototypes, text_dim), that SGFD chooses from; they are made unit vectors.

        ValueError when they do not fit, are not finite, or the configuration has text off.
        """
        wanted = (self.config.prototypes, self.config.text_dim)
        if not self.config.text:
            raise ValueError("SGConfig.text is off: this network learns its prototypes, it takes no texts")
        if tuple(bank.shape) != wanted or not bool(torch.isfinite(bank).all()):
            found = f"{bank.dtype} {tuple(bank.shape)}"
            raise ValueError(f"prototypes must be finite, float {wanted}; got {found}")
        self._check_unsettled()
        with torch.no_grad():
            self.prototypes.copy_(functional.normalize(bank.float(), dim=-1))

    def load_clip(self, state: Mapping[str, Tensor]) -> None:
        """Start the tower from CLIP weights, see `visual.load_clip`; ValueError when there is no tower."""
        if self.visual is None:
            raise ValueError("SGConfig.clip is off: there is no visual tower to load weights into")
        self._check_unsettled()
        load_clip(self.visual, state)

    def settle(self) -> None:
        """Compute once what no frame changes: for inference, after `set_prototypes` and `load_clip`."""
        if self.visual is not None:
            self.visual.settle()
        if self.sgfd is not None:
            self.sgfd.settle(self.prototypes)
        self._settled = True

    def freeze(self, *names: str) -> None:
        """Stop parts, by dotted name, from training; their batch norms and dropout stay in inference mode."""
        for name in names:
            self.get_submodule(name).requires_grad_(False).eval()
            self._frozen.add(name)

    def unfreeze(self, *names: str) -> None:
        """Let parts that were frozen by these names train again; ValueError when one was not."""
        for name in names:
            if name not in self._frozen:
                frozen = ", ".join(sorted(self._frozen)) or "none"
                raise ValueError(f"{name!r} is not frozen; frozen: {frozen}")
            self._frozen.discard(name)
            self.get_submodule(name).requires_grad_(True).train(self.training)

    def train(self, mode: bool = True) -> SGCrossGait:
        """Training mode for all but the frozen parts."""
        super().train(mode)
        for name in self._frozen:
            self.get_submodule(name).eval()
        return self

    def _check_unsettled(self) -> None:
        if self._settled:
            raise ValueError("this network is folded for inference; set its texts and CLIP weights before")

    def _fused(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """Strips (B, P, D) and the global token (B, D), after DCF where there is one."""
        if pooled.ndim != 2 or pooled.shape[1] != self.feature_size:
            raise ValueError(f"pooled features must be (B, {self.feature_size}); got {tuple(pooled.shape)}")
        parts = self._strips(pooled[:, : self._map_size])
        if self.still is not None:
            parts = parts + self.still(self._strips(-pooled[:, self._map_size : self._maps_size]))
        if self._tokens == 0:
            return parts, parts.mean(1)
        tokens = pooled[:, self._maps_size :].unflatten(1, (self._tokens, -1))
        if self.dcf is not None:
            parts, tokens = self.dcf(parts, tokens)
        return parts, tokens[:, 0]

    def _strips(self, maps: Tensor) -> Tensor:
        """(B, P, D) of flattened maps."""
        return strips(maps.unflatten(1, self.config.backbone.map_shape), self.config.strips)

    def _told_apart(self, pooled: Tensor) -> tuple[Tensor, Tensor, Decoupled | None]:
        """Global token (B, D), fused strips (B, P, D), and what SGFD makes of them."""
        fused, token = self._fused(pooled)
        return token, fused, self.sgfd(fused, token, self.prototypes) if self.sgfd else None

    def _embedded(self, fused: Tensor, parts: Decoupled | None) -> Tensor:
        """float (B, P, part)."""
        embedding: Tensor = self.project(parts.shared if parts else fused)
        if parts is None or self.centring is None:
            return embedding
        centred: Tensor = self.centring(embedding, parts.choice)
        return centred

    @property
    def _map_size(self) -> int:
        return math.prod(self.config.backbone.map_shape)

    @property
    def _maps_size(self) -> int:
        """Of all maps in a frame's feature."""
        return (2 if self.config.minimum else 1) * self._map_size

    @property
    def _tokens(self) -> int:
        return self.config.visual.grid**2 + 1 if self.config.clip else 0

    def _still(self) -> nn.Linear:
        """Zero at first, so that training begins with the maximum alone."""
        still = nn.Linear(self.config.dim, self.config.dim, bias=False)
        nn.init.zeros_(still.weight)
        return still

    def _centring(self) -> Centring:
        return Centring(self.config.prototypes, self.config.strips, self.config.part)

    def _necks(self) -> nn.ModuleDict:
        config = self.config
        necks = {
            "parts": Necks(config.strips, config.part, config.classes),
            "token": Necks(1, config.dim, config.classes),
        }
        if config.text:
            necks["text"] = Necks(1, config.text_dim, config.classes)
        return nn.ModuleDict(necks)

    def _add_prototypes(self) -> None:
        """Texts are a buffer, zero until set; without text, prototypes of the same shape are learned."""
        shape = (self.config.prototypes, self.config.text_dim)
        if not self.config.sgfd:
            return
        if self.config.text:
            self.register_buffer("prototypes", torch.zeros(shape))
        else:
            self.prototypes = nn.Parameter(functional.normalize(torch.randn(shape), dim=-1))

    def _check(self, modality: str, pictures: Tensor, points: Tensor | None) -> None:
        if modality not in MODALITIES:
            raise ValueError(f"modality must be one of {', '.join(MODALITIES)}; got {modality!r}")
        wanted = (self.planes(modality), SIDE, SIDE)
        if pictures.ndim != 4 or tuple(pictures.shape[1:]) != wanted or not pictures.is_floating_point():
            raise ValueError(
                f"{modality} pictures must be float (N, {', '.join(map(str, wanted))}); "
                f"got {pictures.dtype} {tuple(pictures.shape)}"
            )
        if (points is not None) != (self.points is not None and modality == "lidar"):
            raise ValueError(
                f"points belong to LiDAR frames where SGConfig.points is on; it is {self.config.points}, the "
                f"modality {modality}, points are {'missing' if points is None else 'given'}"
            )


def both(camera: Tensor, lidar: Tensor) -> Tensor:
    """The fused answer, float (B, P, part), of both sensors' embeddings of the same walks: a mean."""
    return (functional.normalize(camera, dim=-1) + functional.normalize(lidar, dim=-1)) / 2
