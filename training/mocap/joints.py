"""Which joint of a recording is which landmark of a body: maps as data, some shipped, more from the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from training.mocap.motion import Motion

FOLDER = Path(__file__).parent / "maps"
SIDED = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "toe")
LANDMARKS = ("pelvis", "neck", "head", *(f"{name}.{side}" for name in SIDED for side in "LR"))


@dataclass(frozen=True)
class JointMap:
    """A map of one naming of joints.

    source:   the file, for messages
    measured: whether the skeletons have the sizes of the recorded people
    joints:   each of LANDMARKS to the joint's name in the recording
    """

    source: str
    measured: bool
    joints: dict[str, str]

    def missing(self, motion: Motion) -> list[str]:
        """The joints of the map that the motion lacks."""
        return [name for name in self.joints.values() if name not in motion.joints]

    def indices(self, motion: Motion) -> dict[str, int]:
        """Each landmark's joint in the motion; ValueError when one is missing."""
        if missing := self.missing(motion):
            raise ValueError(
                f"{motion.source}: found no joint {missing[0]!r}, which {self.source} expects; "
                f"the recording has {', '.join(motion.joints[:40])}"
            )
        return {mark: motion.joints.index(name) for mark, name in self.joints.items()}


def read_map(path: str | Path) -> JointMap:
    """The map of a YAML or JSON file: measured (true or false) and joints (each of LANDMARKS to a name)."""
    try:
        content = yaml.safe_load(Path(path).read_text())
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: found no YAML or JSON ({str(error).splitlines()[0]})") from error
    joints = content.get("joints") if isinstance(content, dict) else None
    if not isinstance(joints, dict) or not isinstance(content.get("measured", False), bool):
        raise ValueError(f"{path}: found {str(content)[:60]}; expected measured: true or false, and joints:")
    if missing := [mark for mark in LANDMARKS if not isinstance(joints.get(mark), str)]:
        raise ValueError(f"{path}: joints: found no name for {missing[0]!r}; expected {', '.join(LANDMARKS)}")
    if unknown := sorted(set(joints) - set(LANDMARKS), key=str):
        raise ValueError(f"{path}: joints: found {unknown[0]!r}; expected only {', '.join(LANDMARKS)}")
    return JointMap(str(path), content.get("measured", False), joints)


@lru_cache(maxsize=1)
def shipped_maps() -> tuple[JointMap, ...]:
    """The maps in the folder maps, by file name."""
    return tuple(read_map(path) for path in sorted(FOLDER.glob("*.yaml")))


def map_for(motion: Motion, more: Sequence[JointMap] = ()) -> JointMap:
    """The first map, more before the shipped ones, whose joints the motion has all.

    Raises ValueError naming the map that comes closest and a joint that it misses.
    """
    maps = (*more, *shipped_maps())
    closest = min(maps, key=lambda one: len(one.missing(motion)))
    closest.indices(motion)
    return closest
