"""The bags of the demo, made by `sgcross world demo` when they are not there."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sgcross_ros.demo.truth import Truth

NAMES = ("enrol", "probe")


@dataclass(frozen=True)
class World:
    """A folder with enrol.mcap, probe.mcap and their truth files."""

    folder: Path

    def bag(self, name: str) -> Path:
        """Of "enrol" or "probe"."""
        return self.folder / f"{name}.mcap"

    def truth(self, name: str) -> Truth:
        """Of "enrol" or "probe"; ValueError when it cannot be read."""
        return Truth.load(self.folder / f"{name}.truth.json")


def make(folder: Path, short: bool, seed: int) -> World:
    """Have the bags made; RuntimeError when that fails. Bags of the same settings are used as they are."""
    # A process of its own: the nodes' side must not import the training side.
    command = [sys.executable, "-m", "sgcross_core.cli", "world", "demo", str(folder), "--seed", str(seed)]
    command += ["--short"] if short else []
    if code := subprocess.run(command, check=False).returncode:
        raise RuntimeError(f"the walks could not be made: `{' '.join(command)}` ended with code {code}")
    return World(folder)


def find(folder: Path) -> World:
    """Bags that are there; ValueError names what is missing."""
    world = World(folder)
    wanted = [path for name in NAMES for path in (world.bag(name), folder / f"{name}.truth.json")]
    if missing := [path.name for path in wanted if not path.exists()]:
        raise ValueError(f"{folder} has no {', '.join(missing)}; `sgcross world demo {folder}` makes them")
    return world
