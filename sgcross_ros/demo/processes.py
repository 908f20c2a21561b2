"""Child processes with a log file each: nothing they say is lost, none outlives the demo."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

PATIENCE_S = 8.0  # for a child to end after being asked
TAIL = 12


class ChildFailed(RuntimeError):
    """A child ended when it should not have; the message quotes its log."""


class Child:
    """One process in a session of its own: Ctrl-C reaches the demo alone, which then ends its children."""

    def __init__(self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.name, self.log = name, log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                command, stdout=sink, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env=dict(environment), start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ended(self) -> bool:
        """Whether it is over."""
        return self._process.poll() is not None

    def check(self) -> None:
        """ChildFailed when it ended with an error."""
        if self._process.poll() not in (None, 0):
            raise ChildFailed(self._words(f"ended with code {self._process.returncode}"))

    def check_alive(self) -> None:
        """ChildFailed when it ended at all."""
        if self.ended():
            raise ChildFailed(self._words(f"ended early with code {self._process.returncode}"))

    def stop(self) -> None:
        """Ask with SIGINT, then SIGTERM, then kill; what it started is asked too."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if self.ended():
                return
            self._signal(number)
            self._wait()

    def tail(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-TAIL:])

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return  # it ended by itself in the meantime

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE_S
        while not self.ended() and time.monotonic() < end:
            time.sleep(0.05)

    def _words(self, what: str) -> str:
        return f"{self.name} {what}; the end of {self.log}:\n{self.tail() or '(it said nothing)'}"


class Family:
    """Starts children and ends them all, the youngest first, when its block ends for whatever reason."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self.logs, self.environment = logs, dict(environment)
        self._children: list[Child] = []

    def __enter__(self) -> Family:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in reversed(self._children):
            child.stop()

    def start(self, name: str, command: Sequence[str]) -> Child:
        """A new child; its log is NAME.log."""
        child = Child(name, command, self.logs / f"{name}.log", self.environment)
        self._children.append(child)
        return child

    def check(self) -> None:
        """ChildFailed when any child ended with an error."""
        for child in self._children:
            child.check()
