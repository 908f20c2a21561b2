"""Children that obey, that do not, and that fail."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from sgcross_ros.demo import processes
from sgcross_ros.demo.processes import Child, ChildFailed, Family

SLEEPY = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal; [signal.signal(s, signal.SIG_IGN) for s in (2, 15)]; " + SLEEPY


def python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def wait_for(child: Child, words: str) -> None:
    end = time.monotonic() + 20
    while words not in child.tail() and time.monotonic() < end:
        time.sleep(0.02)


def test_output_goes_to_the_log(tmp_path: Path) -> None:
    with Family(tmp_path / "logs", os.environ) as family:
        child = family.start("teller", python("print('hello'); import sys; sys.stderr.write('there')"))
        wait_for(child, "there")
    assert (tmp_path / "logs/teller.log").read_text().split() == ["hello", "there"]


@pytest.mark.parametrize("text", [SLEEPY, STUBBORN])
def test_no_child_outlives_its_family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(processes, "PATIENCE_S", 0.3)
    with pytest.raises(KeyboardInterrupt), Family(tmp_path, os.environ) as family:
        child = family.start("sleeper", python(text))
        wait_for(child, "up")
        raise KeyboardInterrupt
    assert child.ended()


def ended(tmp_path: Path, text: str) -> Child:
    child = Child("node", python(text), tmp_path / "node.log", os.environ)
    while not child.ended():
        time.sleep(0.02)
    return child


def test_a_failure_quotes_the_log(tmp_path: Path) -> None:
    child = ended(tmp_path, "import sys; print('no such bag'); sys.exit(3)")
    with pytest.raises(ChildFailed, match=r"node ended with code 3; .*node.log:\nno such bag"):
        child.check()


def test_a_good_end_is_only_wrong_for_who_should_live(tmp_path: Path) -> None:
    child = ended(tmp_path, "pass")
    child.check()
    with pytest.raises(ChildFailed, match=r"ended early with code 0.*\n\(it said nothing\)"):
        child.check_alive()


def test_stopping_twice_is_harmless(tmp_path: Path) -> None:
    child = ended(tmp_path, "pass")
    child.stop()
    child.stop()
