"""The environment variables that ROS 2 needs here, for nodes, commands, demo and tests alike.

Values that the user has set are kept. rclpy reads them when it starts: call `prepare` before importing it.
"""

from __future__ import annotations

import fcntl
import os
import random
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

PACKAGE = "sgcross_ros"
PROFILE = "FASTRTPS_DEFAULT_PROFILES_FILE"
_RESOURCE = "share/ament_index/resource_index/packages"


def config_dir() -> Path:
    """The folder of the shipped configuration: of the installed package, else of the source tree.

    FileNotFoundError names the folders that were tried.
    """
    prefixes = [*filter(None, os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)), sys.prefix]
    folders = [Path(prefix) / "share" / PACKAGE / "config" for prefix in prefixes]
    folders.append(Path(__file__).resolve().parent.parent / "config")
    for folder in folders:
        if (folder / "fastdds.xml").exists():
            return folder
    raise FileNotFoundError(f"no configuration of {PACKAGE} in {', '.join(map(str, folders))}")


def needed(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that are missing from an environment so that ROS 2 runs in it as it should."""
    missing: dict[str, str] = {}
    prefixes = [p for p in environment.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if p]
    if (Path(sys.prefix) / _RESOURCE / "rclpy").exists() and sys.prefix not in prefixes:
        missing["AMENT_PREFIX_PATH"] = os.pathsep.join([sys.prefix, *prefixes])
    if not environment.get(PROFILE):
        missing[PROFILE] = str(config_dir() / "fastdds.xml")
    return missing


def private(domain: int) -> dict[str, str]:
    """Variables that keep a run to this machine and apart from other runs. domain: 0 to 101."""
    if not 0 <= domain <= 101:
        raise ValueError(f"a ROS domain must lie in 0..101; got {domain}")
    return {"ROS_DOMAIN_ID": str(domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}


def claim_domain() -> int:
    """A ROS domain that no other run on this machine has claimed, kept until this process ends.

    RuntimeError when all are taken.
    """
    numbers = list(range(1, 100))
    random.shuffle(numbers)
    for number in numbers:
        path = Path(tempfile.gettempdir()) / f"sgcross-domain-{number}.lock"
        try:
            lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o666)
        except PermissionError:  # another user's
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        return number
    raise RuntimeError(f"other runs hold every ROS domain: see {tempfile.gettempdir()}/sgcross-domain-*.lock")


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A whole environment for a child process that runs one of our nodes; extra wins."""
    inherited = dict(os.environ)
    return {**inherited, **needed(inherited), **(extra or {})}


def prepare() -> None:
    """Give this process what it needs before rclpy is imported."""
    os.environ.update(needed(os.environ))
