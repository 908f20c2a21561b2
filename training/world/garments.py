"""Clothes that change the outline: coats, skirts and a uniform.

Cloth on the trunk and arms is the body's own surface pushed outwards; what hangs below the waist is a tube
whose rings are convex hulls around both legs, so that it follows every step.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from training.world import body
from training.world.attachment import standing, tube_faces, vertices_of
from training.world.people import Body
from training.world.traits import Wear

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

TRUNK = ("spine", "clavicle", "shoulder", "pelvis", "root")
SLEEVES = ("upperarm", "lowerarm")
LEGS = ("upperleg", "lowerleg")
WORN_ON = {  # parts of Wear without the hair
    "trunk": TRUNK, "upper_arms": SLEEVES[:1], "forearms": SLEEVES[1:],
    "thighs": LEGS[:1], "shanks": LEGS[1:],
}  # fmt: skip
DIRECTIONS = 20  # of a ring
RING_M, BAND_M = 0.07, 0.06  # between two rings; how far above and below a ring its vertices may lie
CLING = 0.93  # a ring is never narrower than this share of the one above: cloth hangs


@dataclass(frozen=True)
class Ring:
    """A level of a hanging tube: the body's vertices inside it, and how far it stands off, metres."""

    inside: Indices
    ease: float


@dataclass(frozen=True)
class Garment:
    """push: float32 (V,), metres each vertex of the body is moved outwards; covered: bool (F,), faces of the
    body that the garment's material shows on; rings: from the hem up, none for a garment without a tube.
    """

    push: Floats
    covered: NDArray[np.bool_]
    rings: tuple[Ring, ...] = field(default=(), repr=False)

    def over(self, under: Garment) -> Garment:
        """This one worn over another, which has no tube."""
        return replace(self, push=self.push + under.push, covered=self.covered | under.covered)

    @property
    def extra(self) -> int:
        """How many vertices the tube adds to the body's."""
        return len(self.rings) * DIRECTIONS + 2 if self.rings else 0

    @cached_property
    def faces(self) -> NDArray[np.int32]:
        """int32 (F, 3) of the tube, counted from its own first vertex."""
        return tube_faces(len(self.rings), DIRECTIONS) if self.rings else np.empty((0, 3), np.int32)

    def meshes(self, vertices: Floats) -> list[Floats]:
        """The pushed body (T, V, 3) and, where there is one, the tube (T, extra, 3)."""
        pushed = self._pushed(vertices)
        return [pushed, self._tube(vertices)] if self.rings else [pushed]

    def _pushed(self, vertices: Floats) -> Floats:
        at, faces, corners = self._patch
        a, b, c = (vertices[:, faces[:, i]] for i in range(3))
        normals = np.cross(b - a, c - a).transpose(1, 0, 2).reshape(len(faces), -1)
        sums = (corners @ normals).reshape(len(at), -1, 3).transpose(1, 0, 2)
        length = np.maximum(np.linalg.norm(sums, axis=2, keepdims=True), 1e-12)
        result = vertices.copy()
        result[:, at] += sums / length * self.push[at, None]
        return result

    @cached_property
    def _patch(self) -> tuple[Indices, NDArray[np.int32], csr_array]:
        """The vertices that move, the faces around them, and which faces meet at which of the vertices."""
        at = np.flatnonzero(self.push)
        faces = body.faces()[np.isin(body.faces(), at).any(axis=1)]
        number = np.full(len(self.push), -1)
        number[at] = np.arange(len(at))
        rows, columns = number[faces].ravel(), np.repeat(np.arange(len(faces)), 3)
        own = rows >= 0
        ones = np.ones(np.count_nonzero(own), np.float32)
        return at, faces, csr_array((ones, (rows[own], columns[own])), shape=(len(at), len(faces)))

    def _tube(self, vertices: Floats) -> Floats:
        angles = np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS
        outward = np.stack([np.cos(angles), np.sin(angles)]).astype(np.float32)  # (2, K)
        apart = np.cos(angles[:, None] - angles)
        reach = np.where(apart > 0.2, 1 / np.where(apart > 0.2, apart, 1), np.inf).astype(np.float32)
        levels, above = [], np.zeros((len(vertices), DIRECTIONS), np.float32)
        for ring in reversed(self.rings):  # from the waist down
            inside = vertices[:, ring.inside]
            middle = inside.mean(axis=1)
            middle[:, :2] = (inside[..., :2].max(axis=1) + inside[..., :2].min(axis=1)) / 2
            support = ((inside - middle[:, None])[..., :2] @ outward).max(axis=1) + ring.ease  # (T, K)
            # A convex outline's radius: the nearest of its supporting lines.
            radius = np.maximum((support[:, None] * reach).min(axis=2), above * CLING)
            flat = middle[:, None, :2] + radius[..., None] * outward.T
            height = np.broadcast_to(middle[:, None, 2:], (*radius.shape, 1))
            levels.append(np.concatenate([flat, height], axis=2))
            above = radius
        levels.reverse()
        lids = [levels[0].mean(axis=1, keepdims=True), levels[-1].mean(axis=1, keepdims=True)]
        return np.concatenate([*levels, *lids], axis=1)


