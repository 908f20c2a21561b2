"""Reading Acclaim's ASF skeletons and AMC motions, the format of the CMU library.

Format: M. Meredith & S. Maddock, Motion Capture File Formats Explained, University of Sheffield, 2001;
the unit of length: the questions page of mocap.cs.cmu.edu.
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

INCH_M = 0.0254
AMC_FPS = 120.0  # the file does not say; all of the CMU library but a few trials were recorded so


@dataclass
class Bone:
    """One bone of an ASF file.

    axis:     degrees that turn its own axes from the world's, about the axes in order
    vector:   from its beginning to its end in the file's unit
    channels: what a frame gives of it, such as rx
    """

    name: str
    parent: str = ""
    axis: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    order: str = "xyz"
    vector: Array = field(default_factory=lambda: np.zeros(3))
    channels: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Skeleton:
    """An ASF file: its bones, the root first and every parent before its children, and its unit in metres."""

    path: str
    bones: dict[str, Bone]
    unit: float

    def motion(self, source: str, values: dict[str, Array], fps: float) -> Motion:
        """The motion of channel values: for each bone that has channels, degrees or units, (T, channels)."""
        names = list(self.bones)
        leaves = [name for name in names if not any(b.parent == name for b in self.bones.values())]
        frames = len(values["root"])
        rotations = np.tile(np.eye(3), (frames, len(names) + len(leaves), 1, 1))
        for joint, name in enumerate(names):
            rotations[:, joint] = _turned(self.bones[name], values.get(name, np.zeros((frames, 0))))
        spots = [self.bones["root"].channels.index(f"t{axis}") for axis in "xyz"]
        # A bone's joint is where the bone begins: at the end of its parent.
        starts = [np.zeros(3)] + [self.bones[self.bones[name].parent].vector for name in names[1:]]
        parents = [-1] + [names.index(self.bones[name].parent) for name in names[1:]]
        motion = Motion(
            source,
            tuple(names + [f"{name}_end" for name in leaves]),
            tuple(parents + [names.index(name) for name in leaves]),
            np.array(starts + [self.bones[name].vector for name in leaves]),
            rotations,
            values["root"][:, spots],
            fps,
        )
        return normalised(motion, self.unit)


def read_asf(path: str | Path) -> Skeleton:
    """The skeleton of an ASF file.

    Raises ValueError, naming the line, what was found and expected, for a file that is cut off or wrong.
    """
    lines, bones, length, section = Lines(Path(path)), {"root": Bone("root")}, 1.0, ""
    while lines.peek():
        words = lines.next("a section")
        if words[0].startswith("#"):
            continue
        if words[0].startswith(":"):
            section = words[0]
        elif section == ":units":
            length = _units(lines, words, length)
        elif section == ":root":
            _root(lines, words, bones["root"])
        elif section == ":bonedata":
            bone = _bone(lines, words)
            bones[bone.name] = bone
        elif section == ":hierarchy":
            _join(lines, words, bones)
    if section != ":hierarchy" or not bones["root"].channels:
        raise lines.error(f"the end of the file in {section}", ":root, :bonedata and :hierarchy")
    if loose := [name for name, bone in bones.items() if name != "root" and not bone.parent]:
        raise lines.error(f"bone {loose[0]} without a parent", "every bone in :hierarchy")
    return Skeleton(str(path), _parents_first(bones), INCH_M / length)


def read_amc(path: str | Path, skeleton: Skeleton, fps: float = AMC_FPS) -> Motion:
    """The motion of an AMC file on its skeleton; errors as read_asf."""
    lines = Lines(Path(path))
    while lines.peek() and not lines.peek()[0].isdigit():
        words = lines.next("the header")
        if words[0] == ":RADIANS":
            raise lines.error(":RADIANS", ":DEGREES")
    moving = {name: bone.channels for name, bone in skeleton.bones.items() if bone.channels}
    frames: list[dict[str, list[float]]] = []
    while lines.peek():
        frames.append(_frame(lines, moving, len(frames) + 1))
    if not frames:
        raise lines.error("no frames", "at least one")
    values = {name: np.array([frame[name] for frame in frames]) for name in moving}
    return skeleton.motion(str(path), values, fps)


def _frame(lines: Lines, moving: dict[str, list[str]], number: int) -> dict[str, list[float]]:
    if (words := lines.next(f"frame {number}")) != [str(number)]:
        raise lines.error(" ".join(words)[:60], f"the number of frame {number}")
    frame: dict[str, list[float]] = {}
    for _ in moving:
        name, *rest = lines.next(f"{len(moving)} bones in frame {number}, of which {len(frame)} are there")
        if name not in moving or name in frame:
            raise lines.error(name, f"each moving bone of the skeleton once in frame {number}")
        frame[name] = lines.numbers(rest, len(moving[name]), f"{' '.join(moving[name])} of {name}")
    return frame


def _turned(bone: Bone, values: Array) -> Array:
    """The bone's rotation against its parent, (T, 3, 3): its channels turn it in its own axes."""
    own = Rotation.from_euler(bone.order, bone.axis, degrees=True)
    turns = [(i, channel[1]) for i, channel in enumerate(bone.channels) if channel[0] == "r"]
    if not turns:
        return np.tile(np.eye(3), (len(values), 1, 1))
    axes, columns = "".join(axis for _, axis in turns), [i for i, _ in turns]
    # In lower case scipy's turns are about fixed axes, the first channel first.
    turn = Rotation.from_euler(axes, values[:, columns], degrees=True)
    return np.asarray((own * turn * own.inv()).as_matrix())


