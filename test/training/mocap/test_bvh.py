from __future__ import annotations

import numpy as np
import pytest

from training.mocap.bvh import read_bvh

# A pole with an arm: centimetres, y up.
POLE = """HIERARCHY
ROOT base
{
  OFFSET 0 10 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT top
  {
    OFFSET 0 150 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 0 40
    }
  }
}
MOTION
Frames: 3
Frame Time: 0.02
1 2 3 0 0 0 0 0 0
0 0 0 0 90 0 0 90 0
100 0 0 5 -20 10 30 -40 60
"""


def turn(axis, degrees):
    """A rotation about one axis, as 4x4, written out."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    block = {
        "X": [[1, 0, 0], [0, c, -s], [0, s, c]],
        "Y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
        "Z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }
    matrix = np.eye(4)
    matrix[:3, :3] = block[axis]
    return matrix


def moved(x, y, z):
    matrix = np.eye(4)
    matrix[:3, 3] = x, y, z
    return matrix


def read(tmp_path, text, **more):
    path = tmp_path / "pole.bvh"
    path.write_text(text)
    return read_bvh(path, **more)


def test_the_skeleton_and_the_rate(tmp_path):
    motion = read(tmp_path, POLE)
    assert motion.joints == ("base", "top", "top_end")
    assert motion.parents == (-1, 0, 1)
    assert motion.fps == pytest.approx(50)
    assert len(motion) == 3


def test_places_are_those_worked_out_by_hand(tmp_path):
    places = read(tmp_path, POLE).placed()[1]
    # The file's z, x, y become x, y, z, in metres.
    np.testing.assert_allclose(
        places[0], [[0.03, 0.01, 0.12], [0.03, 0.01, 1.62], [0.43, 0.01, 1.62]], atol=1e-12
    )
    # The arm's own quarter turn about x points it down, and the base's about y leaves it there.
    np.testing.assert_allclose(places[1], [[0, 0, 0.1], [0, 0, 1.6], [0, 0, 1.2]], atol=1e-12)


def test_places_are_those_of_plain_matrices(tmp_path):
    places = read(tmp_path, POLE).placed()[1][2]
    base = moved(100, 10, 0) @ turn("Z", 5) @ turn("Y", -20) @ turn("X", 10)
    top = base @ moved(0, 150, 0) @ turn("Z", 30) @ turn("X", -40) @ turn("Y", 60)
    end = top @ moved(0, 0, 40)
    expected = np.array([matrix[[2, 0, 1], 3] for matrix in (base, top, end)]) / 100
    np.testing.assert_allclose(places, expected, atol=1e-12)


@pytest.mark.parametrize(("scale", "metres"), [(1, 0.01), (0.01, 1), (10, 0.001), (0.01 / 0.0254, 0.0254)])
def test_the_unit_is_the_one_that_makes_the_body_human(tmp_path, scale, metres):
    motion = read(
        tmp_path, POLE.replace("0 150 0", f"0 {150 * scale} 0").replace("0 0 40", f"0 0 {40 * scale}")
    )
    np.testing.assert_allclose(motion.offsets[1], [0, 1.5, 0], rtol=1e-6)
    assert motion.roots[0, 2] == pytest.approx(12 * metres)


def test_a_unit_that_is_named_is_taken_and_checked(tmp_path):
    assert read(tmp_path, POLE, unit=0.012).offsets[1, 1] == pytest.approx(1.8)
    with pytest.raises(ValueError, match=r"pole.bvh: the skeleton is 150 units tall, \(150 m\).*1.2-2.2 m"):
        read(tmp_path, POLE, unit=1.0)


def test_z_up_files_stay_as_they_are(tmp_path):
    text = POLE.replace("0 150 0", "0 0 150").replace("0 0 40", "0 40 0")
    np.testing.assert_allclose(read(tmp_path, text).placed()[1][0, 1], [0.01, 0.12, 1.53])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("HIERARCHY\n", "", r"line 1: found ROOT base; expected HIERARCHY"),
        (
            POLE[POLE.index("    CHANNELS 3") :],
            "",
            r"line 8: found the end of the file; expected the rest of the",
        ),
        (POLE, "", r"line 0: found the end of the file; expected HIERARCHY"),
        ("100 0 0 5 -20 10 30 -40 60\n", "", r"line 20: found the end of the file; expected frame 3 of 3"),
        ("10 30 -40 60", "10 30", r"line 21: found 7 values; expected 9 values"),
        ("10 30 -40 60", "10 30 -40 60 1", r"line 21: found 10 values; expected 9 values"),
        ("10 30 -40 60", "10 30 -40 nan", r"line 21: found nan; expected finite numbers"),
        ("10 30 -40 60", "10 30 -40 x", r"line 21: found 100 0 .* x; expected numbers"),
        ("Frames: 3", "Frames: 0", r"line 18: found 0 frames of 0.02 s; expected at least one frame"),
        ("Frames: 3", "Frames: many", r"line 17: found Frames: many; expected Frames: COUNT"),
        ("Frame Time: 0.02", "Frame Time: 0", r"line 18: found 3 frames of 0.0 s; expected at least one"),
        ("CHANNELS 3 Zrot", "CHANNELS 4 Zrot", r"line 9: found a count of 4 before 3 channels"),
        ("3 Zrotation Xrotation", "3 Wrotation Xrotation", r"line 9: found channel Wrotation; expected X"),
        ("OFFSET 0 150 0", "OFFSET 0 150", r"line 8: found 2 values; expected 3 values: x, y, z"),
        ("JOINT top", "ROOT top", r"line 6: found ROOT top; expected one ROOT"),
        ("  JOINT top\n  {", "  JOINT top", r"line 7: found no {; expected { after top"),
        ("}\nMOTION", "MOTION", r"line 15: found MOTION; expected"),
    ],
)
def test_a_broken_file_says_where(tmp_path, old, new, message):
    assert old in POLE
    with pytest.raises(ValueError, match=r"pole.bvh, " + message):
        read(tmp_path, POLE.replace(old, new))


def test_bones_that_stretch_are_refused(tmp_path):
    text = POLE.replace("3 Zrotation Xrotation Yrotation", "3 Xposition Xrotation Yrotation")
    with pytest.raises(
        ValueError, match=r"pole.bvh: top: found a Xposition that varies; expected rigid bones"
    ):
        read(tmp_path, text)
