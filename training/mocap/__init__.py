"""Recorded walks as a second source of gait: reading motion capture and walking anny's bodies by it."""

from training.mocap.joints import JointMap, read_map
from training.mocap.overview import contact_sheet, describe
from training.mocap.recordings import Subject, read_folder, walkers
from training.mocap.walker import MotionWalker

__all__ = [
    "JointMap",
    "MotionWalker",
    "Subject",
    "contact_sheet",
    "describe",
    "read_folder",
    "read_map",
    "walkers",
]
