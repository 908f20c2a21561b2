"""Each block against a small reference of its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sgcross_core.model.alignment import COLDEST, WARMEST, Alignment
from sgcross_core.model.attention import Attention
from sgcross_core.model.config import BackboneConfig
from sgcross_core.model.decoupling import SHARPNESS, Decoupling
from sgcross_core.model.encoders import PointEncoder, ResNet9, jet
from sgcross_core.model.folding import fold
from sgcross_core.model.fusion import DualStreamFusion
from sgcross_core.model.heads import Necks, StripLinear
from sgcross_core.model.pooling import SlidingMaximum, strips, window_maximum


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("crossed", [False, True])
def test_attention_is_torchs(crossed: bool) -> None:
    ours, theirs = Attention(24, 4), nn.MultiheadAttention(24, 4, batch_first=True)
    nn.init.normal_(ours.in_proj_bias)
    theirs.load_state_dict(ours.state_dict())
    tokens = torch.randn(2, 5, 24)
    context = torch.randn(2, 7, 24) if crossed else tokens
    expected = theirs(tokens, context, context, need_weights=False)[0]
    torch.testing.assert_close(ours(tokens, context if crossed else None), expected)


def test_strips_are_maximum_plus_mean_of_rows() -> None:
    maps = torch.randn(2, 3, 8, 5)
    found = strips(maps, 4)
    assert found.shape == (2, 4, 3)
    for b in range(2):
        for p in range(4):
            for c in range(3):
                rows = maps[b, c, 2 * p : 2 * p + 2].numpy()
                assert found[b, p, c].item() == pytest.approx(rows.max() + rows.mean(), abs=1e-6)


def test_the_pool_takes_the_maximum_of_the_frames_that_are_present() -> None:
    features = torch.randn(3, 6, 4)
    present = torch.rand(3, 6) < 0.5
    present[:, 2] = True
    pooled = window_maximum(features, present)
    for b in range(3):
        expected = np.max([features[b, t].numpy() for t in range(6) if present[b, t]], axis=0)
        np.testing.assert_array_equal(pooled[b].numpy(), expected)
    torch.testing.assert_close(window_maximum(features), features.amax(1))


@pytest.mark.parametrize(
    ("shape", "present", "words"),
    [
        ((2, 0, 4), None, "at least one frame; got none"),
        ((2, 3, 4), torch.ones(2, 3), "present must be bool .2, 3.; got torch.float32"),
        ((2, 3, 4), torch.ones(2, 4, dtype=torch.bool), "present must be bool"),
        ((2, 3, 4), torch.tensor([3 * [True], 3 * [False]]), "window 1 has none"),
    ],
)
def test_windows_without_frames_are_refused(shape: tuple, present: torch.Tensor | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        window_maximum(torch.zeros(shape), present)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 30])
@pytest.mark.parametrize("drops", [0.0, 0.5, 0.9])
def test_the_sliding_maximum_is_the_maximum_of_a_loop(length: int, drops: float) -> None:
    rng = np.random.default_rng(length)
    pool, entries = SlidingMaximum(length, torch.maximum), []
    for _ in range(4 * length + 3):
        entries.append(None if rng.random() < drops else torch.from_numpy(rng.integers(0, 9, 5)))
        found, kept = pool.push(entries[-1]), [e for e in entries[-length:] if e is not None]
        assert (found is None) == (not kept)
        if kept:
            assert torch.equal(found, torch.stack(kept).amax(0))


def test_a_sliding_maximum_needs_a_length() -> None:
    with pytest.raises(ValueError, match="at least 1; got 0"):
        SlidingMaximum(0, torch.maximum)


def test_fusion_reads_both_ways_and_joins_rows_of_patches() -> None:
    block = DualStreamFusion(16, 2, 0.5, 4).eval()
    s, t = torch.randn(2, 8, 16), torch.randn(2, 17, 16)
    fused, tokens = block(s, t)
    ns, nt = block.norm_strips(s), block.norm_tokens(t)
    read, expected_tokens = s + block.strips_read(ns, nt), t + block.tokens_read(nt, ns)
    torch.testing.assert_close(tokens, expected_tokens)
    for p in range(8):  # strips 2r and 2r + 1 lie at the height of the row of patches r
        row = expected_tokens[:, 1 + 4 * (p // 2) : 5 + 4 * (p // 2)].mean(1)
        mixed = read[:, p] + block.mix(torch.cat([read[:, p], row], -1))
        torch.testing.assert_close(fused[:, p], mixed)


def test_dropout_acts_in_training_alone() -> None:
    block, given = DualStreamFusion(16, 2, 0.5, 4), (torch.randn(1, 8, 16), torch.randn(1, 17, 16))
    assert not torch.equal(block(*given)[0], block(*given)[0])
    block.eval()
    assert torch.equal(block(*given)[0], block(*given)[0])


def test_decoupling_is_its_formula() -> None:
    block, s, token, texts = (
        Decoupling(16, 12, 3),
        torch.randn(2, 4, 16),
        torch.randn(2, 16),
        torch.randn(9, 12),
    )
    found = block(s, token, texts)
    key, query = block.key(texts).detach().numpy(), block.query(s).detach().numpy()
    whole = block.query(token).detach().numpy()
    unit = lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)  # noqa: E731
    for b in range(2):
        chosen = np.argsort(-(unit(key) @ unit(whole[b])))[:3]
        gate = block.gate(s[b].mean(0)).detach().numpy()
        for p in range(4):
            weight = np.exp(SHARPNESS * unit(key[chosen]) @ unit(query[b, p]))
            attention = np.zeros(9)
            attention[chosen] = weight / weight.sum()
            specific = block.describe(torch.from_numpy(attention).float() @ texts).detach().numpy()
            np.testing.assert_allclose(found.attention[b, p].detach(), attention, atol=1e-5)
            np.testing.assert_allclose(found.specific[b, p].detach(), specific, atol=1e-5)
            shared = s[b, p].numpy() - gate * specific
            np.testing.assert_allclose(found.shared[b, p].detach(), shared, atol=1e-5)
    assert block.modality(found.specific).shape == (2, 2)
    assert block.reconstruct(found).shape == s.shape


def test_prototypes_that_are_all_equal_are_all_chosen() -> None:
    found = Decoupling(16, 12, 3)(torch.randn(1, 4, 16), torch.randn(1, 16), torch.zeros(9, 12))
    torch.testing.assert_close(found.attention, torch.full((1, 4, 9), 1 / 9))


@pytest.mark.parametrize(("warmth", "bound"), [(-1e9, COLDEST), (1e9, WARMEST)])
def test_the_temperature_keeps_its_bounds(warmth: float, bound: float) -> None:
    block = Alignment(8, 8)
    assert block.temperature.item() == pytest.approx(0.07)
    block.warmth.data.fill_(warmth)
    assert block.temperature.item() == pytest.approx(bound)


def test_alignment_gives_unit_vectors_and_starts_at_the_global_token() -> None:
    token, parts = torch.randn(2, 8), torch.randn(2, 4, 8)
    whole, local = Alignment(8, 8)(token, parts)
    torch.testing.assert_close(whole, functional.normalize(token, dim=-1))
    torch.testing.assert_close(local.norm(dim=-1), torch.ones(2, 4))
    assert Alignment(8, 5)(token, parts)[1].shape == (2, 4, 5)


def test_each_strip_has_a_map_of_its_own() -> None:
    layer, given = StripLinear(3, 4, 5), torch.randn(2, 3, 4)
    for p in range(3):
        torch.testing.assert_close(layer(given)[:, p], given[:, p] @ layer.weight[p])


def test_necks_are_cosines_behind_a_batch_norm() -> None:
    necks, given = Necks(3, 4, 6), torch.randn(5, 3, 4)
    found = necks(given)
    for p in range(3):
        normed = (given[:, p] - given[:, p].mean(0)) / (given[:, p].var(0, unbiased=False) + 1e-5).sqrt()
        expected = functional.cosine_similarity(normed[:, :, None], necks.weight[p][None], dim=1)
        torch.testing.assert_close(found[:, p], expected, atol=1e-5, rtol=1e-5)


def test_the_margins_are_not_looked_at() -> None:
    encoder = ResNet9(1, BackboneConfig(width=4, stride=2, columns=48)).eval()
    plain = torch.rand(2, 1, 64, 64)
    changed = plain.clone()
    changed[..., :8], changed[..., -8:] = 1, 0
    assert encoder(plain).shape == (2, 32, 8, 6)
    torch.testing.assert_close(encoder(plain), encoder(changed))


def test_folding_changes_nothing_but_the_work() -> None:
    encoder = ResNet9(1, BackboneConfig(width=4))
    for _ in range(3):
        encoder(torch.rand(4, 1, 64, 64))  # moves the running statistics
    pictures, before = torch.rand(2, 1, 64, 64), encoder.eval()
    expected = before(pictures)
    folded = fold(encoder)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    torch.testing.assert_close(folded(pictures), expected, atol=1e-5, rtol=1e-4)
    with pytest.raises(ValueError, match="inference mode"):
        fold(ResNet9(1, BackboneConfig(width=4)))


def test_points_are_encoded_by_their_nearest_neighbours() -> None:
    encoder, points = PointEncoder(3, 16).eval(), torch.randn(2, 10, 3)
    found = encoder(points)
    for n in range(2):
        cloud = points[n] - points[n].mean(0)
        best = torch.full((4,), -torch.inf)
        for i in range(10):
            for j in (cloud - cloud[i]).norm(dim=1).argsort()[:3]:
                best = torch.maximum(best, encoder.edges(torch.cat([cloud[i], cloud[j] - cloud[i]])))
        torch.testing.assert_close(found[n], encoder.out(best), atol=1e-5, rtol=1e-4)


def test_points_may_come_in_any_order_and_from_anywhere() -> None:
    encoder, points = PointEncoder(3, 16).eval(), torch.randn(1, 10, 3)
    moved = points[:, torch.randperm(10)] + torch.tensor([1.0, -2.0, 0.5])
    torch.testing.assert_close(encoder(moved), encoder(points), atol=1e-4, rtol=1e-4)
    with pytest.raises(ValueError, match="at least 3 a frame; got 2"):
        encoder(points[:, :2])


@pytest.mark.parametrize(
    ("depth", "colour"),
    [(0.0, (0, 0, 0)), (0.125, (0, 0, 1)), (0.5, (0.5, 1, 0.5)), (0.875, (1, 0, 0)), (1.0, (0.5, 0, 0))],
)
def test_jet_colours(depth: float, colour: tuple) -> None:
    assert jet(torch.full((1, 1, 1, 1), depth)).flatten().tolist() == pytest.approx(colour)
