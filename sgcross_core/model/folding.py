"""Batch norms folded into the convolutions before them, and what no frame changes computed once."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeVar

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from sgcross_core.model.sg_crossgait import SGCrossGait

Module = TypeVar("Module", bound=nn.Module)


def fold(net: Module) -> Module:
    """Fold, in every nn.Sequential of a network in inference mode, each batch norm behind a convolution.

    An SGCrossGait is settled, too. Changes the network and returns it, the same within rounding; ValueError
    while it is in training mode.
    """
    if net.training:
        raise ValueError("only a network in inference mode can be folded; call eval() first")
    for sequence in [module for module in net.modules() if isinstance(module, nn.Sequential)]:
        _fold(sequence)
    if isinstance(net, SGCrossGait):
        net.settle()
    return net


def _fold(sequence: nn.Sequential) -> None:
    layers = list(sequence)
    for index, (before, layer) in enumerate(pairwise(layers)):
        if isinstance(before, nn.Conv2d) and isinstance(layer, nn.BatchNorm2d):
            sequence[index] = fuse_conv_bn_eval(before, layer)
            sequence[index + 1] = nn.Identity()
