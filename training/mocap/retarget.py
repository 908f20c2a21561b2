"""A recorded walk on anny's body: rotations of her bones that point each limb where the recorded one points.

Recordings differ in their rest poses (arms out, arms down, none at all), so none is used. A limb's direction
comes from its two joints. How it is turned about itself comes from its joint's rotation, which is taken to be
level on average over the walk; so are the pelvis and the head, whose direction no two joints tell.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from training.mocap.strides import Steady
from training.world.body import body_model, shape
from training.world.people import Body

Array = NDArray[np.float64]

WALKER_FROM_ANNY = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])  # she faces -y with +x on her left
AHEAD, LEFT, UP = np.eye(3)
# anny's bone: the recorded landmarks that it leads from and to, her bone at its end, the bone that carries it
LIMBS = {
    f"{bone}.{side}": (f"{start}.{side}", f"{end}.{side}", f"{tip}.{side}", carrier.replace("?", side))
    for side in "LR"
    for bone, start, end, tip, carrier in (
        ("upperleg01", "hip", "knee", "lowerleg01", "root"),
        ("lowerleg01", "knee", "ankle", "foot", "upperleg01.?"),
        ("foot", "ankle", "toe", "toe3-1", "lowerleg01.?"),
        ("upperarm01", "shoulder", "elbow", "lowerarm01", "spine02"),
        ("lowerarm01", "elbow", "wrist", "wrist", "upperarm01.?"),
    )
} | {"neck01": ("neck", "head", "head", "spine02")}
SPINE = ("root", "spine05", "spine03", "spine02")  # each takes an equal share of the trunk's bend
TRUNK_ROUNDS = 3  # after which the bent trunk leans as recorded to a hundredth of a degree
TOES = tuple(f"toe{i}-1" for i in range(1, 6))
STIFF_TOE_DEG, BENT_TOE_DEG = 5.0, 40.0  # a foot tipped more than this bends its toes, at most so far
FLAT_SHARE = 0.2  # of the time, in which a foot is slowest: it stands flat then


def reference_heads(body: Body) -> dict[str, Array]:
    """Where anny's bones begin in her reference pose: metres, the walker's axes, the root at the origin."""
    model = body_model()
    with torch.inference_mode():
        pose = torch.eye(4).repeat(1, model.bone_count, 1, 1)
        bones = model(pose_parameters=pose, **shape(body))["bone_poses"][0]
    heads = bones[:, :3, 3].double().numpy() @ WALKER_FROM_ANNY.T
    return dict(zip(model.bone_labels, heads, strict=True))


def leg_length(heads: dict[str, Array]) -> float:
    """Metres from hip to knee to ankle, the mean of both legs."""
    chain = ("upperleg01", "lowerleg01", "foot")
    joints = np.array([[heads[f"{bone}.{side}"] for bone in chain] for side in "LR"])
    return float(np.linalg.norm(np.diff(joints, axis=1), axis=2).sum() / 2)


def retargeted(walk: Steady, heads: dict[str, Array]) -> dict[str, Array]:
    """Rotations of anny's bones for training.world.body.posed, each float64 (T, 3, 3), frame by frame.

    heads: of the body, see reference_heads
    """
    turns, places = walk.motion.placed()
    marks = {mark: (turns[:, joint], places[:, joint]) for mark, joint in walk.joints.items()}
    whole = _trunk(marks, heads) | {"head": _level(marks["head"][0])}
    for bone, (start, end, tip, _) in LIMBS.items():
        direction, sideways = _limb(marks, start, end)
        own = heads[tip] - heads[bone]
        if bone.startswith("foot"):
            direction = _flat_when_standing(direction, marks[start], own, walk.motion.fps)
        whole[bone] = _frame(direction, sideways) @ _frame(own, LEFT).T
    carriers = {bone: limb[3] for bone, limb in LIMBS.items()} | {"head": "neck01"}
    carriers |= dict(zip(SPINE[1:], SPINE, strict=False))
    local = {bone: np.swapaxes(whole[by], 1, 2) @ whole[bone] for bone, by in carriers.items()}
    for side in "LR":
        local |= _toes(whole[f"foot.{side}"], heads, side)
    local["root"] = whole["root"]
    return {bone: WALKER_FROM_ANNY.T @ turn @ WALKER_FROM_ANNY for bone, turn in local.items()}


def _limb(marks: dict[str, tuple[Array, Array]], start: str, end: str) -> tuple[Array, Array]:
    """Direction and sideways axis of a limb, each (T, 3); the axis moves with it, on average to the left."""
    turn, place = marks[start]
    return marks[end][1] - place, turn @ (np.swapaxes(turn, 1, 2) @ LEFT).mean(axis=0)


def _trunk(marks: dict[str, tuple[Array, Array]], heads: dict[str, Array]) -> dict[str, Array]:
    """Whole rotations of the SPINE: the pelvis by the line of the hips, the chest by shoulders and trunk."""
    hips, shoulders = (marks[f"{name}.L"][1] - marks[f"{name}.R"][1] for name in ("hip", "shoulder"))
    turn = marks["pelvis"][0]
    upright = turn @ (np.swapaxes(turn, 1, 2) @ UP).mean(axis=0)
    pelvis = _columns(np.cross(hips, upright), hips)
    trunk = marks["neck"][1] - (marks["hip.L"][1] + marks["hip.R"][1]) / 2
    trunk /= np.linalg.norm(trunk, axis=1, keepdims=True)
    base = (heads["upperleg01.L"] + heads["upperleg01.R"]) / 2
    ends = [base, *(heads[bone] for bone in (*SPINE[1:], "neck01"))]
    links = np.diff(ends, axis=0)
    aim, own = trunk.copy(), links.sum(axis=0)
    for _ in range(TRUNK_ROUNDS):
        bones = _bent(pelvis, _frame(aim, shoulders) @ _frame(own, LEFT).T)
        leads = sum(turn @ link for turn, link in zip(bones, links, strict=True))
        aim += trunk - leads / np.linalg.norm(leads, axis=1, keepdims=True)
    return dict(zip(SPINE, bones, strict=True))


def _bent(pelvis: Array, chest: Array) -> list[Array]:
    """The rotations from the pelvis to the chest in equal steps, one for each bone of SPINE."""
    step = Rotation.from_matrix(np.swapaxes(pelvis, 1, 2) @ chest).as_rotvec()
    shares = np.linspace(0, 1, len(SPINE))
    return [pelvis @ Rotation.from_rotvec(share * step).as_matrix() for share in shares]


def _flat_when_standing(direction: Array, ankle: tuple[Array, Array], own: Array, fps: float) -> Array:
    """The foot's direction, tipped by one angle so that the standing foot slopes as anny's flat foot does."""
    turn, place = ankle
    speed = np.linalg.norm(np.gradient(place, axis=0), axis=1) * fps
    stands = speed <= np.quantile(speed, FLAT_SHARE)
    hinge = (np.swapaxes(turn, 1, 2) @ np.cross(UP, direction)[..., None])[..., 0]
    hinge = hinge[stands].mean(axis=0)
    tip = _slope(direction[stands].mean(axis=0)) - _slope(own)
    local = (np.swapaxes(turn, 1, 2) @ direction[..., None])[..., 0]
    tipped = Rotation.from_rotvec(tip * hinge / np.linalg.norm(hinge)).apply(local)
    return np.asarray((turn @ tipped[..., None])[..., 0])


def _toes(foot: Array, heads: dict[str, Array], side: str) -> dict[str, Array]:
    """Rotations of the toes against the foot: they stay level when the heel rises, as far as toes bend."""
    own = heads[f"toe3-1.{side}"] - heads[f"foot.{side}"]
    tipped = np.array([_slope(own) - _slope(direction) for direction in foot @ own])
    bend = np.clip(tipped - np.radians(STIFF_TOE_DEG), 0, np.radians(BENT_TOE_DEG))
    hinge = np.cross(own, UP)
    turn = Rotation.from_rotvec(bend[:, None] * hinge / np.linalg.norm(hinge)).as_matrix()
    return {f"{toe}.{side}": turn for toe in TOES}


def _slope(direction: Array) -> float:
    """Radians above the horizontal."""
    return float(np.arctan2(direction[2], np.hypot(direction[0], direction[1])))


def _level(turns: Array) -> Array:
    """Rotations (T, 3, 3) of a joint whose mean rotation is none."""
    left, _, right = np.linalg.svd(turns.mean(axis=0))
    return np.asarray(turns @ (left @ right).T)


def _frame(along: Array, sideways: Array) -> Array:
    """Rotations (..., 3, 3) whose columns are along, and sideways as nearly as a right angle allows."""
    along = along / np.linalg.norm(along, axis=-1, keepdims=True)
    across = sideways - (sideways * along).sum(axis=-1, keepdims=True) * along
    across = across / np.linalg.norm(across, axis=-1, keepdims=True)
    return np.stack([along, across, np.cross(along, across)], axis=-1)


def _columns(ahead: Array, left: Array) -> Array:
    """Rotations (T, 3, 3) that turn AHEAD and LEFT to these directions, LEFT exactly."""
    return np.asarray(_frame(left, ahead) @ _frame(LEFT, AHEAD).T)
