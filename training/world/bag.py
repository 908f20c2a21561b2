"""`sgcross world demo|bag`: recordings of people who walk past a camera and a LiDAR, with the truth."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tqdm import tqdm

from sgcross_core.settings import flatten, with_values
from training.bags import BagWriter
from training.world import body
from training.world.outages import Outage, parse_outage
from training.world.people import checked_seed
from training.world.plans import Plan, Role, cast, enrol_plan, general_plan, probe_plan
from training.world.recording import Order, Slice, record, rendering
from training.world.scene import SensorConfig, hash_of
from training.world.truth import read_settings, write
from training.world.wardrobe import CONDITIONS, short

WORLD_VERSION = 3  # a new number when equal settings give other bytes than before
DEMO_SEED, DEVELOPMENT_SEED = 90_000, 20_000
NIGHT = 0.001  # of the light of a day
WORN = [name for name in CONDITIONS if name not in ("occlusion", "night")]
# Seconds of one core for a second of recording with three people in it, and to start a process.
RENDER_S, START_S = 0.6, 10.0


@dataclass(frozen=True)
class Request:
    """A recording as it is asked for; two equal requests give the same file.

    kind: enrol, probe or general; seconds: of a general one only; conditions: what people wear and carry, one
    after the other
    """

    kind: str
    seed: int
    people: int
    strangers: int = 0
    first_seed: int = DEMO_SEED
    seconds: float = 0.0
    sensors: SensorConfig = field(default_factory=SensorConfig)
    conditions: tuple[str, ...] = ("normal",)
    outages: tuple[Outage, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in ("enrol", "probe", "general"):
            raise ValueError(f"kind must be enrol, probe or general; got {self.kind!r}")
        checked_seed(self.seed, "seed")
        checked_seed(self.first_seed, "first person seed")
        for condition in self.conditions:
            short(condition)

    def settings(self) -> dict[str, Any]:
        """What the file depends on, for the truth file."""
        words = {k: v for k, v in asdict(self).items() if k != "sensors"}
        words |= {"conditions": [*self.conditions], "outages": [*words["outages"]]}  # as JSON has them
        sensors = {name: value for name, value, _ in flatten(self.sensors)}
        return {"world": WORLD_VERSION, **words, "sensors": sensors}

    def plan(self) -> Plan:
        """Who walks where and when."""
        if self.kind == "general":
            return general_plan(self._cast(0), self.seed, self.seconds)
        if self.kind == "probe":
            return probe_plan(self._cast(1), self.seed)
        return enrol_plan(self._cast(0), self.seed)

    def _cast(self, walk: int) -> list[Role]:
        walks = hash_of(self.seed, walk)
        return cast(self.people, self.strangers, self.first_seed, walks, self.conditions)


def make(request: Request, path: Path, processes: int, say: Callable[[str], None]) -> bool:
    """Write the bag `path` and its truth file beside it; False when an equal request had made both before.

    say: gets a sentence on what is done. The truth file comes last, so that it stands for a finished bag.
    """
    writer, beside = BagWriter(path), truth_path(path)
    if path.exists() and read_settings(beside) == request.settings():
        say(f"{path} is there, made with the same settings; it is used as it is.")
        return False
    if not body.is_cached():
        say("The body model is prepared for the first time on this machine; that takes one to three minutes.")
    seed = hash_of(request.seed, *request.kind.encode())
    order = Order(request.plan(), request.sensors, seed, request.outages)
    with rendering(order, processes) as slices:
        wait = START_S * (processes > 1) + order.plan.seconds * RENDER_S / processes
        seconds, people = order.plan.seconds, len(order.plan.roles)
        say(f"{path}: {seconds:.0f} s of recording, people: {people}; about {wait:.0f} s to render.")
        beside.unlink(missing_ok=True)
        write(beside, record(writer, order, request.settings(), _with_bar(slices, order, path)))
    return True


def truth_path(path: Path) -> Path:
    """Of the truth file that belongs to a bag."""
    return path.with_name(f"{path.stem}.truth.json")


def add_commands(groups: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `demo` and `bag` to the command line of `sgcross world`; both set `run`, which takes the choice."""
    demo = groups.add_parser("demo", help="two recordings: people to enrol, the same people to recognise")
    demo.add_argument("out", type=Path, metavar="OUTDIR", help="enrol.mcap and probe.mcap are put here")
    demo.add_argument("--people", type=int, help="default 6, or 3 with --short")
    demo.add_argument("--strangers", type=int, help="only in probe.mcap; default 2, or 1 with --short")
    demo.add_argument("--short", action="store_true", help="half of it, for a quick check")
    demo.set_defaults(run=run_demo)
    bag = groups.add_parser("bag", help="one recording of people who come and go")
    bag.add_argument("out", type=Path, metavar="OUT.mcap")
    bag.add_argument("--seconds", type=float, default=20.0)
    bag.add_argument("--people", type=int, default=4)
    bag.add_argument("--strangers", type=int, default=0, help="people that the truth file calls strangers")
    bag.add_argument(
        "--conditions", default="normal", metavar="NAME,...", help=f"in turn, of {', '.join(WORN)}"
    )
    bag.add_argument("--occluders", action="store_true", help="a tree, a post and a bush stand before people")
    bag.add_argument("--night", action="store_true", help="a thousandth of the light")
    bag.add_argument(
        "--outage", action="append", default=[], metavar="SENSOR:BEGIN:SECONDS", help="a sensor falls silent"
    )
    bag.add_argument("--beams", type=int, default=64, help="of the LiDAR")
    bag.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE",
        help="another setting of the sensors, like lidar.device=vlp-32c or camera.exposure=15",
    )  # fmt: skip
    bag.set_defaults(run=run_bag)
    for parser, first in ((demo, DEMO_SEED), (bag, DEVELOPMENT_SEED)):
        parser.add_argument("--seed", type=int, default=1, help="another seed, another recording")
        parser.add_argument("--first-person-seed", type=int, default=first, help=f"default {first}")
        parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes")


