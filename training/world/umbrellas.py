"""Umbrellas: open over the head, open and leaning on the shoulder, or closed in the hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.world.accessories import ARM_WITH_BAG, Load, Mesh, hand, loaded
from training.world.attachment import rod, standing, tube_faces, vertices_of
from training.world.people import Body

Floats = NDArray[np.float32]

ARM_WITH_OPEN = {"arm_mean": 22.0, "elbow": 112.0, "arm_abduction": 4.0}
RADIUS_M, RISE_M = (0.38, 0.5), (0.1, 0.16)  # folding umbrellas to large ones
SHAFT_M = 0.024


def umbrella(figure: Body, rng: np.random.Generator) -> Load:
    """Closed (half of the times), over the head or on the shoulder (a quarter each)."""
    kind, side = ("closed", "closed", "shoulder", "over")[rng.integers(4)], "LR"[rng.integers(2)]
    upright = standing(figure, **(ARM_WITH_BAG if kind == "closed" else ARM_WITH_OPEN))
    shape = {"over": _over_the_head, "shoulder": _on_the_shoulder, "closed": _closed}[kind]
    return loaded(shape(upright, hand(upright, side), rng), upright, side)


def _over_the_head(upright: Floats, held: Floats, rng: np.random.Generator) -> list[Mesh]:
    """The dome well clear of the crown; tilted backwards a little, so that the eyes are free."""
    head = upright[vertices_of("head")]
    crown = np.array([head[:, 0].mean(), head[:, 1].mean(), head[:, 2].max()])
    top = crown + np.array([rng.uniform(0, 0.1), 0, rng.uniform(0.14, 0.22)])
    top[1] = 0.5 * held[1]
    back, aside = np.radians([rng.uniform(-14, 0), rng.uniform(-6, 6)])
    axis = np.array([np.sin(back), np.sin(aside), 1.0])
    return _open(held, top, axis, rng)


def _on_the_shoulder(upright: Floats, held: Floats, rng: np.random.Generator) -> list[Mesh]:
    """The shaft leans on the shoulder, so the canopy hangs behind the head."""
    shoulder = upright[vertices_of("clavicle")]
    shoulder = shoulder[np.sign(shoulder[:, 1]) == np.sign(held[1])]
    rest = np.array([shoulder[:, 0].mean(), 0.8 * held[1], shoulder[:, 2].max() + 0.02])
    axis = (rest - held) / np.linalg.norm(rest - held)
    return _open(held, held + axis * rng.uniform(0.72, 0.85), axis, rng)


def _closed(_: Floats, held: Floats, rng: np.random.Generator) -> list[Mesh]:
    """Hanging from the hand, a short or a long one."""
    length, lean = rng.uniform(0.25, 0.7), np.radians(rng.uniform(-10, 25))
    down = np.array([np.sin(lean), 0, -np.cos(lean)])
    return [(*rod(held - 0.1 * down, held + length * down, rng.uniform(0.04, 0.08)), "umbrella")]


def _open(held: Floats, top: Floats, axis: Floats, rng: np.random.Generator) -> list[Mesh]:
    points, faces = _canopy(rng.uniform(*RADIUS_M), rng.uniform(*RISE_M))
    points = points @ _raised(axis / np.linalg.norm(axis)) + top
    below = held + 0.1 * (held - top) / np.linalg.norm(held - top)
    return [(points.astype(np.float32), faces, "umbrella"), (*rod(below, top, SHAFT_M), "umbrella")]


def _canopy(radius: float, rise: float) -> tuple[Floats, NDArray[np.int32]]:
    """Two domes 1 cm apart below the origin, eight ribs, the rim sagging between them."""
    sectors = 16
    angles = np.arange(sectors) * 2 * np.pi / sectors
    scallop = 1 - 0.05 * (np.arange(sectors) % 2)
    rings = []
    for share, gap in ((0.55, -0.01), (1.0, -0.01), (1.0, 0.0), (0.8, 0.0), (0.4, 0.0)):
        reach = radius * share * (scallop if share == 1 else np.ones(sectors))
        fall = np.full(sectors, -rise * share**2 + gap)
        rings.append(np.stack([reach * np.cos(angles), reach * np.sin(angles), fall], axis=-1))
    points = np.vstack([*rings, [[0, 0, -0.01], [0, 0, 0]]])
    return points.astype(np.float32), tube_faces(len(rings), sectors)


def _raised(axis: Floats) -> Floats:
    """(3, 3): row vectors times this have their z along the axis, a unit vector that points upwards."""
    x = np.array([axis[2], 0.0, -axis[0]])
    x /= np.linalg.norm(x)
    return np.array([x, np.cross(axis, x), axis])
