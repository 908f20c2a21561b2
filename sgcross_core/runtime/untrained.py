"""A weight file that knows nobody: for tests, timings and trying the nodes before there is a trained one."""

from __future__ import annotations

from pathlib import Path

import torch

from sgcross_core.identity.calibration import MODALITIES, Calibration
from sgcross_core.model import TwoStream, save

COHORT = 32


def write_untrained(path: Path | str, preset: str = "tiny", seed: int = 0) -> str:
    """Write random weights with a cohort of noise and the stand-in calibration; returns the model's hash."""
    generator = torch.Generator().manual_seed(seed)
    net = TwoStream(preset).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(
                torch.randn(parameter.shape, generator=generator) / max(parameter[0].numel(), 1) ** 0.5
            )
        noise = {m: torch.rand(COHORT, net.feature_size, generator=generator) for m in MODALITIES}
        cohort = {m: net.embed(pooled) for m, pooled in noise.items()}
    return save(path, net, Calibration.standard().to_json(), cohort, command="write_untrained")
