"""The recordings in a folder: who was recorded, on which trial, and what of it is walking."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.mocap.asf import read_amc, read_asf
from training.mocap.bvh import read_bvh
from training.mocap.joints import JointMap, map_for
from training.mocap.mat import read_mat
from training.mocap.motion import Motion
from training.mocap.strides import NoWalk, Steady, steady_part
from training.mocap.walker import MotionWalker
from training.world.people import sample_person

TRIAL = re.compile(r"(\d+)_(\d+)\.(bvh|amc)", re.IGNORECASE)  # SUBJECT_TRIAL, as the CMU library names files
TABLE = re.compile(r"cmu(\d+)WalkJog\.mat", re.IGNORECASE)
SEEDS_FROM = 40000  # a subject's person is that of this seed and the subject's number
SUBJECTS = 200  # more than the CMU library has; the seeds of further bodies are so far apart


@dataclass(frozen=True)
class Recording:
    """One trial of a file.

    motion: as recorded, None when the file is broken
    walk:   the part that is used, None when refused says why not
    """

    file: str
    subject: int
    trial: int
    motion: Motion | None = None
    walk: Steady | None = None
    refused: str = ""
    broken: bool = False


@dataclass(frozen=True)
class Subject:
    """Somebody recorded: their walks by trial number.

    The recordings say nothing of a body's shape, so it is that of an adult of this seed, the same on every
    trial; where the skeleton was measured, the legs are as long as the recorded ones. Further people, body 1
    and on, walk as the subject does and have legs of their own.
    """

    number: int
    walks: dict[int, Steady]

    @property
    def seed(self) -> int:
        """Of the person whose body and colours the subject gets."""
        return SEEDS_FROM + self.number

    def walker(self, trial: int, body: int = 0) -> MotionWalker:
        """The subject, or one who walks so, on one trial; ValueError for a trial that is not among .walks."""
        if trial not in self.walks:
            known = ", ".join(map(str, sorted(self.walks)))
            raise ValueError(f"subject {self.number}: found no trial {trial}; expected one of {known}")
        walk, seed = self.walks[trial], self.seed + SUBJECTS * body
        own = dataclasses.replace(walk, measured=walk.measured and body == 0)
        return MotionWalker(own, sample_person(seed, population="adults"), trial)


def walkers(folder: str | Path, maps: Sequence[JointMap] = ()) -> list[Subject]:
    """Everybody who walks in a folder's recordings, by number; trials without straight walking are left out.

    maps: joint maps to try before the shipped ones. Raises ValueError for a broken file or unknown skeleton.
    """
    subjects: dict[int, Subject] = {}
    for recording in read_folder(folder, maps):
        if recording.broken:
            raise ValueError(recording.refused)
        if recording.walk is not None:
            subject = subjects.setdefault(recording.subject, Subject(recording.subject, {}))
            subject.walks[recording.trial] = recording.walk
    return [subjects[number] for number in sorted(subjects)]


def read_folder(folder: str | Path, maps: Sequence[JointMap] = ()) -> list[Recording]:
    """All trials in a folder by subject and number, broken and refused ones too.

    SUBJECT_TRIAL.bvh; SUBJECT_TRIAL.amc with SUBJECT.asf beside it; cmu35WalkJog.mat with 35.asf. A trial
    that is there twice is used once, with more frames a second. Raises ValueError for a folder without any.
    """
    found = [one for path in sorted(Path(folder).glob("*")) for one in _of_file(path, maps)]
    if not found:
        raise ValueError(f"{folder}: found nothing; expected SUBJECT_TRIAL.bvh, .amc or cmu35WalkJog.mat")
    found.sort(key=lambda one: (one.subject, one.trial, -(one.motion.fps if one.motion else 0)))
    used: dict[tuple[int, int], str] = {}
    return [_unless_used(one, used) for one in found]


def _of_file(path: Path, maps: Sequence[JointMap]) -> Iterator[Recording]:
    trial, table = TRIAL.fullmatch(path.name), TABLE.fullmatch(path.name)
    subject = int(trial[1]) if trial else int(table[1]) if table else 0
    number = int(trial[2]) if trial else 0
    if not trial and not table:
        return
    try:
        skeleton = None if path.suffix.lower() == ".bvh" else read_asf(_skeleton_of(path, subject))
        if skeleton is None:
            motions = {number: read_bvh(path)}
        else:
            motions = {number: read_amc(path, skeleton)} if trial else read_mat(path, skeleton)
    except ValueError as error:
        yield Recording(path.name, subject, number, refused=str(error), broken=True)
        return
    for number, motion in motions.items():
        yield _judged(Recording(path.name, subject, number, motion), motion, maps)


def _skeleton_of(path: Path, subject: int) -> Path:
    for name in (f"{subject:02d}.asf", f"{subject}.asf"):
        if (skeleton := path.with_name(name)).exists():
            return skeleton
    raise ValueError(f"{path}: found no {subject:02d}.asf beside it; expected the subject's skeleton")


def _judged(recording: Recording, motion: Motion, maps: Sequence[JointMap]) -> Recording:
    who = (recording.file, recording.subject, recording.trial, motion)
    try:
        return Recording(*who, steady_part(motion, map_for(motion, maps)))
    except NoWalk as reason:
        return Recording(*who, refused=str(reason))
    except ValueError as error:
        return Recording(*who, refused=str(error), broken=True)


def _unless_used(one: Recording, used: dict[tuple[int, int], str]) -> Recording:
    """The recording, refused if its trial is among those used; used takes it up."""
    if one.walk is None:
        return one
    file = used.setdefault((one.subject, one.trial), one.file)
    if file == one.file:
        return one
    return dataclasses.replace(one, walk=None, refused=f"{one.file}: found trial {one.trial} in {file} too")
