from __future__ import annotations

import json

import pytest
import stickwalk
import yaml

from training.mocap.bvh import read_bvh
from training.mocap.joints import FOLDER, LANDMARKS, map_for, read_map, shipped_maps
from training.mocap.motion import Motion

WHOLE = yaml.safe_load((FOLDER / "motionbuilder.yaml").read_text())


def renamed(motion: Motion, change) -> Motion:
    return Motion(**{**vars(motion), "joints": tuple(change(name) for name in motion.joints)})


@pytest.fixture
def motion(tmp_path):
    return read_bvh(stickwalk.write(tmp_path / "1_01.bvh", seconds=0.2))


def test_the_shipped_maps_are_whole_and_differ():
    assert len({tuple(one.joints.values()) for one in shipped_maps()}) == 4
    assert all(set(one.joints) == set(LANDMARKS) for one in shipped_maps())


def test_the_map_is_found_by_the_joints(motion):
    assert map_for(motion).source.endswith("motionbuilder.yaml")


def test_a_missing_joint_is_named(motion):
    other = renamed(motion, lambda name: name.replace("LeftLeg", "LeftShin"))
    with pytest.raises(
        ValueError, match=r"1_01.bvh: found no joint 'LeftLeg', which .*motionbuilder.yaml expects"
    ):
        map_for(other)


@pytest.mark.parametrize("write", [yaml.safe_dump, json.dumps])
def test_a_users_map_comes_first(tmp_path, motion, write):
    other = renamed(motion, lambda name: f"my:{name}")
    path = tmp_path / "mine.txt"
    path.write_text(write({"measured": True, "joints": {k: f"my:{v}" for k, v in WHOLE["joints"].items()}}))
    found = map_for(other, [read_map(path)])
    assert found.measured
    assert found.indices(other)["knee.L"] == other.joints.index("my:LeftLeg")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"found None; expected measured"),
        ("[1, 2", r"found no YAML or JSON"),
        ("joints: 3", r"found {'joints': 3}; expected measured: true or false, and joints:"),
        (yaml.safe_dump({**WHOLE, "measured": "yes, sir"}), r"expected measured: true or false"),
        (
            yaml.safe_dump({"joints": {k: v for k, v in WHOLE["joints"].items() if k != "knee.R"}}),
            r"joints: found no name for 'knee.R'; expected pelvis, neck",
        ),
        (
            yaml.safe_dump({"joints": {**WHOLE["joints"], "tail": "Tail"}}),
            r"joints: found 'tail'; expected only pelvis",
        ),
    ],
)
def test_a_wrong_map_says_what_is_wrong(tmp_path, content, message):
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"mine.yaml: .*" + message.removeprefix("joints: ")):
        read_map(path)
