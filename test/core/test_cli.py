"""The `sgcross` command finds its groups and refuses what it does not know."""

import signal
import subprocess
import sys

import pytest

from sgcross_core.cli import groups, main


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_names_every_group(words, capsys):
    assert main(words) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ("world", "convert", "train", "gallery", "demo"))
    assert "not usable" not in said


def test_an_unknown_group_is_refused_with_the_known_ones(capsys):
    assert main(["wrold"]) == 2
    said = capsys.readouterr().err
    assert f"no group 'wrold'; there are: {', '.join(groups())}\n" in said


@pytest.mark.parametrize("group", sorted(groups()))
def test_each_group_explains_itself_in_a_process_of_its_own(group):
    command = [sys.executable, "-m", "sgcross_core.cli", group, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout


def _as_from_a_terminal():
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what a job in the background is started with ignores it


def test_ctrl_c_is_a_line_and_no_traceback():
    """Of a command with nothing to save, in a process of its own, while it works."""
    command = [sys.executable, "-m", "sgcross_core.cli", "world", "people", "--people", "0:90000"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, preexec_fn=_as_from_a_terminal) as running:
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (130, "sgcross world: stopped\n")


def test_nobody_reads_on():
    """As with `| head`: no traceback, and what a shell reports for a broken pipe."""
    command = [sys.executable, "-m", "sgcross_core.cli", "world", "people", "--people", "0:200"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b"" and running.wait() == 141
