"""What a synthetic data set holds: who walks, in which conditions, seen from which views, and the presets."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from sgcross_core.settings import check, setting
from training.data.layout import CONDITIONS, GALLERY, VIEWS
from training.world.devices import DEVICES
from training.world.people import POPULATIONS

EVERY_CONDITION, EVERY_VIEW = " ".join(CONDITIONS), " ".join(VIEWS)
GALLERY_WALK = 0  # number of a person's walk in the gallery; probes follow


@dataclass(frozen=True)
class Walk:
    """One walk of one person, seen from all views: its folder name, like 01-bg, and its number."""

    type: str
    number: int

    @property
    def condition(self) -> str:
        """One of the letters in CONDITIONS."""
        return self.type[-2:]


@dataclass(frozen=True)
class Identity:
    """A folder of the data set and the person in it, a seed; their walks, the gallery's first."""

    name: str
    person: int
    walks: tuple[Walk, ...]


@dataclass(frozen=True)
class DatasetSettings:
    """A data set depends on these alone; people are seeds, and words of a list are separated by spaces."""

    train_first: int = setting(0, "seed of the first person of the training set", low=0)
    train_last: int = setting(250, "seed after its last one", low=1)
    test_first: int = setting(10_000, "seed of the first person of the test set", low=0)
    test_last: int = setting(10_800, "seed after its last one", low=1)
    conditions: str = setting(EVERY_CONDITION, "of the probes, dealt out to people in turn")
    probes: int = setting(1, "walks of each person besides the one in the gallery", low=1, high=99)
    views: str = setting(EVERY_VIEW, "folders of each walk")
    shortest: int = setting(20, "least frames of a sequence, 10 a second", low=1, high=100)
    longest: int = setting(30, "most frames of a sequence", low=1, high=100)
    population: str = setting("adults", "from which people are drawn", choices=POPULATIONS)
    spread: float = setting(1.0, "how much people differ", low=0.0, high=1.0)
    body_spread: float = setting(1.0, "times spread: how much bodies differ", low=0.0, high=1.0)
    gait_spread: float = setting(1.0, "times spread: how much ways of walking differ", low=0.0, high=1.0)
    seed: int = setting(0, "of paths, sensors and everything else but the people", low=0)
    lidar: str = setting("vls-128", "the device, SUSTech1K's has 128 beams too", choices=tuple(DEVICES))
    mask_error: float = setting(0.0, "errors of the masks by day, see SegmenterConfig", low=0.0, high=1.0)
    jet: bool = setting(True, "write the coloured depth pictures too, 12 kB a frame")
    annotated: bool = setting(False, "write labels with an annotator's errors too")
    recorded: bool = setting(False, "write the unsynchronised files too, the camera at 30 Hz")

    def __post_init__(self) -> None:
        check(self)
        if self.shortest > self.longest:
            raise ValueError(f"shortest must not exceed longest; got {self.shortest} and {self.longest}")
        for name, people in (("train", self._train), ("test", self._test)):
            if not people:
                raise ValueError(
                    f"people who {name} must be FIRST:LAST with FIRST below LAST; "
                    f"got {people.start}:{people.stop}"
                )
        if {*self._train} & {*self._test}:
            raise ValueError(
                "people of the training and test sets must differ; got "
                f"{self.train_first}:{self.train_last} and {self.test_first}:{self.test_last}"
            )
        _check_words("conditions", self.conditions, tuple(CONDITIONS))
        _check_words("views", self.views, VIEWS)

    @property
    def view_list(self) -> tuple[str, ...]:
        return tuple(self.views.split())

    @property
    def train(self) -> list[Identity]:
        """Folders 0000 and on."""
        return self._identities(self._train, 0)

    @property
    def test(self) -> list[Identity]:
        """Folders after those of the training set."""
        return self._identities(self._test, len(self._train))

    @property
    def people(self) -> int:
        return len(self._train) + len(self._test)

    @property
    def sequences(self) -> int:
        return self.people * (1 + self.probes) * len(self.view_list)

    @property
    def frames(self) -> float:
        """Person-frames that are expected, seen by both sensors."""
        return self.sequences * (self.shortest + self.longest) / 2

    @property
    def _train(self) -> range:
        return range(self.train_first, self.train_last)

    @property
    def _test(self) -> range:
        return range(self.test_first, self.test_last)

    def _identities(self, people: range, first: int) -> list[Identity]:
        return [Identity(f"{first + k:04d}", seed, self._walks(k)) for k, seed in enumerate(people)]

    def _walks(self, k: int) -> tuple[Walk, ...]:
        """The k-th person of a set has the conditions from number k * probes on, so all are as frequent."""
        conditions = self.conditions.split()
        probes = (conditions[(k * self.probes + j) % len(conditions)] for j in range(self.probes))
        return (
            Walk(GALLERY, GALLERY_WALK),
            *(Walk(f"{j:02d}-{condition}", j) for j, condition in enumerate(probes, GALLERY_WALK + 1)),
        )


def sequence_frames(settings: DatasetSettings, rng: np.random.Generator) -> int:
    """The number of frames of one sequence, drawn anew for each."""
    return int(rng.integers(settings.shortest, settings.longest + 1))


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
