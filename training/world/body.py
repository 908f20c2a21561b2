"""The body model: anny, loaded once a process, and its faces sorted by what they are made of."""

from __future__ import annotations

from functools import lru_cache

import anny
import numpy as np
import torch
from anny.paths import get_anny_cache_path
from numpy.typing import NDArray

from training.world.legs import Leg
from training.world.people import PHENOTYPES, Body
from training.world.sole import Sole

Floats = NDArray[np.float32]

TOPOLOGY = "notoes_collapse10pc"  # 1229 vertices, 2454 triangles: 5 times faster than the full mesh
MATERIALS = ("skin", "upper", "lower", "shoes", "hair")
# The material of a face is that of the first name that its strongest bone starts with.
BONE_MATERIALS = {
    "root": "lower", "pelvis": "lower", "upperleg": "lower", "lowerleg": "lower",
    "foot": "shoes", "toe": "shoes",
    "wrist": "skin", "finger": "skin", "metacarpal": "skin", "neck": "skin", "head": "skin", "eye": "skin",
}  # fmt: skip
# anny's local changes by the field of Body that sets them.
LOCAL = {
    "shoulders": ("torso-vshape-incr",), "chest": ("torso-scale-depth-incr",),
    "waist": ("measure-waist-circ-incr",), "hips": ("hip-scale-horiz-incr",),
    "thighs": ("measure-thigh-circ-incr",), "calves": ("measure-calf-circ-incr",),
    "legs": ("measure-upperleg-height-incr", "measure-lowerleg-height-incr"),
    "arms": ("measure-upperarm-length-incr", "measure-lowerarm-length-incr"),
}  # fmt: skip
DENSITY = 1000.0  # kilograms a cubic metre
UNDER_M = 0.03  # what lies lower than this under the ankle belongs to the sole
HAIR_CROWN_M, HAIR_BACK_M = 0.05, 0.08  # hair: this near the crown, or this far behind the face


def is_cached() -> bool:
    """Whether anny has prepared its model on this machine; the first load takes one to three minutes."""
    return any(get_anny_cache_path().glob("*/build_compact_model_data_*.safetensors"))


@lru_cache(maxsize=1)
def body_model() -> anny.Anny:
    """anny in float32 with the reduced topology."""
    changes = [label for labels in LOCAL.values() for label in labels]
    model = anny.Anny(topology=TOPOLOGY, skinning_method="lbs", local_changes=changes)
    return model.to(torch.float32).requires_grad_(False)


def posed(body: Body, rotations: dict[str, NDArray[np.float64]]) -> Floats:
    """The body's vertices, float32 (T, V, 3), metres, root at the origin, facing +x, y left, z up.

    rotations: anny's bones to float64 (T, 3, 3), see training.world.gait.bone_rotations
    """
    frames = len(next(iter(rotations.values())))
    if frames == 0:
        return np.empty((0, len(bone_of_vertex()), 3), np.float32)
    pose = torch.eye(4).repeat(frames, body_model().bone_count, 1, 1)
    for name, matrices in rotations.items():
        pose[:, _bone(name), :3, :3] = torch.from_numpy(matrices).float()
    vertices = _posed(body, pose)["vertices"].numpy()
    return np.stack([-vertices[..., 1], vertices[..., 0], vertices[..., 2]], axis=-1)


def legs(body: Body) -> tuple[Leg, Leg]:
    """The left and the right leg of a body."""
    vertices, bones = _reference(body)
    return _leg(vertices, bones, "L", 1.0), _leg(vertices, bones, "R", -1.0)


def stature(body: Body) -> float:
    """Metres from sole to crown, standing upright."""
    vertices, _ = _reference(body)
    leg, _ = legs(body)
    upright = leg.length(0.0) + leg.thigh[2] + leg.shank[2]  # the reference pose stands astride
    return float(np.ptp(vertices[:, 2]) + upright)


def mass_index(body: Body) -> float:
    """Kilograms a square metre of stature, at DENSITY."""
    vertices, _ = _reference(body)
    a, b, c = (vertices[faces()[:, corner]] for corner in range(3))
    volume = np.einsum("fd,fd->", a, np.cross(b, c)) / 6
    return float(abs(volume) * DENSITY / stature(body) ** 2)