def _units(lines: Lines, words: list[str], length: float) -> float:
    if words[0] == "angle" and words[1:] != ["deg"]:
        raise lines.error(" ".join(words), "angle deg")
    if words[0] != "length":
        return length
    (length,) = lines.numbers(words[1:], 1, "length")
    if length <= 0:
        raise lines.error(f"length {length}", "a length above 0")
    return length


def _root(lines: Lines, words: list[str], root: Bone) -> None:
    if words[0] == "order":
        root.channels = [word.lower() for word in words[1:]]
        if sorted(root.channels) != ["rx", "ry", "rz", "tx", "ty", "tz"]:
            raise lines.error(" ".join(words), "order with TX TY TZ RX RY RZ")
    elif words[0] == "orientation":
        root.axis = lines.numbers(words[1:], 3, "orientation")
    elif words[0] == "axis":
        root.order = _order(lines, words)


def _bone(lines: Lines, words: list[str]) -> Bone:
    if words != ["begin"]:
        raise lines.error(" ".join(words)[:60], "begin of a bone")
    bone, direction, length = Bone(""), np.zeros(3), 0.0
    while (words := lines.next("end of a bone")) != ["end"]:
        if words[0] == "name":
            bone.name = " ".join(words[1:])
        elif words[0] == "direction":
            direction = np.array(lines.numbers(words[1:], 3, "direction"))
        elif words[0] == "length":
            (length,) = lines.numbers(words[1:], 1, "length")
        elif words[0] == "axis":
            bone.axis, bone.order = lines.numbers(words[1:-1], 3, "axis"), _order(lines, words)
        elif words[0] == "dof":
            bone.channels = [word.lower() for word in words[1:]]
            if not set(bone.channels) <= {"rx", "ry", "rz"}:
                raise lines.error(" ".join(words), "dof of rx, ry, rz")
        elif words[0] == "begin":
            raise lines.error("begin", f"end of bone {bone.name}")
    bone.vector = direction * length
    return bone


def _order(lines: Lines, words: list[str]) -> str:
    if sorted(words[-1].lower()) != ["x", "y", "z"]:
        raise lines.error(words[-1], "an order of axes such as XYZ")
    return words[-1].lower()


def _join(lines: Lines, words: list[str], bones: dict[str, Bone]) -> None:
    if words[0] in ("begin", "end"):
        return
    if unknown := [name for name in words if name not in bones]:
        raise lines.error(f"bone {unknown[0]}", "bones of :bonedata")
    for child in words[1:]:
        bones[child].parent = words[0]


def _parents_first(bones: dict[str, Bone], start: str = "root") -> dict[str, Bone]:
    """The bones from start on, limb by limb, children in the file's order; CMU's own tables are sorted so."""
    order = {start: bones[start]}
    for child in [name for name, bone in bones.items() if bone.parent == start]:
        order |= _parents_first(bones, child)
    return order
