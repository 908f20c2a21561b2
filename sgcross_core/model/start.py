"""Where training begins: fresh parameters from a seed, beside parameters that were loaded."""

from __future__ import annotations

import torch

from sgcross_core.model.sg_crossgait import SGCrossGait


def initialise(net: SGCrossGait, seed: int) -> None:
    """Draw every parameter anew, the same for the same seed, and reset the batch norms' statistics.

    What was loaded stays untouched: CLIP weights in the visual tower, and the texts.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = SGCrossGait(net.config).state_dict()
    loaded = ["prototypes"] if net.config.text else []
    if net.visual is not None and net.visual.loaded:
        loaded.append("visual.")
    own = net.state_dict()
    net.load_state_dict({k: own[k] if k.startswith(tuple(loaded)) else v for k, v in fresh.items()})