def run_demo(choice: argparse.Namespace) -> int:
    """`sgcross world demo`."""
    for request in demo_requests(choice):
        make(request, choice.out / f"{request.kind}.mcap", choice.jobs, _say)
    return 0


def demo_requests(choice: argparse.Namespace) -> list[Request]:
    """The two recordings of a demo: the same people, and only in the second the strangers."""
    people = choice.people if choice.people is not None else 3 if choice.short else 6
    strangers = choice.strangers if choice.strangers is not None else 1 if choice.short else 2
    first = choice.first_person_seed
    extras = (("enrol", 0), ("probe", strangers))
    return [Request(kind, choice.seed, people, extra, first) for kind, extra in extras]


def run_bag(choice: argparse.Namespace) -> int:
    """`sgcross world bag`."""
    request = Request(
        "general",
        choice.seed,
        choice.people,
        choice.strangers,
        choice.first_person_seed,
        choice.seconds,
        sensors(choice),
        tuple(choice.conditions.split(",")),
        tuple(parse_outage(text) for text in choice.outage),
    )
    make(request, choice.out, choice.jobs, _say)
    return 0


def sensors(choice: argparse.Namespace) -> SensorConfig:
    """The sensors that the command line of `bag` describes; ValueError names a wrong setting."""
    values: dict[str, Any] = {"lidar.beams": choice.beams, "occluders": choice.occluders}
    if choice.night:
        values["camera.light"] = NIGHT
    for text in choice.set:
        name, sign, value = text.partition("=")
        if not sign:
            raise ValueError(f"--set needs NAME=VALUE; got {text!r}")
        values[name] = yaml.safe_load(value)
    return with_values(SensorConfig(), values)


def _with_bar(slices: Iterator[Slice], order: Order, path: Path) -> Iterator[Slice]:
    yield from tqdm(slices, total=order.slices, desc=path.name, unit="s", disable=None)


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()
