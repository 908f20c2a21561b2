"""Packages that only some uses need."""

from __future__ import annotations

import importlib
from types import ModuleType


def needs(package: str, extra: str, why: str) -> ModuleType:
    """The module, or an ImportError that says what to type."""
    try:
        return importlib.import_module(package)
    except ImportError as missing:
        raise ImportError(
            f"{why} needs {package}: pip install -e '.[{extra}]' ({missing})"
        ) from missing
