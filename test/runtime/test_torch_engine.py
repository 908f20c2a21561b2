from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from sgcross_core.gait import WindowConfig, Windows
from sgcross_core.identity import Gallery, Recogniser
from sgcross_core.model import MODALITIES, SGCrossGait, load, save, tensors
from sgcross_core.model.config import preset
from sgcross_core.runtime import TorchEngine
from sgcross_core.runtime.parity import windows
from sgcross_core.runtime.untrained import write_untrained

TILES = np.random.default_rng(0).integers(0, 256, (30, 64, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def path(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(weights, tmp_path_factory.mktemp("own")))


@pytest.fixture(scope="module")
def engine(path: Path) -> TorchEngine:
    return TorchEngine(path, device="cpu")


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("count", [0, 1, 5])
def test_shapes(engine: TorchEngine, modality: str, count: int) -> None:
    features = engine.features(modality, TILES[:count])
    assert features.shape == (count, engine.net.feature_size) and features.dtype == np.float32
    embedded = engine.embed(modality, features)
    assert embedded.shape == (count, engine.net.embedding_size) and embedded.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embedded, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("modality", MODALITIES)
def test_folded_batch_norms_change_nothing(path: Path, modality: str) -> None:
    model = load(path)
    rng = torch.Generator().manual_seed(3)
    for module in model.net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.copy_(torch.randn(module.num_features, generator=rng))
            module.running_var.copy_(torch.rand(module.num_features, generator=rng) + 0.5)
    other = path.with_name("other.safetensors")
    save(other, model.net, model.calibration, model.cohort)
    with torch.no_grad():
        plain = model.net.encode_frames(modality, tensors(modality, torch.from_numpy(TILES[:4])))
    folded = TorchEngine(other, "cpu").features(modality, TILES[:4])
    np.testing.assert_allclose(folded, plain.numpy(), atol=2e-4, rtol=1e-4)


@pytest.mark.parametrize("modality", MODALITIES)
def test_streaming_equals_the_batch(engine: TorchEngine, modality: str) -> None:
    windows, completed = Windows(WindowConfig()), None
    for i, tile in enumerate(TILES):
        feature = engine.features(modality, tile[None])[0]
        completed = windows.add(i, 1, modality, feature)
    batch = engine.features(modality, TILES).max(axis=0)
    assert completed is not None
    streamed, whole = engine.embed(modality, np.stack([completed, batch]))
    np.testing.assert_allclose(streamed, whole, atol=1e-5)


@pytest.mark.parametrize("modality", MODALITIES)
def test_bf16_is_near_and_float32_comes_out(path: Path, engine: TorchEngine, modality: str) -> None:
    rough = TorchEngine(path, "cpu", precision="bf16")
    near, features = rough.features(modality, TILES), engine.features(modality, TILES)
    assert near.dtype == np.float32 and not np.array_equal(near, features)
    cosines = (rough.embed(modality, near) * engine.embed(modality, features)).sum(1)
    assert cosines.min() > 0.999


def test_it_hands_on_what_the_file_says(engine: TorchEngine, path: Path) -> None:
    assert engine.model_hash == load(path).hash
    assert set(engine.calibration.cohort) == set(MODALITIES)


@pytest.mark.parametrize(
    ("modality", "tiles", "words"),
    [
        ("radar", TILES, "modality must be one of camera, lidar; got 'radar'"),
        ("camera", TILES[0], r"tiles must be uint8 \(N, 64, 64, 3\); got uint8 \(64, 64, 3\)"),
        ("camera", TILES.astype(np.float32), "got float32"),
        ("lidar", TILES[..., :2], "tiles must be"),
    ],
)
def test_wrong_tiles_are_refused(engine: TorchEngine, modality: str, tiles: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        engine.features(modality, tiles)


@pytest.mark.parametrize("shape", [(3,), (2, 5)])
def test_wrong_features_are_refused(engine: TorchEngine, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="pooled features must be"):
        engine.embed("camera", np.zeros(shape, np.float32))


def test_an_unknown_device_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="device must be one of auto, cpu, cuda; got 'tpu'"):
        TorchEngine(path, device="tpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_is_refused_where_there_is_none(path: Path) -> None:
    with pytest.raises(RuntimeError, match="use auto or cpu"):
        TorchEngine(path, device="cuda")
    assert TorchEngine(path, device="auto").device.type == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_agrees_with_the_cpu(path: Path, engine: TorchEngine) -> None:
    there = TorchEngine(path, device="cuda").features("lidar", TILES)
    np.testing.assert_allclose(there, engine.features("lidar", TILES), atol=1e-3, rtol=1e-2)


def test_weights_without_a_calibration_are_refused(path: Path) -> None:
    bare = path.with_name("bare.safetensors")
    save(bare, load(path).net)
    with pytest.raises(ValueError, match="has no calibration"):
        TorchEngine(bare)


def test_a_calibration_that_is_not_whole_is_refused(path: Path) -> None:
    bare = path.with_name("part.safetensors")
    save(bare, load(path).net, {"pairs": {}})
    with pytest.raises(ValueError, match="calibration"):
        TorchEngine(bare)


def test_untrained_files_of_one_seed_are_equal(tmp_path: Path) -> None:
    hashes = [write_untrained(tmp_path / "w.safetensors", seed=seed) for seed in (1, 1, 2)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_walk_is_told_by_attribute_heads_alone(path: Path, tmp_path: Path) -> None:
    """From tiles to the words and shares that the node publishes; random heads say random things."""
    net = SGCrossGait(preset("tiny"))
    net.set_prototypes(torch.randn(16, 512, generator=torch.Generator().manual_seed(1)))
    write_untrained(tmp_path / "sg.safetensors", net=net)
    walk = windows()[0].repeat(8, axis=0)[:, None]  # (32, 1, 64, 64, 3)
    told = {}
    for name, weights in (("sg", tmp_path / "sg.safetensors"), ("two", path)):
        gallery = Gallery(tmp_path / f"{name}.db")
        recogniser = Recogniser(TorchEngine(weights, "cpu"), gallery)
        for moment, tile in enumerate(walk):
            (answer,) = recogniser.observe(moment * 10**8, [1], tile)
        recogniser.enrol(1, "Ada")
        (told[name],) = recogniser.observe(10**10, [1], walk[0])
        gallery.close()
    assert told["sg"].walk.startswith("walks")  # of what random heads are sure of, the same each time
    assert told["two"].walk == ""
    for answer in told.values():
        assert answer.explanation is not None and len(answer.explanation.strips) == 8
        assert sum(answer.explanation.sensors.values()) == pytest.approx(1)
