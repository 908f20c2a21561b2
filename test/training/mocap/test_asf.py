from __future__ import annotations

import numpy as np
import pytest
from test_bvh import moved, turn

from training.mocap.asf import read_amc, read_asf

# A trunk and a leg in inches divided by 2, y up; the leg's own axes are turned by a quarter about z.
ASF = """# a comment
:version 1.10
:units
  mass 1.0
  length 2.0
  angle deg
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
  begin
    id 1
    name trunk
    direction 0 1 0
    length 60
    axis 0 0 0 XYZ
  end
  begin
    id 2
    name leg
    direction 0 -1 0
    length 70
    axis 0 0 90 XYZ
    dof rx rz
    limits (-160.0 20.0)
           (-70.0 70.0)
  end
:hierarchy
  begin
    root trunk leg
  end
"""
AMC = """#!OML:ASF
:FULLY-SPECIFIED
:DEGREES
1
root 1 2 3 0 0 0
leg 0 0
2
root 0 0 0 0 30 0
leg 20 0
3
root 5 0 0 10 20 -15
leg 25 -35
"""
UNIT = 0.0254 / 2


def files(tmp_path, asf=ASF, amc=AMC):
    (tmp_path / "1.asf").write_text(asf)
    (tmp_path / "1_01.amc").write_text(amc)
    return read_amc(tmp_path / "1_01.amc", read_asf(tmp_path / "1.asf"))


def test_a_bone_begins_where_its_parent_ends(tmp_path):
    motion = files(tmp_path)
    assert motion.joints == ("root", "trunk", "leg", "trunk_end", "leg_end")
    assert motion.fps == 120
    root = np.array([3, 1, 2])  # the z, x, y of the file
    up = np.array([0, 0, 1])
    expected = UNIT * np.array([root, root, root, root + up * 60, root - up * 70])
    np.testing.assert_allclose(motion.placed()[1][0], expected, atol=1e-12)


def test_a_bone_turns_in_its_own_axes(tmp_path):
    """The leg's x axis is the file's y: turning about it leaves a vertical leg where it is."""
    leg = files(tmp_path).placed()[1][1, -1]
    np.testing.assert_allclose(leg, [0, 0, -70 * UNIT], atol=1e-12)


def test_places_are_those_of_plain_matrices(tmp_path):
    places = files(tmp_path, asf=ASF.replace("axis 0 0 90", "axis 20 -30 70")).placed()[1][2]
    root = moved(5, 0, 0) @ turn("Z", -15) @ turn("Y", 20) @ turn("X", 10)
    axis = turn("Z", 70) @ turn("Y", -30) @ turn("X", 20)
    leg = root @ axis @ turn("Z", -35) @ turn("X", 25) @ np.linalg.inv(axis) @ moved(0, -70, 0)
    np.testing.assert_allclose(places[-1], UNIT * leg[[2, 0, 1], 3], atol=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            ASF[ASF.index(":hierarchy") :],
            "",
            r"line 29: found the end of the file in :bonedata; expected :root",
        ),
        (
            "root trunk leg",
            "root trunk",
            r"found bone leg without a parent; expected every bone in :hierarchy",
        ),
        ("root trunk leg", "root trunk arm", r"line 32: found bone arm; expected bones of :bonedata"),
        ("length 2.0", "length 0", r"line 5: found length 0.0; expected a length above 0"),
        ("angle deg", "angle rad", r"line 6: found angle rad; expected angle deg"),
        ("order TX TY TZ RX RY RZ", "order TX TY", r"line 8: found order TX TY; expected order with"),
        ("direction 0 1 0", "direction 0 one 0", r"line 16: found 0 one 0; expected numbers: direction"),
        ("axis 0 0 90 XYZ", "axis 0 0 90", r"line 25: found 2 values; expected 3 values: axis"),
        ("dof rx rz", "dof rx l", r"line 26: found dof rx l; expected dof of rx, ry, rz"),
        (
            "  end\n  begin\n    id 2",
            "  begin\n    id 2",
            r"line 19: found begin; expected end of bone trunk",
        ),
    ],
)
def test_a_broken_skeleton_says_where(tmp_path, old, new, message):
    assert old in ASF
    with pytest.raises(ValueError, match=r"1.asf, " + message if "line" in message else message):
        files(tmp_path, asf=ASF.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (AMC, ":DEGREES\n", r"line 1: found no frames; expected at least one"),
        (":DEGREES", ":RADIANS", r"line 3: found :RADIANS; expected :DEGREES"),
        (
            "leg 25 -35\n",
            "",
            r"line 11: found the end of the file; expected 2 bones in frame 3, of which 1 are",
        ),
        ("leg 25 -35", "leg 25", r"line 12: found 1 values; expected 2 values: rx rz of leg"),
        ("leg 25 -35", "leg 25 nan", r"line 12: found nan; expected finite numbers: rx rz of leg"),
        ("leg 25 -35", "arm 25 -35", r"line 12: found arm; expected each moving bone of the skeleton once"),
        ("leg 20 0\n3", "leg 20 0\n4", r"line 10: found 4; expected the number of frame 3"),
    ],
)
def test_a_broken_motion_says_where(tmp_path, old, new, message):
    assert old in AMC
    with pytest.raises(ValueError, match=r"1_01.amc, " + message):
        files(tmp_path, amc=AMC.replace(old, new))
