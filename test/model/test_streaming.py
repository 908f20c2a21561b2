from __future__ import annotations

import numpy as np
import pytest
import torch

from sgcross_core.model import MODALITIES, SGCrossGait, Stream, answer, fold
from sgcross_core.model.config import PRESETS
from sgcross_core.model.sg_crossgait import both

FRAMES = 330


@pytest.fixture(scope="module")
def net() -> SGCrossGait:
    torch.manual_seed(0)
    net = SGCrossGait(PRESETS["tiny"])
    net.set_prototypes(torch.randn(16, 512))
    return fold(net.eval())


@pytest.fixture(scope="module")
def walk(net: SGCrossGait) -> dict[str, torch.Tensor]:
    """Pictures, float (FRAMES, planes, 64, 64), of each modality."""
    generator = torch.Generator().manual_seed(1)
    return {m: torch.rand(FRAMES, net.planes(m), 64, 64, generator=generator) for m in MODALITIES}


@torch.inference_mode()
def in_one(
    net: SGCrossGait, walk: dict[str, torch.Tensor], seen: dict[str, np.ndarray], last: int, frames: int
):
    """The batch path: the window of `frames` moments up to the one numbered last."""
    window = slice(max(0, last + 1 - frames), last + 1)
    pooled = {
        m: net.pooled(m, walk[m][None, window], torch.from_numpy(seen[m][None, window]))
        for m in seen
        if seen[m][window].any()
    }
    return answer(net, pooled)[0] if pooled else None


@pytest.mark.parametrize("frames", [1, 2, 30, 300])
@pytest.mark.parametrize("modalities", [("camera",), ("lidar",), MODALITIES])
def test_streaming_is_batch_for_any_drops(net, walk, frames: int, modalities: tuple) -> None:
    rng, length = np.random.default_rng(frames), min(FRAMES, 2 * frames + 8)
    seen = {m: rng.random(FRAMES) < 0.7 for m in modalities}
    for m in modalities:
        seen[m][3:6] = False  # nothing at all for three moments
    stream, checked = Stream(net, frames, modalities), {0, 4, 5, length // 2, length - 1}
    for moment in range(length):
        found = stream.push({m: walk[m][moment] if seen[m][moment] else None for m in modalities})
        if moment in checked:
            expected = in_one(net, walk, seen, moment, frames)
            assert (found is None) == (expected is None)
            if found is not None:
                assert found.modality == expected.modality
                torch.testing.assert_close(found.parts, expected.parts, atol=1e-5, rtol=1e-5)


def test_the_embedding_says_what_carried_it(net, walk) -> None:
    stream = Stream(net, 2)
    picture = {m: walk[m][0] for m in MODALITIES}
    assert stream.push({}) is None
    assert stream.push({"camera": picture["camera"]}).modality == "camera"
    fused = stream.push({"lidar": picture["lidar"]})
    assert fused.modality == "both"
    assert stream.push({"camera": None}).modality == "lidar"
    assert stream.push({}) is None
    with torch.inference_mode():
        alone = [net.embed(net.encode_frames(m, picture[m][None])) for m in MODALITIES]
    torch.testing.assert_close(fused.parts, both(*alone)[0], atol=1e-5, rtol=1e-5)


def test_all_modalities_live_in_one_space(net, walk) -> None:
    shapes = {
        names: Stream(net, 3, names).push({m: walk[m][0] for m in names}).parts.shape
        for names in (("camera",), ("lidar",), MODALITIES)
    }
    assert set(shapes.values()) == {(8, 64)}


def test_many_walkers_at_once(net, walk) -> None:
    pooled = {m: net.encode_frames(m, walk[m][:3]) for m in MODALITIES}
    found = answer(net, pooled)
    assert [e.modality for e in found] == 3 * ["both"]
    for k in range(3):
        alone = answer(net, {m: rows[k : k + 1] for m, rows in pooled.items()})[0]
        torch.testing.assert_close(found[k].parts, alone.parts, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ({"radar": torch.ones(1, 64, 64)}, "frame has 'radar'; this stream takes camera, lidar"),
        ({"camera": torch.zeros(1, 64, 64)}, "camera picture is all black; give None"),
        ({"lidar": torch.full((2, 64, 64), torch.nan)}, "lidar picture must be finite; 8192 are not"),
        ({"lidar": torch.ones(3, 64, 64)}, r"lidar pictures must be float \(N, 2, 64, 64\)"),
        ({"camera": torch.ones(64, 64)}, "camera pictures must be float"),
    ],
)
def test_a_bad_frame_is_refused_and_leaves_the_window(net, walk, frame: dict, words: str) -> None:
    stream, other = Stream(net, 3), Stream(net, 3)
    good = {m: walk[m][0] for m in MODALITIES}
    stream.push(good), other.push(good)
    with pytest.raises(ValueError, match=words):
        stream.push(frame)
    more = {"camera": walk["camera"][1]}
    assert torch.equal(stream.push(more).parts, other.push(more).parts)


def test_streams_that_cannot_be_are_refused(net) -> None:
    bad = {
        "frames must lie in 1..300; got 0": (net, 0, MODALITIES),
        "frames must lie in 1..300; got 301": (net, 301, MODALITIES),
        "modalities must be some of camera, lidar": (net, 3, ()),
        "got .'radar',.": (net, 3, ("radar",)),
        "inference mode": (SGCrossGait(PRESETS["tiny"]), 3, MODALITIES),
    }
    for words, given in bad.items():
        with pytest.raises(ValueError, match=words):
            Stream(*given)
    for pooled in ({}, {"radar": torch.zeros(1, net.feature_size)}):
        with pytest.raises(ValueError, match="pooled must hold camera, lidar or both"):
            answer(net, pooled)
