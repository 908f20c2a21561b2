"""What people wear and carry in the eight conditions of SUSTech1K, as geometry that follows the body.

An outfit depends on nothing but the body's vertices in each frame, so it dresses every walker, however moved.
Types of garments and loads follow the conditions that SUSTech1K names (Shen et al., CVPR 2023); which of
them somebody has, their sizes and their colours are drawn from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.data import layout
from training.world import body
from training.world.accessories import Load, bag, hand_load
from training.world.bodies import Skin
from training.world.garments import Garment, everyday, overcoat, uniform
from training.world.people import Colours, Person, checked_seed
from training.world.surroundings import GAMMA
from training.world.traits import BARE
from training.world.umbrellas import umbrella

Floats = NDArray[np.float32]

CONDITIONS = {name: letters for letters, name in layout.CONDITIONS.items()}
MATERIALS = (*body.MATERIALS, "garment", "load", "umbrella")
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of linear RGB (Rec. 709)
UNIFORM_RGB = (38, 56, 98)


@dataclass(frozen=True)
class Outfit:
    """A body with what is worn and carried.

    faces: int32 (F', 3), the first ones are the body's; materials: uint8 (F',), indices into MATERIALS
    colours: uint8 (M, 3), RGB of each material
    """

    faces: NDArray[np.int32]
    materials: NDArray[np.uint8]
    colours: NDArray[np.uint8]
    garment: Garment | None = field(default=None, repr=False)
    loads: tuple[Load, ...] = field(default=(), repr=False)

    def meshes(self, vertices: Floats) -> Floats:
        """The body's vertices (T, V, 3) dressed: float32 (T, V', 3), metres, the same frame, z up."""
        if vertices.ndim != 3 or vertices.shape[1:] != (len(body.bone_of_vertex()), 3):
            wanted = f"(T, {len(body.bone_of_vertex())}, 3)"
            raise ValueError(f"vertices must be {wanted}, those of the body model; got {vertices.shape}")
        worn = vertices
        for load in self.loads:
            worn = load.with_arms(worn)
        parts = [load.meshes(worn) for load in self.loads]
        parts = (self.garment.meshes(worn) if self.garment else [worn]) + parts
        return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]

    def shades(self, vertices: Floats, bands: int = 8) -> Floats:
        """Linear luminance 0..1 from top to bottom in even bands, (bands,), of one dressed frame (V', 3)."""
        corners = vertices[self.faces]
        areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        middle, low, high = corners[..., 2].mean(axis=1), vertices[:, 2].min(), vertices[:, 2].max()
        band = np.minimum(((high - middle) / (high - low) * bands).astype(int), bands - 1)
        light = self.albedo @ LUMINANCE
        total = np.bincount(band, areas * light[self.materials], bands)
        return (total / np.maximum(np.bincount(band, areas, bands), 1e-9)).astype(np.float32)

    def shows(self, material: str) -> NDArray[np.bool_]:
        """Which faces (F',) are of a material, one of MATERIALS."""
        return np.asarray(self.materials == MATERIALS.index(material))

    @cached_property
    def skin(self) -> Skin:
        """What camera and laser find on it."""
        return Skin(self.faces.astype(np.uint32), self.albedo[self.materials])

    @property
    def albedo(self) -> Floats:
        """Linear RGB of each material, float32 (M, 3), 0..1."""
        return ((self.colours.astype(np.float32) / 255) ** (1 / GAMMA)).astype(np.float32)


def outfit(condition: str, person: Person, seed: int) -> Outfit:
    """What a person has on under a condition (its name or SUSTech1K's two letters).

    Normal, occlusion and night are plain clothes: what else they bring is up to the sensors and the scene.
    """
    rng = np.random.default_rng([person.seed, checked_seed(seed, "outfit seed"), 5])
    name = short(condition)
    colours = _colours(person.colours, rng)
    garment = None if person.wear == BARE else everyday(person.wear)
    loads: tuple[Load, ...] = ()
    if name == "cl":
        coat = overcoat(person.body, rng)
        garment = coat.over(garment) if garment else coat
    elif name == "uf":
        garment = uniform(person.wear)
        colours[[MATERIALS.index("upper"), MATERIALS.index("lower")]] = UNIFORM_RGB
    elif name in LOADS:
        loads = (LOADS[name](person.body, rng),)
    return _assembled(garment, loads, colours)


LOADS = {"bg": bag, "cr": hand_load, "ub": umbrella}


def short(condition: str) -> str:
    """SUSTech1K's two letters of a condition given by its name or by them; ValueError for another word."""
    name = CONDITIONS.get(condition, condition)
    if name not in CONDITIONS.values():
        known = ", ".join(f"{long} ({two})" for long, two in CONDITIONS.items())
        raise ValueError(f"condition must be one of {known}; got {condition!r}")
    return name


def _assembled(garment: Garment | None, loads: tuple[Load, ...], colours: NDArray[np.uint8]) -> Outfit:
    faces, materials = [body.faces()], [body.materials()]
    count = len(body.bone_of_vertex())
    if garment is not None:
        materials[0] = np.where(garment.covered, MATERIALS.index("garment"), materials[0]).astype(np.uint8)
        faces.append(garment.faces + count)
        materials.append(np.full(len(garment.faces), MATERIALS.index("garment"), np.uint8))
        count += garment.extra
    for load in loads:
        faces.append(load.faces + count)
        materials.append(np.array([MATERIALS.index(name) for name in load.materials], np.uint8))
        count += len(load.local)
    return Outfit(np.concatenate(faces).astype(np.int32), np.concatenate(materials), colours, garment, loads)


def _colours(colours: Colours, rng: np.random.Generator) -> NDArray[np.uint8]:
    own = [getattr(colours, name) for name in body.MATERIALS]
    return np.array([*own, *rng.integers(15, 220, (len(MATERIALS) - len(own), 3))], np.uint8)
