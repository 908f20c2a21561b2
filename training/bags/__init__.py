"""Recordings: writing bags, converting public data sets into bags."""

from training.bags.messages import StaticTransform
from training.bags.writer import BagWriter

__all__ = ["BagWriter", "StaticTransform"]
