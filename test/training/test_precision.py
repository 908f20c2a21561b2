from __future__ import annotations

import pytest
import torch

from training.precision import advice

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(
    ("precision", "device", "found", "told"),
    [
        ("bf16", CPU, {"avx512_bf16": False, "amx_bf16": False, "avx2": True}, True),
        ("bf16", CPU, {"avx512_bf16": True, "amx_bf16": False}, False),
        ("bf16", CPU, {"amx_bf16": True}, False),
        ("bf16", CPU, {"avx2": True}, True),
        ("bf16", CPU, {}, False),  # nothing is known
        ("fp32", CPU, {"avx512_bf16": False}, False),
        ("bf16", CUDA, {"avx512_bf16": False}, False),
    ],
)
def test_bf16_on_a_processor_without_it(
    precision: str, device: torch.device, found: dict[str, bool], told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found, raising=False)
    assert bool(advice(precision, device)) == told


def test_older_releases_of_pytorch_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert advice("bf16", CPU) == ""
