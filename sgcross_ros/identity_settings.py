"""The settings of identity_node; its parameters, the YAML file and the checks come from these."""

from __future__ import annotations

from dataclasses import dataclass

from sgcross_core import settings
from sgcross_core.identity import RecogniserConfig
from sgcross_core.runtime import RUNTIMES
from sgcross_core.settings import nested, setting


@dataclass(frozen=True)
class IdentitySettings:
    """identity_node: from tracked people to names."""

    autostart: bool = setting(True, "configure and activate without a lifecycle manager")
    gallery: str = setting(
        "~/.local/share/sgcross/gallery.db", "file of the enrolled people; made when missing"
    )
    weights: str = setting(
        "", "weight file, or folder made by sgcross export; empty means the shipped weights"
    )
    runtime: str = setting("auto", "library that runs the network", choices=RUNTIMES)
    device: str = setting("auto", "where the network runs", choices=("auto", "cpu", "cuda"))
    threads: int = setting(1, "CPU threads of the network; 0 leaves the choice to PyTorch", low=0, high=256)
    path_s: float = setting(10.0, "length of the path that the markers show", low=0.0, high=600.0, unit="s")
    recogniser: RecogniserConfig = nested(RecogniserConfig)  # noqa: RUF009

    def __post_init__(self) -> None:
        settings.check(self)
