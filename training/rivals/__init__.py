"""Rivals of SG-CrossGait, written anew from their publications; docs/rivals.md says what is whose."""

from collections.abc import Callable

from torch import nn

from sgcross_core.model.prototypes import PrototypeBank
from sgcross_core.model.weights import Others
from training.recipe import Recipe
from training.rivals.cl_gait import CLGait, CLGaitObjective
from training.rivals.network import GaitBase
from training.rivals.objective import GaitBaseObjective
from training.rivals.tcfdnet import TCFDNet, TCFDNetObjective
from training.rivals.unicrossgait import UniCrossGait, UniCrossGaitObjective

OBJECTIVES: dict[str, Callable[[Recipe, int, PrototypeBank | None], nn.Module]] = {
    "gaitbase": GaitBaseObjective,
    "cl-gait": CLGaitObjective,
    "unicrossgait": UniCrossGaitObjective,
    "tcfdnet": TCFDNetObjective,
}
NETWORKS: Others = {net.kind: net.from_settings for net in (GaitBase, CLGait, UniCrossGait, TCFDNet)}

__all__ = ["NETWORKS", "OBJECTIVES"]
