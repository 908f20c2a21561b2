from __future__ import annotations

import numpy as np
import pytest
import stickwalk
import torch

from training.mocap.bvh import read_bvh
from training.mocap.joints import map_for
from training.mocap.retarget import LIMBS, leg_length, reference_heads, retargeted
from training.mocap.strides import steady_part
from training.world.body import body_model, shape
from training.world.people import sample_person

BODY = sample_person(3).body
HEADS = reference_heads(BODY)


def posed_heads(rotations):
    """Where the bones begin in anny's own posed skeleton, x ahead, y left: {bone: (T, 3)}."""
    model, frames = body_model(), len(rotations["root"])
    pose = torch.eye(4).repeat(frames, model.bone_count, 1, 1)
    for bone, turns in rotations.items():
        pose[:, model.bone_labels.index(bone), :3, :3] = torch.from_numpy(turns)
    places = model(pose_parameters=pose, **shape(BODY))["bone_poses"][:, :, :3, 3].numpy()
    return {
        bone: places[:, i] @ [[0, 1, 0], [-1, 0, 0], [0, 0, 1]] for i, bone in enumerate(model.bone_labels)
    }


def between(first, second):
    """Degrees between directions (T, 3)."""
    cosines = (first * second).sum(1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    motion = read_bvh(stickwalk.write(tmp_path_factory.mktemp("walk") / "1_01.bvh", seconds=2.5, yaw=40))
    return steady_part(motion, map_for(motion))


def test_every_limb_points_where_the_recorded_one_points(walk):
    heads, places = posed_heads(retargeted(walk, HEADS)), walk.motion.placed()[1]
    for bone, (start, end, tip, _) in LIMBS.items():
        recorded = places[:, walk.joints[end]] - places[:, walk.joints[start]]
        if bone.startswith("foot"):  # its slope is that of anny's sole; where it points is recorded
            recorded, mine = recorded[:, :2], (heads[tip] - heads[bone])[:, :2]
            assert np.median(between(recorded, mine)) < 0.5, bone
        else:
            assert between(recorded, heads[tip] - heads[bone]).max() < 0.1, bone


def test_limbs_are_not_turned_about_themselves(walk):
    """The stick bends its joints about its left axis alone, so that axis stays where it is."""
    rotations, left = retargeted(walk, HEADS), np.array([1.0, 0, 0])  # anny's left
    for side in "LR":
        thigh = rotations["root"] @ rotations[f"upperleg01.{side}"]
        shank = thigh @ rotations[f"lowerleg01.{side}"]
        assert min((thigh @ left)[:, 0].min(), (shank @ left)[:, 0].min()) > 0.97


def test_the_trunk_leans_as_recorded(walk):
    heads, places = posed_heads(retargeted(walk, HEADS)), walk.motion.placed()[1]
    recorded = places[:, walk.joints["neck"]] - walk.hips()
    mine = heads["neck01"] - (heads["upperleg01.L"] + heads["upperleg01.R"]) / 2
    assert between(recorded, mine).max() < 0.5


def test_the_standing_foot_is_flat_and_its_toes_bend_when_the_heel_rises(walk):
    rotations = retargeted(walk, HEADS)
    heads = posed_heads(rotations)
    for side in "LR":
        foot = heads[f"toe3-1.{side}"] - heads[f"foot.{side}"]
        own = HEADS[f"toe3-1.{side}"] - HEADS[f"foot.{side}"]
        tipped = np.degrees(np.arctan2(foot[:, 2], np.hypot(*foot[:, :2].T)))
        tipped -= np.degrees(np.arctan2(own[2], np.hypot(*own[:2])))
        turns = rotations[f"toe3-1.{side}"]
        bent = np.degrees(np.arccos(np.clip((np.trace(turns, axis1=1, axis2=2) - 1) / 2, -1, 1)))
        ankle = walk.motion.placed()[1][:, walk.joints[f"ankle.{side}"]]
        stands = np.linalg.norm(np.gradient(ankle, axis=0), axis=1) * walk.motion.fps < 0.1
        assert np.abs(tipped[stands].mean()) < 3
        assert np.abs(bent - np.clip(-tipped - 5, 0, 40)).max() < 0.1
        assert tipped.min() < -20  # the stick's foot is fixed to its shank and so tips as far


def test_the_reference_skeleton_is_that_of_no_rotation():
    still = {"root": np.eye(3)[None]}
    for bone, place in posed_heads(still).items():
        np.testing.assert_allclose(HEADS[bone], place[0], atol=1e-6)
    assert 0.75 < leg_length(HEADS) < 1.0
