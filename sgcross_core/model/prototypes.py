"""The prototype space: one vector for each thing that sentences are about, stored with the weights.

A prototype is the mean of its sentences' vectors, made a unit vector again. Camera and LiDAR features are
both drawn to them, so that text bridges the sensors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from sgcross_core.model.factors import SCHEMA
from sgcross_core.model.text import TextEncoder

VERSION = 1
PREFIX = "prototypes"  # of the names of the tensors
AXES, LEAST = 16, 1e-3  # directions that `spread` keeps, and the share of the largest one's spread they need
KINDS = ("people", "factors", "views")

Sentences = Sequence[str]


@dataclass(frozen=True)
class PrototypeBank:
    """Prototypes of one text encoder, float32, each of length 1.

    encoder: its name; schema: version of the factors; names: of the people, in the order of the rows;
    people: (I, D), one for each person of the training; factors: column -> (levels, D);
    views: modality -> (V, D), one for each direction that a walker is seen from.
    """

    encoder: str
    names: tuple[str, ...]
    people: Tensor
    factors: Mapping[str, Tensor]
    views: Mapping[str, Tensor]
    schema: str = SCHEMA

    def __post_init__(self) -> None:
        if self.people.ndim != 2 or len(self.people) != len(self.names):
            raise ValueError(
                f"people must be (I, D), a row for each of {len(self.names)} names; "
                f"got {tuple(self.people.shape)}"
            )
        if len(set(self.names)) != len(self.names):
            raise ValueError("each name of a person may occur once")
        for name, rows in self.to_tensors().items():
            if rows.ndim != 2 or rows.shape[1] != self.dim or rows.dtype != torch.float32:
                found = f"{rows.dtype} {tuple(rows.shape)}"
                raise ValueError(f"{name} must be float32 (N, {self.dim}); got {found}")
            if not bool(((rows.norm(dim=1) - 1).abs() < 1e-3).all()):
                raise ValueError(f"{name} must hold vectors of length 1")

    @property
    def dim(self) -> int:
        """D, the length of a prototype."""
        return self.people.shape[1]

    @property
    def directions(self) -> Tensor:
        """float32 (modalities * V, D): all views, one modality behind the other, in the order of the bank."""
        return torch.cat(list(self.views.values()))

    @classmethod
    def build(
        cls,
        encoder: TextEncoder,
        people: Mapping[str, Sentences],
        factors: Mapping[str, Sequence[Sentences]],
        views: Mapping[str, Sequence[Sentences]],
    ) -> PrototypeBank:
        """The bank of sentences: by person, by column and level, by modality and direction.

        ValueError names what no sentence was written about, and a mean without a direction.
        """
        return cls(
            encoder=encoder.name,
            names=tuple(people),
            people=_prototypes(encoder, "people", dict(people)),
            factors={c: _prototypes(encoder, f"factors.{c}", _numbered(s)) for c, s in factors.items()},
            views={m: _prototypes(encoder, f"views.{m}", _numbered(s)) for m, s in views.items()},
        )

    def to_tensors(self) -> dict[str, Tensor]:
        """Named tensors for a weight file; `header` belongs to them."""
        found = {f"{PREFIX}.people": self.people}
        found |= {f"{PREFIX}.factors.{column}": rows for column, rows in self.factors.items()}
        return found | {f"{PREFIX}.views.{modality}": rows for modality, rows in self.views.items()}

    def header(self) -> dict[str, Any]:
        """What the tensors do not say, fit for JSON. Orders count, so they are in it."""
        return {
            "version": VERSION,
            "schema": self.schema,
            "encoder": self.encoder,
            "names": list(self.names),
            "factors": list(self.factors),
            "views": list(self.views),
        }

    @classmethod
    def from_tensors(cls, header: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> PrototypeBank:
        """The reverse of `header` and `to_tensors`; tensors of other names are left alone.

        ValueError when a tensor is missing or does not fit, or another version or factor schema made them.
        """
        for name, wanted in (("version", VERSION), ("schema", SCHEMA)):
            if (found := header.get(name)) != wanted:
                raise ValueError(
                    f"prototypes: {name} is {found!r}, this package has {wanted!r}: build them anew"
                )
        try:
            return cls(
                encoder=str(header["encoder"]),
                names=tuple(header["names"]),
                people=tensors[f"{PREFIX}.people"],
                factors={column: tensors[f"{PREFIX}.factors.{column}"] for column in header["factors"]},
                views={modality: tensors[f"{PREFIX}.views.{modality}"] for modality in header["views"]},
            )
        except KeyError as missing:
            raise ValueError(f"prototypes are not complete: {missing} is missing") from missing


def spread(rows: Tensor, axes: int = AXES) -> Tensor:
    """Prototypes (N, D) told apart as well as can be: unit vectors (N, D) around their common mean.

    Sentences of one kind share most of their vectors: two people's prototypes have a cosine of 0.85 on
    average (MiniLM), and more than half of what is left says man or woman. A contrast with such prototypes
    teaches next to nothing. So the mean is taken away, and each of the `axes` principal directions that they
    differ in counts the same (whitening). ValueError when they do not differ.
    """
    off = rows - rows.mean(0)
    left, sizes, right = torch.linalg.svd(off, full_matrices=False)
    kept = min(axes, int((sizes > LEAST * sizes[:1]).sum()))
    if kept == 0 or float(sizes[0]) < LEAST:
        raise ValueError(f"{len(rows)} prototypes do not differ: there is nothing to tell apart by them")
    return functional.normalize(left[:, :kept] @ right[:kept])


def _numbered(levels: Sequence[Sentences]) -> dict[str, Sentences]:
    return {str(level): sentences for level, sentences in enumerate(levels)}


def _prototypes(encoder: TextEncoder, what: str, groups: Mapping[str, Sentences]) -> Tensor:
    """float32 (groups, D): all sentences go through the encoder at once."""
    if bare := [name for name, sentences in groups.items() if not sentences]:
        raise ValueError(f"{what}: no sentence was given for {bare[0]!r}")
    vectors = torch.from_numpy(encoder.encode([s for sentences in groups.values() for s in sentences]))
    means = [part.mean(0) for part in vectors.split([len(sentences) for sentences in groups.values()])]
    if not means:
        return torch.zeros((0, encoder.dim))
    rows = torch.stack(means)
    if (short := rows.norm(dim=1) < 1e-6).any():
        name = list(groups)[int(short.nonzero()[0])]
        raise ValueError(f"{what}: the sentences for {name!r} cancel each other out")
    return functional.normalize(rows)
