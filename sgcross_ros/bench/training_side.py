"""Figures of the walking world and of the training's data, measured by the training's own commands."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def figures(group: str) -> dict[str, Any]:
    """What `sgcross GROUP speed` says; RuntimeError when it fails."""
    # A process of its own: the nodes' side must not import the training side, and its memory counts alone.
    command = [sys.executable, "-m", "sgcross_core.cli", group, "speed"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"`{' '.join(command)}` ended with code {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
