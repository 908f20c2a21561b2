"""What the operating system must bring before Python packages can be installed, and how to get it."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

PYTHONS = ((3, 10), (3, 13))  # oldest and newest that the ROS 2 wheels are built for

# Debian and Ubuntu package that brings each shared library that a Python wheel expects to find.
LIBRARIES = {"libusb-1.0.so.0": "libusb-1.0-0", "libGL.so.1": "libgl1", "libgomp.so.1": "libgomp1"}
BUILD_TOOLS = {"cmake": "cmake", "gcc": "gcc", "g++": "g++", "make": "make"}


class SetupStopped(Exception):
    """Set-up cannot go on; the message says what the user has to do."""


def suitable_python() -> str:
    """Path of a Python that the wheels fit, this one first; SetupStopped when there is none."""
    if PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        return sys.executable
    newest_first = [f"python3.{minor}" for minor in range(PYTHONS[1][1], PYTHONS[0][1] - 1, -1)]
    for name in newest_first:
        if found := shutil.which(name):
            return found
    have = ".".join(map(str, sys.version_info[:3]))
    raise SetupStopped(
        f"needs Python 3.10 to 3.13; this is {have}, and no {' or '.join(newest_first)} is here"
    )


def sourced_ros() -> str | None:
    """Name of the ROS 2 distribution whose rclpy this shell's python3 imports, None when there is none.

    rclpy of the wheels does not count: it lives in a virtual environment that this command made.
    """
    distribution = os.environ.get("ROS_DISTRO")
    if not (distribution and os.environ.get("AMENT_PREFIX_PATH")):
        return None
    probe = [sys.executable, "-c", "import rclpy"]
    return distribution if subprocess.run(probe, capture_output=True).returncode == 0 else None


def missing_packages(build: bool) -> list[str]:
    """Debian packages that this machine lacks; the compiler and headers only count when build is set."""
    return list(dict.fromkeys(_missing(build)))


def install(packages: list[str], run: Callable[[list[str]], None]) -> None:
    """Install Debian packages, with sudo if it asks no password; else SetupStopped with the line to type."""
    line = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        raise SetupStopped(f"install what these Debian packages hold, then try again: {' '.join(packages)}")
    prefix = _privilege()
    if prefix is None:
        raise SetupStopped(f"run this line, then try again:\n  sudo {' '.join(line)}")
    run([*prefix, "apt-get", "update"])
    run([*prefix, "env", "DEBIAN_FRONTEND=noninteractive", *line])


def _missing(build: bool) -> Iterator[str]:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if importlib.util.find_spec("ensurepip") is None:
        yield f"{version}-venv"
    yield from (package for library, package in LIBRARIES.items() if not _loads(library))
    if build:
        yield from (package for tool, package in BUILD_TOOLS.items() if shutil.which(tool) is None)
        if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
            yield f"{version}-dev"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _privilege() -> list[str] | None:
    """Words to put before a command that needs root, None when there is no way without a password."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None
