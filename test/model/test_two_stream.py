from __future__ import annotations

import pytest
import torch

from sgcross_core.model import MODALITIES, PRESETS, TwoStream, tensors


@pytest.fixture(scope="module")
def net() -> TwoStream:
    torch.manual_seed(0)
    return TwoStream("tiny").eval()


def pictures(modality: str, count: int) -> torch.Tensor:
    tiles = torch.randint(0, 256, (count, 64, 64, 3), dtype=torch.uint8)
    return tensors(modality, tiles)


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("count", [1, 3])
def test_shapes_and_unit_length(net: TwoStream, modality: str, count: int) -> None:
    features = net.encode_frames(modality, pictures(modality, count))
    assert features.shape == (count, net.feature_size)
    embedding = net.template(features)
    assert embedding.shape == (count, net.embedding_size)
    torch.testing.assert_close(embedding.norm(dim=1), torch.ones(count))


def test_order_and_repetition_of_frames_do_not_matter(net: TwoStream) -> None:
    frames = pictures("camera", 5)[None]
    other = frames[:, [3, 1, 0, 4, 2, 2, 0]]
    torch.testing.assert_close(net("camera", frames), net("camera", other), atol=1e-5, rtol=1e-5)


def test_a_clip_equals_its_frames_one_by_one(net: TwoStream) -> None:
    frames = pictures("lidar", 6)
    pooled = torch.stack([net.encode_frames("lidar", f[None])[0] for f in frames]).amax(0)
    torch.testing.assert_close(net.embed(pooled[None]), net("lidar", frames[None]), atol=1e-5, rtol=1e-5)


def test_both_sensors_share_the_projection(net: TwoStream) -> None:
    names = [name for name, _ in net.named_parameters()]
    assert sum("project" in name for name in names) == 1
    assert {name.split(".")[1] for name in names if name.startswith("encoders")} == set(MODALITIES)


def test_the_margins_are_not_looked_at(net: TwoStream) -> None:
    plain = pictures("camera", 2)
    changed = plain.clone()
    changed[..., :8], changed[..., -8:] = 1, 0
    torch.testing.assert_close(net.encode_frames("camera", plain), net.encode_frames("camera", changed))


def test_tensors_take_the_right_channels() -> None:
    tiles = torch.zeros(1, 64, 64, 3, dtype=torch.uint8)
    tiles[..., 0], tiles[..., 1], tiles[..., 2] = 255, 51, 102
    torch.testing.assert_close(tensors("camera", tiles), torch.ones(1, 1, 64, 64))
    torch.testing.assert_close(tensors("lidar", tiles)[0, :, 0, 0], torch.tensor([0.2, 0.4]))


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_stay_small(preset: str) -> None:
    assert sum(p.numel() for p in TwoStream(preset).parameters()) < 2_000_000


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ValueError, match="preset must be one of tiny; got 'huge'"):
        TwoStream("huge")
