"""The recognition networks and their weight files.

Both networks, `SGCrossGait` and the smaller `TwoStream`, have one face for inference: pictures,
encode_frames, template, feature_size, embedding_size. Between encode_frames and template stands a maximum
over frames.
"""

from sgcross_core.model.config import SGConfig, read_config
from sgcross_core.model.folding import fold
from sgcross_core.model.other import OtherNetwork
from sgcross_core.model.outputs import Outputs
from sgcross_core.model.sg_crossgait import SGCrossGait
from sgcross_core.model.start import initialise
from sgcross_core.model.streaming import Embedding, Stream, answer
from sgcross_core.model.two_stream import MODALITIES, PRESETS, Preset, TwoStream, tensors
from sgcross_core.model.weights import SHIPPED, ModelFile, Network, load, save

__all__ = [
    "MODALITIES",
    "PRESETS",
    "SHIPPED",
    "Embedding",
    "ModelFile",
    "Network",
    "OtherNetwork",
    "Outputs",
    "Preset",
    "SGConfig",
    "SGCrossGait",
    "Stream",
    "TwoStream",
    "answer",
    "fold",
    "initialise",
    "load",
    "read_config",
    "save",
    "tensors",
]