@dataclass(frozen=True)
class Cut:
    """Ranges that a kind of garment is drawn from.

    thick: metres it stands off the trunk; hem: how far down, 0 at the hip and 1 at the sole; flare: metres
    that the hem stands off further; hood: how likely there is one
    """

    thick: tuple[float, float]
    hem: tuple[float, float]
    flare: tuple[float, float]
    hood: float


CUTS = (
    Cut(thick=(0.03, 0.06), hem=(0.6, 0.9), flare=(0.02, 0.08), hood=0.3),  # a winter coat to the calf
    Cut(thick=(0.05, 0.09), hem=(0.15, 0.7), flare=(0.0, 0.03), hood=0.6),  # a down jacket or down coat
    Cut(thick=(0.015, 0.04), hem=(0.55, 0.92), flare=(0.08, 0.2), hood=0.0),  # a wide skirt and a jacket
)
SLEEVE = 0.6  # of the trunk's thickness
LOOSE_M = (0.0, 0.02)  # trousers below
HOOD_M = (0.02, 0.05)
UNIFORM_M = {"trunk": 0.025, "upper_arms": 0.015, "forearms": 0.015, "thighs": 0.015, "shanks": 0.02}


def everyday(wear: Wear) -> Garment:
    """Clothes for every day and hair; they cover nothing in a colour of their own."""
    pushes = [_push_of(bones, getattr(wear, part)) for part, bones in WORN_ON.items()]
    return Garment(np.sum([*pushes, _hair(wear)], axis=0), np.zeros(len(body.faces()), bool))


def uniform(wear: Wear) -> Garment:
    """The same jacket and trousers for all, each in his size: they stand off all alike; hair is his own."""
    return everyday(replace(wear, **UNIFORM_M))


def overcoat(figure: Body, rng: np.random.Generator) -> Garment:
    """A long coat, a down jacket, or a wide skirt with a jacket, each as likely; some have their hood up."""
    cut = CUTS[rng.integers(len(CUTS))]
    upright = standing(figure)
    hip, foot = upright[vertices_of("upperleg01"), 2].mean(), upright[:, 2].min()
    cloth = rng.uniform(*cut.thick)
    hem = hip + (foot - hip) * rng.uniform(*cut.hem)
    push = _push_of(TRUNK, cloth) + _push_of(SLEEVES, SLEEVE * cloth) + _push_of(("neck01",), cloth / 2)
    push += _push_of(LEGS, rng.uniform(*LOOSE_M))
    covered = _faces_of(TRUNK + SLEEVES + ("neck01",))
    if rng.random() < cut.hood:
        hood = _hood(upright, rng.uniform(*HOOD_M))
        push, covered = push + hood, covered | (hood > 0)[body.faces()].all(axis=1)
    return Garment(push, covered, _rings(upright, hem, cloth, rng.uniform(*cut.flare)))


def _hood(upright: Floats, thick: float) -> Floats:
    """The push of a hood that leaves the face free."""
    at = vertices_of("head", "neck02")
    face = upright[at, 0].max() - 0.06
    push = np.zeros(len(upright), np.float32)
    push[at] = thick * np.clip((face - upright[at, 0]) / 0.03, 0, 1)
    return push


def _rings(upright: Floats, hem: float, cloth: float, flare: float) -> tuple[Ring, ...]:
    waist = upright[vertices_of("spine04"), 2].mean()
    levels = np.linspace(hem, waist, max(3, round((waist - hem) / RING_M) + 1))
    at = vertices_of(*TRUNK, *LEGS)
    rings = []
    for level in levels:
        inside = at[np.abs(upright[at, 2] - level) < BAND_M]
        down = (waist - level) / (waist - hem)
        rings.append(Ring(inside, float(cloth + 0.005 + flare * down)))
    return tuple(rings)


def _hair(wear: Wear) -> Floats:
    """The push of hair: over the skull as thick as all of it, at the nape where it is long."""
    push = np.zeros(len(body.bone_of_vertex()), np.float32)
    push[np.unique(body.faces()[body.materials() == body.MATERIALS.index("hair")])] = wear.hair
    neck, upright = vertices_of("neck"), standing(Body())
    push[neck[upright[neck, 0] < upright[neck, 0].mean()]] = wear.nape
    return push


def _push_of(bones: tuple[str, ...], metres: float) -> Floats:
    push = np.zeros(len(body.bone_of_vertex()), np.float32)
    push[vertices_of(*bones)] = metres
    return push


def _faces_of(bones: tuple[str, ...]) -> NDArray[np.bool_]:
    inside = np.zeros(len(body.bone_of_vertex()), bool)
    inside[vertices_of(*bones)] = True
    return np.asarray(inside[body.faces()].all(axis=1))
