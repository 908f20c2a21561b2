"""The recognition network and its weight files."""

from sgcross_core.model.two_stream import MODALITIES, PRESETS, Preset, TwoStream, tensors
from sgcross_core.model.weights import SHIPPED, ModelFile, load, save

__all__ = ["MODALITIES", "PRESETS", "SHIPPED", "ModelFile", "Preset", "TwoStream", "load", "save", "tensors"]
