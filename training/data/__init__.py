"""Gait data sets on disk: SUSTech1K's layout, read by name and without running what a file says."""

from training.data.layout import CONDITIONS, GALLERY, VIEWS
from training.data.partition import Partition, read_partition
from training.data.reader import GaitData, GaitSequence, Report, faults, open_data, scan
from training.data.unpickler import read_pickle

__all__ = [
    "CONDITIONS",
    "GALLERY",
    "VIEWS",
    "GaitData",
    "GaitSequence",
    "Partition",
    "Report",
    "faults",
    "open_data",
    "read_partition",
    "read_pickle",
    "scan",
]
