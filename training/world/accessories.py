"""What people carry: bags, boxes and parcels, rigid things that move with the chest.

Arms that hold something are kept in one posture relative to the chest; the shoulder blends them in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.world.attachment import (
    ChestFrame,
    arm_weight,
    rod,
    rounded_box,
    standing,
    vertices_of,
)
from training.world.people import Body

Floats = NDArray[np.float32]
Mesh = tuple[Floats, NDArray[np.int32], str]

ARMS_DOWN = {"arm_mean": 0.0, "elbow": 12.0, "arm_abduction": 8.0}
ARMS_ROUND_BOX = {"arm_mean": 6.0, "elbow": 72.0, "arm_abduction": 6.0}
ARM_ROUND_PARCEL = {"arm_mean": 2.0, "elbow": 94.0, "arm_abduction": 8.0}
ARM_OVER_CASE = {"arm_mean": -2.0, "elbow": 22.0, "arm_abduction": 15.0}
ARM_WITH_BAG = {"arm_mean": -3.0, "elbow": 6.0, "arm_abduction": 9.0}


@dataclass(frozen=True)
class Load:
    """Something carried.

    local: float32 (K, 3), where its vertices are on the upright body; faces: int32 (F, 3)
    materials: a name a face, see wardrobe.MATERIALS; upright: float32 (V, 3), the body with its arms held
    held: float32 (V,), how much each vertex of the body belongs to an arm that is held
    """

    local: Floats
    faces: NDArray[np.int32]
    materials: tuple[str, ...]
    upright: Floats
    held: Floats

    def with_arms(self, vertices: Floats) -> Floats:
        """The body (T, V, 3) with the arms that hold the load in their posture."""
        moved = np.flatnonzero(self.held)
        if not len(moved):
            return vertices
        share = self.held[moved, None]
        result = vertices.copy()
        arms = ChestFrame(self.upright).carried(self.upright[moved], vertices)
        result[:, moved] += share * (arms - vertices[:, moved])
        return result

    def meshes(self, vertices: Floats) -> Floats:
        """The load's own vertices (T, K, 3) on bodies (T, V, 3)."""
        return ChestFrame(self.upright).carried(self.local, vertices)


def bag(figure: Body, rng: np.random.Generator) -> Load:
    """A backpack or a shoulder bag, each as likely."""
    upright = standing(figure, **ARMS_DOWN)
    parts = _backpack(upright, rng) if rng.random() < 0.5 else _shoulder_bag(upright, rng)
    return loaded(parts, upright, "")


def hand_load(figure: Body, rng: np.random.Generator) -> Load:
    """A bag in one hand (half the times), a box in both arms, a case under one or a parcel held to the
    chest by one (a sixth of the times each)."""
    kind = ("bag", "bag", "bag", "box", "case", "parcel")[rng.integers(6)]
    if kind == "box":
        upright = standing(figure, **ARMS_ROUND_BOX)
        return loaded(_box(upright, rng), upright, "LR")
    side = "LR"[rng.integers(2)]
    upright = standing(
        figure, **{"bag": ARM_WITH_BAG, "case": ARM_OVER_CASE, "parcel": ARM_ROUND_PARCEL}[kind]
    )
    shape = {"bag": _hand_bag, "case": _case, "parcel": _parcel}[kind]
    return loaded(shape(upright, hand(upright, side), rng), upright, side)


def _backpack(upright: Floats, rng: np.random.Generator) -> list[Mesh]:
    chest = upright[vertices_of("spine01", "spine02", "spine03")]
    depth, width, height = rng.uniform(0.08, 0.2), rng.uniform(0.24, 0.33), rng.uniform(0.32, 0.48)
    top = chest[:, 2].max() - rng.uniform(0.02, 0.08)
    centre = np.array([chest[:, 0].min() - depth / 2 + 0.02, 0.0, top - height / 2])
    parts: list[Mesh] = [_at(rounded_box((depth, width, height)), centre, "load")]
    for side in (-1, 1):
        over = np.array([chest[:, 0].mean(), side * 0.1, chest[:, 2].max() + 0.01])
        under = np.array([chest[:, 0].max(), side * 0.11, top - 0.28])
        parts += [(*rod(over - [0.12, 0, 0.04], over, 0.05), "load"), (*rod(over, under, 0.05), "load")]
    return parts


