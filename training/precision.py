"""Whether a processor is made for the precision that a recipe asks for."""

from __future__ import annotations

import torch


def advice(precision: str, device: torch.device) -> str:
    """What to know of bf16 on a processor without such numbers; "" where it is fast, or nothing is known."""
    found = getattr(torch.cpu, "get_capabilities", dict)()  # newer releases of PyTorch have it
    has = [name for name, there in found.items() if "bf16" in name and there]
    if precision != "bf16" or device.type != "cpu" or not found or has:
        return ""
    return "this processor has no bf16 numbers: precision: fp32 took half the time on one like it"
