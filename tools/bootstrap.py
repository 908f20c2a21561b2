"""Makes this repository ready to run: system libraries, virtual environment, Python packages, message types.

Needs nothing but Python itself. Every step is skipped when its inputs are as they were, so a second run takes
a second. In a shell where ROS 2 is sourced, that ROS 2 is used and none is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import system
import typesupport
from system import SetupStopped

ROOT = Path(__file__).resolve().parent.parent
PROBE = "import sysconfig, numpy; print(sysconfig.get_path('include')); print(numpy.get_include())"


class Setup:
    """One virtual environment on its way to being complete; each public method is a step."""

    def __init__(self, venv: Path, extras: list[str]) -> None:
        self.venv, self.ros = venv.resolve(), system.sourced_ros()
        self.extras = [extra for extra in extras if not (self.ros and extra == "ros")]
        self.python = self.venv / "bin/python"
        self._state = self.venv / ".setup"

    @property
    def wheels(self) -> bool:
        """Whether ROS 2 comes from PyPI here."""
        return "ros" in self.extras

    def system_packages(self) -> str:
        """Libraries, compiler and headers."""
        missing = system.missing_packages(build=self.wheels)
        if missing:
            system.install(missing, lambda command: run(command, None))
        return f"installed {' '.join(missing)}" if missing else "nothing missing"

    def environment(self) -> str:
        """The virtual environment itself."""
        if self.python.exists():
            self._same_ros()
            return "there already"
        options = ["--system-site-packages"] if self.ros else []
        run([sys.executable, "-m", "venv", *options, str(self.venv)], None)
        return f"created with Python {sys.version.split()[0]}"

    def packages(self) -> str:
        """This repository, editable, with its requirements."""
        target = f"{ROOT}[{','.join(self.extras)}]" if self.extras else str(ROOT)
        inputs = [(ROOT / "setup.py").read_text(), (ROOT / "setup.cfg").read_text(), target, self.ros or ""]
        return self._once("packages", inputs, lambda: self._pip("-e", target, *self._pins()))

    def message_types(self) -> str:
        """vision_msgs and tf2_msgs, which have no wheels."""
        names = typesupport.packages()
        if not self.wheels:
            return self._import_all(names)
        includes = subprocess.run([self.python, "-c", PROBE], text=True, check=True, stdout=subprocess.PIPE)
        python, numpy = includes.stdout.split("\n")[:2]
        inputs = [typesupport.digest(python, numpy)]
        return self._once("message_types", inputs, lambda: self._build(python, numpy))

    def _same_ros(self) -> None:
        """SetupStopped for an environment that was made for the other source of ROS 2."""
        shares = "include-system-site-packages = true" in (self.venv / "pyvenv.cfg").read_text()
        if self.ros and not shares:
            raise SetupStopped(
                f"{self.venv} was made without ROS 2 {self.ros}; delete it, or do not source ROS 2"
            )

    def _build(self, python_include: str, numpy_include: str) -> None:
        self._pip("--no-deps", *typesupport.GENERATORS)
        self._pip(*typesupport.HELPERS)
        typesupport.point_includes(self.venv, python_include, numpy_include)
        typesupport.build(self.venv, self._state / "build", typesupport.packages(), os.cpu_count() or 1)

    def _import_all(self, names: list[str]) -> str:
        probes = {name: [str(self.python), "-c", f"import {name}"] for name in names}
        missing = [n for n, probe in probes.items() if subprocess.run(probe, capture_output=True).returncode]
        if missing:
            packages = " ".join(f"ros-{self.ros}-{name.replace('_', '-')}" for name in missing)
            raise SetupStopped(f"run this line, then try again:\n  sudo apt-get install {packages}")
        return f"from ROS 2 {self.ros}"

    def _pins(self) -> list[str]:
        """An installed ROS 2 was compiled against the system's numpy, so its major release has to stay."""
        if not self.ros:
            return []
        probe = [sys.executable, "-c", "import numpy; print(numpy.__version__.split('.')[0])"]
        major = int(subprocess.run(probe, text=True, check=True, stdout=subprocess.PIPE).stdout)
        return [f"numpy>={major},<{major + 1}"]

    def _pip(self, *arguments: str) -> None:
        self._state.mkdir(exist_ok=True)
        pip = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check"]
        run([*pip, "--progress-bar", "off", *arguments], self._state / "pip.log")

    def _once(self, name: str, inputs: list[str], action: Callable[[], None]) -> str:
        """Run action unless it ran before with the same inputs."""
        stamp, digest = self._state / name, hashlib.sha256("\0".join(inputs).encode()).hexdigest()
        if stamp.exists() and stamp.read_text() == digest:
            return "up to date"
        started = time.monotonic()
        action()
        self._state.mkdir(exist_ok=True)
        stamp.write_text(digest)
        return f"ready after {time.monotonic() - started:.0f} s"


def run(command: list[str], log: Path | None) -> None:
    """Run a command, its newest line shown on a terminal; RuntimeError with its last lines when it fails."""
    lines = []
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    for line in child.stdout or ():
        lines.append(line)
        show_passing(line.strip())
    if log:
        log.write_text("".join(lines))
    if child.wait() != 0:
        raise RuntimeError(f"{' '.join(command[:4])} ... failed:\n" + "".join(lines[-15:]))


def show_passing(text: str) -> None:
    """A line that the next one overwrites; nothing where the output is not a terminal."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\033[K      {text[:90]}\r")
        sys.stdout.flush()


def steps(setup: Setup) -> list[tuple[str, Callable[[], str]]]:
    """Every step with the words that announce it."""
    return [
        ("system packages", setup.system_packages),
        (f"virtual environment {setup.venv}", setup.environment),
        ("Python packages (the first time downloads a few GB)", setup.packages),
        (f"message types {', '.join(typesupport.packages())} (the first time compiles)", setup.message_types),
    ]


def options(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="where (default %(default)s)")
    parser.add_argument("--extras", default="ros,train,dev", help="of setup.py (default %(default)s)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run every step; 1 when the user has to do something first."""
    chosen = options(argv)
    try:
        if (python := system.suitable_python()) != sys.executable:
            os.execv(python, [python, *sys.argv])
        todo = steps(Setup(chosen.venv, [extra for extra in chosen.extras.split(",") if extra]))
        for number, (words, step) in enumerate(todo, 1):
            sys.stdout.write(f"[{number}/{len(todo)}] {words} ...\n")
            sys.stdout.flush()
            result = step()
            show_passing("")
            sys.stdout.write(f"      {result}\n")
    except (SetupStopped, RuntimeError) as stopped:
        sys.stderr.write(f"set-up stopped: {stopped}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
