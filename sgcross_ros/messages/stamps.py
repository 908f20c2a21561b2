"""Stamps as integer nanoseconds."""

from __future__ import annotations

from typing import Any

from builtin_interfaces.msg import Time
from std_msgs.msg import Header

SECOND = 1_000_000_000


def to_ns(stamp: Any) -> int:
    """Nanoseconds of a builtin_interfaces/Time; ValueError when it is before 0 or not a proper time."""
    if stamp.sec < 0 or not 0 <= stamp.nanosec < SECOND:
        raise ValueError(f"stamp must have sec >= 0 and nanosec < 1e9; got {stamp.sec} s {stamp.nanosec} ns")
    return int(stamp.sec) * SECOND + int(stamp.nanosec)


def to_time(nanoseconds: int) -> Time:
    """The message of a stamp in nanoseconds; ValueError when it does not fit."""
    if not 0 <= nanoseconds < 2**31 * SECOND:
        raise ValueError(f"stamp must lie in 0..2^31 s; got {nanoseconds} ns")
    seconds, rest = divmod(int(nanoseconds), SECOND)
    return Time(sec=seconds, nanosec=rest)


def header(nanoseconds: int, frame_id: str) -> Header:
    """std_msgs/Header of a stamp in nanoseconds and a frame."""
    return Header(stamp=to_time(nanoseconds), frame_id=frame_id)
