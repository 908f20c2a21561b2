"""Two processes with gloo, as torchrun starts them, against one process with the whole batch.

In float64: in float32 the rounding of one sum decides which of two nearly equal pixels is a maximum, and the
gradients of either run are 0.1 % off the exact ones.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from training.recipe import RIVALS

RECIPE = (
    "iterations: 3\npeople: 4\nframes: 2\nlate_frames: 3\nrate: 0.001\nsave_every: 2\n"
    "precision: fp64\nencoder: hashing\n"
)
ONE = [sys.executable, "-m"]
TWO = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]


def trained(recipe: Path, store: Path, out: Path, launcher: list[str]) -> dict[str, torch.Tensor]:
    words = ["sgcross_core.cli", "train", str(recipe), "--data", str(store), "--out", str(out)]
    done = subprocess.run([*launcher, *words], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == [str(out / f"{recipe.stem}.safetensors")]  # the first process alone tells
    state = load_file(out / "checkpoint.safetensors")
    return {name: value for name, value in state.items() if not name.startswith("adam")}


@pytest.mark.parametrize("network", ["two-stream", "sg-crossgait", *RIVALS])
def test_two_processes_equal_one_with_the_double_batch(
    tmp_path: Path, store_folder: Path, network: str
) -> None:
    blocks = "blocks: {minimum: true, centred: true}\n" if network == "sg-crossgait" else ""
    recipe = f"{RECIPE}network: {network}\n{blocks}"
    (tmp_path / "two.yaml").write_text(recipe)
    (tmp_path / "one.yaml").write_text(recipe + "shards: 2\n")
    two = trained(tmp_path / "two.yaml", store_folder, tmp_path / "two", TWO)
    one = trained(tmp_path / "one.yaml", store_folder, tmp_path / "one", ONE)
    assert two.keys() == one.keys()
    unlike = {n: float((two[n].double() - v.double()).abs().max()) for n, v in one.items() if v.numel()}
    assert max(unlike.values()) < 1e-5, max(unlike, key=unlike.__getitem__)
