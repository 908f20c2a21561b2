"""Reading the walks and jogs of CMU subject 35 as learning papers use them: one .mat file of AMC channels.

Y and Ytest hold every fourth frame of the trials, 62 channels in the order of the skeleton's bones; lbls and
lblstest say with one column a trial which frames are whose. The choice of trials is that of G. Taylor,
G. Hinton & S. Roweis, Modeling Human Motion Using Binary Latent Variables, NIPS 2006.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.io
from numpy.typing import NDArray

from training.mocap.asf import AMC_FPS, Skeleton
from training.mocap.motion import Motion

Array = NDArray[np.float64]

FPS = AMC_FPS / 4
# The CMU trials in the order of the file's labels; 17-26 are the jogs.
TRAINING = (*range(1, 18), *range(19, 27), 28, *range(30, 35))
TESTING = (18, 29)


def read_mat(path: str | Path, skeleton: Skeleton) -> dict[int, Motion]:
    """The motions by CMU trial number, on the skeleton of 35.asf.

    Raises ValueError, naming the variable, what was found and what was expected, for any other .mat file.
    """
    try:
        content = scipy.io.loadmat(path)
    except (ValueError, NotImplementedError, TypeError, OSError) as error:
        raise ValueError(f"{path}: found no .mat file of MATLAB 5 ({error})") from error
    motions: dict[int, Motion] = {}
    for names, trials in ((("Y", "lbls"), TRAINING), (("Ytest", "lblstest"), TESTING)):
        values, labels = (_table(path, content, name) for name in names)
        _check_labels(f"{path}: {names[1]}", values, labels, trials)
        for column, trial in enumerate(trials):
            chosen = values[labels[:, column] > 0]
            motions[trial] = skeleton.motion(f"{path}#{trial:02d}", _by_bone(path, chosen, skeleton), FPS)
    return motions


def _table(path: str | Path, content: dict[str, NDArray[np.generic]], name: str) -> Array:
    found = content.get(name)
    if found is None or found.ndim != 2 or not np.issubdtype(found.dtype, np.number):
        kind = "nothing" if found is None else f"{found.dtype} {found.shape}"
        raise ValueError(f"{path}: {name}: found {kind}; expected a table of numbers")
    table = np.asarray(found, np.float64)
    if len(bad := np.argwhere(~np.isfinite(table))):
        row, column = bad[0] + 1
        raise ValueError(
            f"{path}: {name}: found no finite number in row {row}, column {column}; expected numbers"
        )
    return table


def _check_labels(where: str, values: Array, labels: Array, trials: tuple[int, ...]) -> None:
    if labels.shape != (len(values), len(trials)):
        raise ValueError(f"{where}: found {labels.shape}; expected {(len(values), len(trials))}")
    if empty := [trial for trial, column in zip(trials, labels.T, strict=True) if not column.any()]:
        raise ValueError(f"{where}: found no frames of trial {empty[0]}; expected at least one")


def _by_bone(path: str | Path, values: Array, skeleton: Skeleton) -> dict[str, Array]:
    widths = {name: len(bone.channels) for name, bone in skeleton.bones.items() if bone.channels}
    if values.shape[1] != sum(widths.values()):
        raise ValueError(
            f"{path}: found {values.shape[1]} channels; expected {sum(widths.values())} as in {skeleton.path}"
        )
    return dict(zip(widths, np.split(values, np.cumsum(list(widths.values()))[:-1], axis=1), strict=True))
