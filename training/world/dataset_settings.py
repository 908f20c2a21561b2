"""What a synthetic data set holds: who walks, in which conditions, seen from which views, and the presets."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from sgcross_core.settings import check, setting
from training.data.layout import CONDITIONS, VIEWS
from training.world.devices import DEVICES
from training.world.people import POPULATIONS

EVERY_CONDITION, EVERY_VIEW = " ".join(CONDITIONS), " ".join(VIEWS)


@dataclass(frozen=True)
class DatasetSettings:
    """A data set depends on these alone; people are seeds, and words of a list are separated by spaces."""

    train_first: int = setting(0, "seed of the first person of the training set", low=0)
    train_last: int = setting(250, "seed after its last one", low=1)
    test_first: int = setting(10_000, "seed of the first person of the test set", low=0)
    test_last: int = setting(10_800, "seed after its last one", low=1)
    recordings: str = setting("", "folder of motion capture: those recorded there are the test set, alone")
    bodies: int = setting(1, "people who walk as each of those recorded, bodies their own", low=1, high=49)
    population: str = setting("adults", "from which people are drawn", choices=POPULATIONS)
    spread: float = setting(1.0, "how much people differ", low=0.0, high=1.0)
    body_spread: float = setting(1.0, "times spread: how much bodies differ", low=0.0, high=1.0)
    gait_spread: float = setting(1.0, "times spread: how much ways of walking differ", low=0.0, high=1.0)
    conditions: str = setting(EVERY_CONDITION, "of the probes, dealt out to people in turn")
    probes: int = setting(1, "walks of each person besides the one in the gallery", low=1, high=99)
    views: str = setting(EVERY_VIEW, "folders of each walk")
    shortest: int = setting(20, "least frames of a sequence, 10 a second", low=1, high=100)
    longest: int = setting(30, "most frames of a sequence", low=1, high=100)
    seed: int = setting(0, "of paths, sensors, moods; people have seeds of their own", low=0)
    lidar: str = setting("vls-128", "the device, SUSTech1K's has 128 beams too", choices=tuple(DEVICES))
    mask_error: float = setting(0.0, "errors of the masks by day, see SegmenterConfig", low=0.0, high=1.0)
    jet: bool = setting(True, "write the coloured depth pictures too, 12 kB a frame")
    annotated: bool = setting(False, "write labels with an annotator's errors too")
    recorded: bool = setting(False, "write the unsynchronised files too, the camera at 30 Hz")

    def __post_init__(self) -> None:
        check(self)
        if self.shortest > self.longest:
            raise ValueError(f"shortest must not exceed longest; got {self.shortest} and {self.longest}")
        for name, people in (("train", self.train), ("test", self.test)):
            if not people:
                raise ValueError(
                    f"people who {name} must be FIRST:LAST with FIRST below LAST; "
                    f"got {people.start}:{people.stop}"
                )
        if {*self.train} & {*self.test}:
            raise ValueError(
                "people of the training and test sets must differ; got "
                f"{self.train_first}:{self.train_last} and {self.test_first}:{self.test_last}"
            )
        _check_words("conditions", self.conditions, tuple(CONDITIONS))
        _check_words("views", self.views, VIEWS)

    @property
    def train(self) -> range:
        """Seeds."""
        return range(self.train_first, self.train_last)

    @property
    def test(self) -> range:
        """Seeds."""
        return range(self.test_first, self.test_last)

    @property
    def view_list(self) -> tuple[str, ...]:
        return tuple(self.views.split())

    @property
    def mean_frames(self) -> float:
        """Of a sequence."""
        return (self.shortest + self.longest) / 2


def _check_words(name: str, text: str, allowed: tuple[str, ...]) -> None:
    words = text.split()
    unknown = [word for word in words if word not in allowed]
    if unknown or not words or len({*words}) < len(words):
        raise ValueError(
            f"DatasetSettings.{name} must be different words of {' '.join(allowed)}; got {text!r}"
        )


# SUSTech1K has 250 + 800 identities, 12 views and 25,239 sequences: 24.04 each, so about two walks.
FULL = DatasetSettings()
PRESETS = {
    "tiny": dataclasses.replace(
        FULL, train_last=2, test_last=10_002, probes=2, views="000 090", shortest=4, longest=6
    ),
    "bench": dataclasses.replace(FULL, train_last=200, test_last=10_200, jet=False),
    "full": FULL,
}