@lru_cache(maxsize=4)
def _reference(body: Body) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The vertices (V, 3) and the heads of the bones (B, 3) in anny's reference pose and frame."""
    posed = _posed(body, torch.eye(4).repeat(1, body_model().bone_count, 1, 1))
    return posed["vertices"][0].double().numpy(), posed["bone_poses"][0, :, :3, 3].double().numpy()


def _leg(vertices: NDArray[np.float64], bones: NDArray[np.float64], name: str, side: float) -> Leg:
    links = ("upperleg01", "lowerleg01", "foot", "toe2-1")
    hip, knee, ankle, toe = (bones[_bone(f"{link}.{name}")] for link in links)
    under = foot(name)[vertices[foot(name), 2] < ankle[2] - UNDER_M]
    sole = Sole.of((vertices[under] - ankle)[:, 1:], _toe_shares()[under], (toe - ankle)[1:])
    return Leg(side, hip, knee - hip, ankle - knee, sole)


@lru_cache(maxsize=1)
def _toe_shares() -> NDArray[np.float64]:
    """(V,): how much each vertex goes with the toes, 0..1."""
    model = body_model()
    is_toe = np.array([label.startswith("toe") for label in model.bone_labels])
    shares = is_toe[model.vertex_bone_indices.numpy()] * model.vertex_bone_weights.numpy()
    return np.asarray(shares.sum(axis=1), np.float64)


def _bone(name: str) -> int:
    return int(body_model().bone_labels.index(name))


def _posed(body: Body, pose: torch.Tensor) -> dict[str, torch.Tensor]:
    with torch.inference_mode():
        return dict(body_model()(pose_parameters=pose, **shape(body)))


def shape(body: Body) -> dict[str, dict[str, float]]:
    """The arguments that give anny's model this shape."""
    changes = {label: getattr(body, name) for name, labels in LOCAL.items() for label in labels}
    phenotype = {name: getattr(body, name) for name in PHENOTYPES}
    return {"phenotype_kwargs": phenotype, "local_changes_kwargs": changes}


@lru_cache(maxsize=1)
def faces() -> NDArray[np.int32]:
    """int32 (F, 3): the corners of each triangle, counter-clockwise from outside."""
    return body_model().faces.numpy().astype(np.int32)


@lru_cache(maxsize=1)
def bone_of_vertex() -> NDArray[np.str_]:
    """(V,): the bone that moves each vertex most."""
    model = body_model()
    strongest = model.vertex_bone_weights.argmax(dim=1, keepdim=True)
    return np.array(model.bone_labels)[model.vertex_bone_indices.gather(1, strongest)[:, 0].numpy()]


@lru_cache(maxsize=2)
def foot(side: str) -> NDArray[np.intp]:
    """The vertices of the left ("L") or right ("R") foot."""
    bones = bone_of_vertex()
    return np.flatnonzero([b.startswith(("foot", "toe")) and b.endswith(side) for b in bones])


@lru_cache(maxsize=1)
def materials() -> NDArray[np.uint8]:
    """uint8 (F,): index into MATERIALS of each face."""
    bones = bone_of_vertex()[faces()[:, 0]]
    result = np.array([MATERIALS.index(_material(bone)) for bone in bones], np.uint8)
    result[_is_hair(bones)] = MATERIALS.index("hair")
    return result


def _material(bone: str) -> str:
    return next((made_of for start, made_of in BONE_MATERIALS.items() if bone.startswith(start)), "upper")


def _is_hair(bones: NDArray[np.str_]) -> NDArray[np.bool_]:
    rest = posed(Body(), {"root": np.eye(3)[None]})[0]
    middle, head = rest[faces()].mean(axis=1), bones == "head"
    crown, nose = middle[head, 2].max(), middle[head, 0].max()
    face_side = middle[:, 0] > nose - HAIR_BACK_M
    near_crown = middle[:, 2] > crown - HAIR_CROWN_M
    above_nape = middle[:, 2] > crown - 0.18
    return np.asarray(head & above_nape & (near_crown | ~face_side))
