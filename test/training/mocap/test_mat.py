from __future__ import annotations

import numpy as np
import pytest
import scipy.io
from test_asf import ASF

from training.mocap.asf import read_asf
from training.mocap.mat import TESTING, TRAINING, read_mat

WIDTH = 6 + 2  # the root and the leg


def content():
    """Two frames a trial: the root is as high as the trial's number, the leg turns by 10 degrees."""

    def table(trials):
        values = np.zeros((2 * len(trials), WIDTH))
        values[:, 1], values[1::2, 6] = np.repeat(trials, 2), 10
        return values, np.repeat(np.eye(len(trials), dtype=np.uint8), 2, axis=0)

    (values, labels), (more, more_labels) = table(TRAINING), table(TESTING)
    return {"Y": values, "lbls": labels, "Ytest": more, "lblstest": more_labels}


def read(tmp_path, tables):
    (tmp_path / "35.asf").write_text(ASF)
    scipy.io.savemat(tmp_path / "cmu35WalkJog.mat", tables)
    return read_mat(tmp_path / "cmu35WalkJog.mat", read_asf(tmp_path / "35.asf"))


def test_each_trial_gets_its_own_frames(tmp_path):
    motions = read(tmp_path, content())
    assert sorted(motions) == sorted((*TRAINING, *TESTING))
    assert len(motions) == 33
    for trial, motion in motions.items():
        assert len(motion) == 2
        assert motion.fps == 30
        np.testing.assert_allclose(motion.roots[:, 2], trial * 0.0254 / 2)
        assert motion.source.endswith(f"cmu35WalkJog.mat#{trial:02d}")


def test_channels_follow_the_order_of_the_bones(tmp_path):
    motion = read(tmp_path, content())[7]
    leg = motion.rotations[:, motion.joints.index("leg")]
    np.testing.assert_allclose(
        np.degrees(np.arccos((np.trace(leg, axis1=1, axis2=2) - 1) / 2)), [0, 10], atol=1e-6
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Y": None}, r"Y: found nothing; expected a table of numbers"),
        ({"Y": np.array(["a"])}, r"Y: found .*; expected a table of numbers"),
        ({"lbls": np.zeros((62, 3))}, r"lbls: found \(62, 3\); expected \(62, 31\)"),
        ({"lblstest": np.zeros((4, 2))}, r"lblstest: found no frames of trial 18; expected at least one"),
        ({"Y": np.zeros((62, 5))}, r"found 5 channels; expected 8 as in .*35.asf"),
        ({"Y": np.where(np.eye(62, WIDTH, -4), np.nan, 0)}, r"Y: found no finite number in row 5, column 1"),
    ],
)
def test_a_wrong_table_says_what_is_wrong(tmp_path, change, message):
    tables = {name: value for name, value in (content() | change).items() if value is not None}
    with pytest.raises(ValueError, match=r"cmu35WalkJog.mat.*" + message):
        read(tmp_path, tables)


def test_what_is_no_mat_file_is_refused(tmp_path):
    (tmp_path / "35.asf").write_text(ASF)
    (tmp_path / "cmu35WalkJog.mat").write_bytes(b"no matlab here" * 20)
    with pytest.raises(ValueError, match=r"cmu35WalkJog.mat: found no .mat file of MATLAB 5"):
        read_mat(tmp_path / "cmu35WalkJog.mat", read_asf(tmp_path / "35.asf"))