def _shoulder_bag(upright: Floats, rng: np.random.Generator) -> list[Mesh]:
    side = rng.choice((-1.0, 1.0))
    hip = upright[vertices_of("pelvis", "spine05", "upperleg01")]
    shoulder = upright[vertices_of("spine01")]
    length, thick, height = rng.uniform(0.2, 0.36), rng.uniform(0.06, 0.13), rng.uniform(0.16, 0.3)
    out = np.abs(hip[:, 1]).max() + thick / 2
    centre = np.array([rng.uniform(-0.06, 0.04), side * out, rng.uniform(-0.12, 0.08)])
    # Worn across: from the bag over the other shoulder, in front and behind.
    over = np.array([0.0, -side * 0.1, shoulder[:, 2].max() + 0.01])
    chest = upright[vertices_of("spine02")]
    parts: list[Mesh] = [_at(rounded_box((length, thick, height)), centre, "load")]
    for x in (chest[:, 0].max() + 0.01, chest[:, 0].min() - 0.01):
        middle = np.array([x, side * 0.02, chest[:, 2].mean()])
        end = centre + np.array([np.sign(x) * length / 3, 0, height / 2])
        parts += [(*rod(over, middle, 0.04), "load"), (*rod(middle, end, 0.04), "load")]
    return parts


def _box(upright: Floats, rng: np.random.Generator) -> list[Mesh]:
    hands = (hand(upright, "L") + hand(upright, "R")) / 2
    depth, width, height = rng.uniform(0.14, 0.24), rng.uniform(0.24, 0.36), rng.uniform(0.1, 0.22)
    centre = np.array([_belly(upright) + depth / 2 + 0.02, 0.0, hands[2] + 0.03 + height / 2])
    return [_at(rounded_box((depth, width, height), 0.2), centre, "load")]


def _parcel(upright: Floats, held: Floats, rng: np.random.Generator) -> list[Mesh]:
    depth, width, height = rng.uniform(0.05, 0.15), rng.uniform(0.18, 0.3), rng.uniform(0.18, 0.32)
    centre = np.array([_belly(upright) + depth / 2, 0.55 * held[1], held[2] + 0.02 + height / 2])
    return [_at(rounded_box((depth, width, height), 0.25), centre, "load")]


def _case(_: Floats, held: Floats, rng: np.random.Generator) -> list[Mesh]:
    """Between arm and trunk, its lower edge in the hand."""
    length, thick, height = rng.uniform(0.24, 0.4), rng.uniform(0.05, 0.12), rng.uniform(0.2, 0.3)
    inwards = np.array([0, -np.sign(held[1]) * (thick / 2 + 0.02), height / 2 - 0.02])
    return [_at(rounded_box((length, thick, height), 0.25), held + inwards, "load")]


def _hand_bag(_: Floats, held: Floats, rng: np.random.Generator) -> list[Mesh]:
    length, thick, height = rng.uniform(0.2, 0.38), rng.uniform(0.07, 0.16), rng.uniform(0.2, 0.36)
    handle = rng.uniform(0.04, 0.14)
    centre = held - [0, 0, handle + height / 2]
    parts: list[Mesh] = [_at(rounded_box((length, thick, height)), centre, "load")]
    for x in (-length / 4, length / 4):
        parts.append((*rod(held, centre + np.array([x, 0, height / 2]), 0.025), "load"))
    return parts


def _belly(upright: Floats) -> float:
    return float(upright[vertices_of("spine03", "spine04", "spine05"), 0].max())


def hand(upright: Floats, side: str) -> Floats:
    """The middle of the left ("L") or right ("R") hand, (3,)."""
    at = vertices_of("wrist", "metacarpal", "finger")
    return np.asarray(upright[at[upright[at, 1] > 0] if side == "L" else at[upright[at, 1] < 0]].mean(axis=0))


def _at(shape: tuple[Floats, NDArray[np.int32]], centre: NDArray[np.float64], material: str) -> Mesh:
    return (shape[0] + centre).astype(np.float32), shape[1], material


def loaded(parts: list[Mesh], upright: Floats, sides: str) -> Load:
    """Meshes on the upright body (V, 3), held by the left ("L"), the right ("R"), both or no arms."""
    first = np.cumsum([0, *(len(points) for points, _, _ in parts)])
    faces = np.concatenate([f + start for (_, f, _), start in zip(parts, first, strict=False)])
    materials = tuple(name for _, f, name in parts for _ in range(len(f)))
    held = np.zeros(len(upright), np.float32) + sum(arm_weight(side) for side in sides)
    local = np.concatenate([points for points, _, _ in parts]).astype(np.float32)
    return Load(local, faces.astype(np.int32), materials, upright, held.astype(np.float32))
