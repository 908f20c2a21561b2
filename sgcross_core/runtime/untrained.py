"""A weight file that knows nobody: for tests, timings and trying the nodes before there is a trained one."""

from __future__ import annotations

from pathlib import Path

import torch

from sgcross_core.identity.calibration import Calibration
from sgcross_core.model import TwoStream, save

SPREAD = 0.2  # of strangers' cosines; there is nothing to know it by


def write_untrained(path: Path | str, preset: str = "tiny", seed: int = 0) -> str:
    """Write random weights with the stand-in calibration; returns the model's hash."""
    generator = torch.Generator().manual_seed(seed)
    net = TwoStream(preset).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(
                torch.randn(parameter.shape, generator=generator) / max(parameter[0].numel(), 1) ** 0.5
            )
    return save(path, net, Calibration.standard(SPREAD).to_json(), command="write_untrained")
