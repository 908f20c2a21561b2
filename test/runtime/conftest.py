from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sgcross_core.runtime.untrained import write_untrained


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    write_untrained(path)
    return path


@pytest.fixture(scope="session")
def export_once(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The exported untrained network of a precision, made once a session; skips without the packages."""
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install -e '.[onnx]'")
    from sgcross_core.runtime.export import export

    made: dict[str, Path] = {}

    def of(precision: str) -> Path:
        if precision not in made:
            made[precision] = tmp_path_factory.mktemp("exported") / precision
            export(weights, made[precision], precision)
        return made[precision]

    return of


@pytest.fixture
def exported(export_once: Callable[[str], Path], tmp_path: Path) -> Path:
    """An export of its own, which the test may spoil."""
    return Path(shutil.copytree(export_once("fp32"), tmp_path / "exported"))
