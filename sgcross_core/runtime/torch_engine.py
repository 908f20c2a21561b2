"""The network on PyTorch, CPU or CUDA."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from sgcross_core.gait import SIDE
from sgcross_core.identity.calibration import Calibration
from sgcross_core.model import MODALITIES, SHIPPED, TwoStream, load, tensors
from sgcross_core.runtime.engine import Array

DEVICES = ("auto", "cpu", "cuda")


class TorchEngine:
    """Runs a weight file.

    path: see `model.load` for the errors; device: auto takes CUDA where there is one; threads: for CPU
    arithmetic, 0 leaves PyTorch's own choice. ValueError for an unknown device, RuntimeError for cuda where
    there is none.
    """

    def __init__(self, path: Path | str = SHIPPED, device: str = "auto", threads: int = 1) -> None:
        self.device = _device(device)
        if threads:
            torch.set_num_threads(threads)
        model = load(path)
        if not model.calibration:
            raise ValueError(f"{path} has no calibration; add it with: sgcross evaluate {path} --calibrate")
        cohort = {modality: people.numpy() for modality, people in model.cohort.items()}
        self.calibration = Calibration.from_json(model.calibration, cohort)
        self.model_hash, self.command = model.hash, model.command
        self.net = _folded(model.net).to(self.device)

    @torch.inference_mode()
    def features(self, modality: str, tiles: NDArray[np.uint8]) -> Array:
        """float32 (N, F) of one modality's channels of tiles, uint8 (N, 64, 64, 3); N may be 0."""
        _check_modality(modality)
        if tiles.ndim != 4 or tiles.shape[1:] != (SIDE, SIDE, 3) or tiles.dtype != np.uint8:
            raise ValueError(f"tiles must be uint8 (N, {SIDE}, {SIDE}, 3); got {tiles.dtype} {tiles.shape}")
        if len(tiles) == 0:
            return np.zeros((0, self.net.feature_size), np.float32)
        pictures = tensors(modality, torch.from_numpy(np.ascontiguousarray(tiles)).to(self.device))
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        return self._numpy(self.net.features(modality, pictures))

    @torch.inference_mode()
    def embed(self, modality: str, pooled: Array) -> Array:
        """float32 (N, D), length 1, of windows: maxima over frames' features, float32 (N, F)."""
        _check_modality(modality)
        if pooled.ndim != 2 or pooled.shape[1] != self.net.feature_size:
            raise ValueError(f"pooled features must be (N, {self.net.feature_size}); got {pooled.shape}")
        return self._numpy(self.net.embed(torch.from_numpy(np.ascontiguousarray(pooled)).to(self.device)))

    def _numpy(self, result: torch.Tensor) -> Array:
        array: Array = result.float().cpu().numpy()
        return array


def _check_modality(modality: str) -> None:
    if modality not in MODALITIES:
        raise ValueError(f"modality must be one of {', '.join(MODALITIES)}; got {modality!r}")


def _device(name: str) -> torch.device:
    if name not in DEVICES:
        raise ValueError(f"device must be one of {', '.join(DEVICES)}; got {name!r}")
    if name == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("device cuda was asked for, but PyTorch sees no CUDA device; use auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def _folded(net: TwoStream) -> TwoStream:
    """The batch norms go into the convolutions before them: less to compute, the same within rounding."""
    for modality, encoder in net.encoders.items():
        layers: list[nn.Module] = []
        for layer in encoder.children():
            before = layers[-1] if layers else None
            if isinstance(layer, nn.BatchNorm2d) and isinstance(before, nn.Conv2d):
                layers[-1] = fuse_conv_bn_eval(before, layer)
            else:
                layers.append(layer)
        net.encoders[modality] = nn.Sequential(*layers).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net
