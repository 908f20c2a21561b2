"""Write the documented parameter file of the nodes, or check one without starting a robot."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

from sgcross_core.settings import with_values
from sgcross_ros import environment


def main(argv: list[str]) -> int:
    """0 when done; 1 when a checked file is not valid, with every reason on the error output."""
    environment.prepare()
    parser = argparse.ArgumentParser(prog="sgcross parameters", description=(__doc__ or "").strip())
    parser.add_argument("--check", type=Path, metavar="FILE", help="a parameter file to check")
    chosen = parser.parse_args(argv)
    if chosen.check is None:
        sys.stdout.write(text())
        return 0
    wrong = problems(chosen.check)
    sys.stderr.writelines(f"{chosen.check}: {line}\n" for line in wrong)
    return 1 if wrong else 0


def defaults() -> dict[str, Any]:
    """The settings of each node by its name."""
    from sgcross_ros.identity_settings import IdentitySettings
    from sgcross_ros.people_settings import PeopleSettings

    return {"people_node": PeopleSettings(), "identity_node": IdentitySettings()}


def text() -> str:
    """The content of config/gait.yaml."""
    from sgcross_ros.parameters import yaml_text

    return yaml_text(defaults())


def problems(path: Path) -> list[str]:
    """What is wrong with a parameter file, a sentence each; nothing when a node would take it."""
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as broken:
        return [f"cannot be read: {broken}"]
    if not isinstance(content, dict):
        return ["must map node names to ros__parameters"]
    return [line for name, settings in defaults().items() for line in _wrong_of(name, settings, content)]


def _wrong_of(name: str, settings: Any, content: dict[str, Any]) -> list[str]:
    wrong = []
    for pattern, section in content.items():
        if pattern.split("/")[-1] not in (name, "*", "**"):
            continue
        for key, value in _leaves((section or {}).get("ros__parameters") or {}):
            try:
                settings = settings if key == "use_sim_time" else with_values(settings, {key: value})
            except ValueError as reason:
                wrong.append(f"{name}: {reason}")
    return wrong


def _leaves(values: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        found += _leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return found
