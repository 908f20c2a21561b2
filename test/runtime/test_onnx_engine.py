from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sgcross_core.runtime.onnx_engine import OnnxEngine
from sgcross_core.runtime.parity import LEAST, embeddings, windows
from sgcross_core.runtime.torch_engine import TorchEngine

Export = Callable[[str], Path]


@pytest.fixture(params=["fp32", "fp16"])
def precision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_computes_what_pytorch_computes(export_once: Export, weights: Path, precision: str) -> None:
    want = embeddings(TorchEngine(weights, "cpu"))
    got = embeddings(OnnxEngine(export_once(precision), "cpu"))
    for modality, rows in want.items():
        cosines = (rows * got[modality]).sum(1)
        assert cosines.min() >= LEAST[precision] and cosines.max() < 1 + 1e-5
        if precision == "fp32":
            np.testing.assert_allclose(got[modality], rows, atol=1e-5)


@pytest.mark.parametrize("modality", ["camera", "lidar"])
@pytest.mark.parametrize("count", [0, 1, 7, 40])
def test_the_batch_is_free(export_once: Export, weights: Path, modality: str, count: int) -> None:
    engine, torch_engine = OnnxEngine(export_once("fp32"), "cpu"), TorchEngine(weights, "cpu")
    tiles = np.resize(windows(), (count, 64, 64, 3))
    features = engine.features(modality, tiles)
    np.testing.assert_allclose(features, torch_engine.features(modality, tiles), atol=1e-4)
    assert features.shape == (count, engine.feature_size) and features.dtype == np.float32
    embedded = engine.embed(modality, features)
    assert embedded.shape == (count, engine.embedding_size) and embedded.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embedded, axis=1), 1, atol=1e-5)


def test_it_hands_on_what_the_weights_say(export_once: Export, weights: Path) -> None:
    engine, torch_engine = OnnxEngine(export_once("fp32"), "cpu"), TorchEngine(weights, "cpu")
    assert engine.model_hash == torch_engine.model_hash and engine.device == "cpu"
    assert engine.calibration.to_json() == torch_engine.calibration.to_json()
    for modality, rows in torch_engine.calibration.cohort.items():
        assert np.array_equal(engine.calibration.cohort[modality], rows)


@pytest.mark.parametrize(
    ("modality", "tiles", "words"),
    [
        ("radar", np.zeros((1, 64, 64, 3), np.uint8), "modality must be one of camera, lidar; got 'radar'"),
        ("camera", np.zeros((64, 64, 3), np.uint8), r"tiles must be uint8 \(N, 64, 64, 3\)"),
        ("camera", np.zeros((1, 64, 64, 3), np.float32), "got float32"),
    ],
)
def test_wrong_tiles_are_refused(export_once: Export, modality: str, tiles: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        OnnxEngine(export_once("fp32"), "cpu").features(modality, tiles)


def test_features_that_are_no_numbers_are_refused(export_once: Export) -> None:
    engine = OnnxEngine(export_once("fp32"), "cpu")
    pooled = np.zeros((2, engine.feature_size), np.float32)
    pooled[1, 3] = np.nan
    with pytest.raises(ValueError, match="pooled features must be finite; 1 are not"):
        engine.embed("camera", pooled)


def test_devices(export_once: Export) -> None:
    import onnxruntime

    with pytest.raises(ValueError, match="device must be one of auto, cpu, cuda; got 'tpu'"):
        OnnxEngine(export_once("fp32"), "tpu")
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        assert OnnxEngine(export_once("fp32"), "auto").device == "cpu"
        with pytest.raises(RuntimeError, match="use auto or cpu, or install onnxruntime-gpu"):
            OnnxEngine(export_once("fp32"), "cuda")
