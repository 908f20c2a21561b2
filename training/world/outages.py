"""Times in which a sensor of a recording is silent, as when a cable comes loose."""

from __future__ import annotations

import math
from dataclasses import dataclass

SENSORS = ("camera", "lidar")


@dataclass(frozen=True)
class Outage:
    """sensor: camera or lidar; begin, seconds: when it falls silent in a recording, and for how long."""

    sensor: str
    begin: float
    seconds: float

    def __post_init__(self) -> None:
        if self.sensor not in SENSORS:
            raise ValueError(f"an outage is of one of {', '.join(SENSORS)}; got {self.sensor!r}")
        if not (self.begin >= 0 and 0 < self.seconds < math.inf):
            raise ValueError(
                f"an outage begins at 0 s or later and lasts above 0 s; got {self.begin} and {self.seconds}"
            )

    def silences(self, sensor: str, time: float) -> bool:
        """Whether a sensor says nothing at a time in seconds."""
        return sensor == self.sensor and self.begin <= time < self.begin + self.seconds


def parse_outage(text: str) -> Outage:
    """SENSOR:BEGIN:SECONDS; ValueError says what is wrong."""
    sensor, *numbers = text.split(":")
    try:
        begin, seconds = (float(number) for number in numbers)
    except ValueError:
        raise ValueError(f"an outage is SENSOR:BEGIN:SECONDS, like camera:5:2; got {text!r}") from None
    return Outage(sensor, begin, seconds)
