"""A weight file that knows nobody: for tests, timings and trying the nodes before there is a trained one."""

from __future__ import annotations

from pathlib import Path

import torch

from sgcross_core.identity.calibration import MODALITIES, Calibration
from sgcross_core.model import Network, TwoStream, save

COHORT = 32


def write_untrained(path: Path | str, seed: int = 0, net: Network | None = None) -> str:
    """Write random weights with a cohort of noise and the stand-in calibration; returns the model's hash.

    net: gets the weights, a `TwoStream` when None.
    """
    generator = torch.Generator().manual_seed(seed)
    net = (net or TwoStream()).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            inputs = parameter.shape[1:].numel()  # of each of its outputs
            parameter.copy_(torch.randn(parameter.shape, generator=generator) / inputs**0.5)
        noise = {m: torch.rand(COHORT, net.feature_size, generator=generator) for m in MODALITIES}
        cohort = {m: net.template(pooled) for m, pooled in noise.items()}
    calibration = Calibration.standard().to_json()
    return save(path, net, calibration, cohort, command="write_untrained", untrained=True)
