"""Reading BVH, the Biovision hierarchy: a skeleton with named channels, then one line of values per frame.

Format: M. Meredith & S. Maddock, Motion Capture File Formats Explained, University of Sheffield, 2001.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from training.mocap.lines import Lines
from training.mocap.motion import Motion, normalised

Array = NDArray[np.float64]

CHANNELS = {f"{axis}{kind}" for axis in "XYZ" for kind in ("position", "rotation")}


@dataclass
class _Skeleton:
    joints: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[list[float]] = field(default_factory=list)
    channels: list[tuple[int, str]] = field(default_factory=list)  # joint and channel of a frame's values


def read_bvh(path: str | Path, unit: float | None = None) -> Motion:
    """The motion of a BVH file, ends of limbs as joints named JOINT_end.

    unit: metres per unit, see normalised. Raises ValueError, naming the line, what was found and expected,
    for a file that is cut off or wrong.
    """
    lines = Lines(Path(path))
    skeleton = _hierarchy(lines)
    values, fps = _frames(lines, skeleton)
    rotations, roots = _unpacked(lines, skeleton, values)
    joints, parents, offsets = skeleton.joints, skeleton.parents, np.array(skeleton.offsets)
    return normalised(Motion(str(path), tuple(joints), tuple(parents), offsets, rotations, roots, fps), unit)


def _hierarchy(lines: Lines) -> _Skeleton:
    if (words := lines.next("HIERARCHY")) != ["HIERARCHY"]:
        raise lines.error(" ".join(words)[:60], "HIERARCHY")
    skeleton = _Skeleton()
    open_joints: list[int] = []
    while True:
        words = lines.next("the rest of the hierarchy, then MOTION")
        if words[0] in ("ROOT", "JOINT", "End"):
            open_joints.append(_new_joint(lines, skeleton, words, open_joints))
        elif words[0] == "}" and open_joints:
            open_joints.pop()
        elif words[0] == "OFFSET" and open_joints:
            skeleton.offsets[open_joints[-1]] = lines.numbers(words[1:], 3, "x, y, z of the offset")
        elif words[0] == "CHANNELS" and open_joints:
            skeleton.channels += [(open_joints[-1], name) for name in _channels(lines, words)]
        elif words == ["MOTION"] and not open_joints and skeleton.joints:
            return skeleton
        else:
            raise lines.error(" ".join(words)[:60], "a joint, its OFFSET, its CHANNELS, or } to close it")


def _new_joint(lines: Lines, skeleton: _Skeleton, words: list[str], open_joints: list[int]) -> int:
    if (words[0] == "ROOT") == bool(skeleton.joints) or (words[0] != "ROOT" and not open_joints):
        raise lines.error(" ".join(words), "one ROOT with every JOINT inside it")
    end = words[0] == "End"
    name = f"{skeleton.joints[open_joints[-1]]}_end" if end else " ".join(words[1:])
    if lines.next("{") != ["{"]:
        raise lines.error("no {", f"{{ after {name}")
    skeleton.joints.append(name)
    skeleton.parents.append(open_joints[-1] if open_joints else -1)
    skeleton.offsets.append([0.0, 0.0, 0.0])
    return len(skeleton.joints) - 1


def _channels(lines: Lines, words: list[str]) -> list[str]:
    count, names = words[1] if len(words) > 1 else "none", words[2:]
    if count != str(len(names)):
        raise lines.error(f"a count of {count} before {len(names)} channels", "equal numbers")
    if unknown := [name for name in names if name not in CHANNELS]:
        raise lines.error(f"channel {unknown[0]}", ", ".join(sorted(CHANNELS)))
    return names


def _frames(lines: Lines, skeleton: _Skeleton) -> tuple[Array, float]:
    words = lines.next("Frames: COUNT")
    if words[0] != "Frames:" or len(words) != 2 or not words[1].isdigit():
        raise lines.error(" ".join(words)[:60], "Frames: COUNT")
    count = int(words[1])
    words = lines.next("Frame Time: SECONDS")
    if words[:2] != ["Frame", "Time:"]:
        raise lines.error(" ".join(words)[:60], "Frame Time: SECONDS")
    (seconds,) = lines.numbers(words[2:], 1, "seconds a frame")
    if count == 0 or seconds <= 0:
        raise lines.error(f"{count} frames of {seconds} s", "at least one frame and a time above 0")
    width, what = len(skeleton.channels), "one for each channel of the hierarchy"
    values = [lines.numbers(lines.next(f"frame {i + 1} of {count}"), width, what) for i in range(count)]
    return np.array(values), 1 / seconds


def _unpacked(lines: Lines, skeleton: _Skeleton, values: Array) -> tuple[Array, Array]:
    """Rotations (T, J, 3, 3) and root positions (T, 3), in the file's unit and axes."""
    rotations = np.tile(np.eye(3), (len(values), len(skeleton.joints), 1, 1))
    roots = np.tile(skeleton.offsets[0], (len(values), 1))
    for joint, name in enumerate(skeleton.joints):
        columns = [(i, channel) for i, (owner, channel) in enumerate(skeleton.channels) if owner == joint]
        turns = [(i, channel[0]) for i, channel in columns if channel.endswith("rotation")]
        if turns:  # intrinsic: the first channel is the outermost turn
            order, angles = "".join(axis for _, axis in turns), values[:, [i for i, _ in turns]]
            rotations[:, joint] = Rotation.from_euler(order, angles, degrees=True).as_matrix()
        for i, channel in columns:
            if not channel.endswith("position"):
                continue
            if joint == 0:
                roots[:, "XYZ".index(channel[0])] += values[:, i]
            elif np.ptp(values[:, i]) > 1e-3 * (1 + abs(values[0, i])):
                raise ValueError(f"{lines.path}: {name}: found a {channel} that varies; expected rigid bones")
            else:
                skeleton.offsets[joint]["XYZ".index(channel[0])] = float(values[0, i])
    return rotations, roots
