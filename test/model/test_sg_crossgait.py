from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from sgcross_core.model import MODALITIES, Outputs, SGConfig, SGCrossGait, fold, initialise
from sgcross_core.model.attributes import attribute_losses
from sgcross_core.model.config import PRESETS, BackboneConfig, VisualConfig
from sgcross_core.model.pooling import strips
from sgcross_core.model.sg_crossgait import both, joined

SMALL = SGConfig(
    preset="small",
    classes=5,
    lidar="depth+coverage",
    strips=8,
    part=6,
    text_dim=12,
    prototypes=6,
    top=3,
    heads=2,
    backbone=BackboneConfig(width=4, stride=2, columns=48),
    visual=VisualConfig(width=16, layers=1, heads=2, frozen=False),
)
BARE = replace(SMALL, clip=False, text=False, alignment=False, dcf=False, sgfd=False, gar=False)
OURS = replace(SMALL, minimum=True, centred=True)


def network(config: SGConfig = SMALL) -> SGCrossGait:
    torch.manual_seed(0)
    net = SGCrossGait(config)
    if config.text and config.sgfd:
        net.set_prototypes(torch.randn(config.prototypes, config.text_dim))
    if net.still is not None:  # it begins as zero
        torch.nn.init.normal_(net.still.weight)
    if net.centring is not None:
        torch.nn.init.normal_(net.centring.means)
    return net


def clips(net: SGCrossGait, modality: str, B: int = 2, T: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(B, T, net.planes(modality), 64, 64, generator=generator)


def everything(net: SGCrossGait) -> tuple[Outputs, Tensor]:
    """The outputs of both modalities, and one number that every one of them changes."""
    out = net.outputs(torch.cat([net.pooled(m, clips(net, m)) for m in MODALITIES]))
    terms = [out.embedding, out.modality, out.whole, out.local, out.logits, out.token_logits]
    if net.sgfd is not None:
        terms += [net.sgfd.reconstruct(out.decoupled)]
    if net.alignment is not None:
        terms += [net.alignment.temperature]
    if net.necks is not None and "text" in net.necks:
        terms += [net.text_logits(torch.randn(4, net.config.text_dim))]
    if out.attributes is not None:
        labels = torch.tensor([[3, 1, *range(6), *range(6)]]).repeat(4, 1)
        terms += list(attribute_losses(out.attributes, labels).values())
    weights = torch.Generator().manual_seed(2)
    terms = [(t * torch.randn(t.shape, generator=weights)).sum() for t in terms if t is not None]
    return out, torch.stack(terms).sum()


@pytest.mark.parametrize("name", PRESETS)
@torch.no_grad()
def test_the_shape_of_every_stage(name: str) -> None:
    net = network(PRESETS[name]).eval()
    c, (C, H, W) = net.config, net.config.backbone.map_shape
    assert {"paper": (512, 16, 16), "edge": (256, 16, 12), "tiny": (128, 8, 6)}[name] == (C, H, W)
    pictures = {m: torch.rand(1, net.planes(m), 64, 64) for m in MODALITIES}
    for modality in MODALITIES:
        assert net.encoders[modality](pictures[modality]).shape == (1, C, H, W)
    assert net.visual(pictures["lidar"]).shape == (1, 17, C)
    pooled = torch.cat([net.encode_frames(m, pictures[m]) for m in MODALITIES])
    assert pooled.shape == (2, net.feature_size) == (2, C * H * W + 17 * C)
    out = net.outputs(pooled)
    assert out.embedding.shape == net.embed(pooled).shape == (2, c.strips, c.part)
    assert out.fused.shape == out.shared.shape == out.decoupled.specific.shape == (2, c.strips, C)
    assert out.decoupled.gate.shape == (2, 1, C)
    assert out.decoupled.attention.shape == (2, c.strips, c.prototypes)
    assert out.token.shape == (2, C) and out.modality.shape == (2, 2)
    assert out.whole.shape == (2, c.text_dim) and out.local.shape == (2, c.strips, c.text_dim)
    assert out.logits.shape == (2, c.strips, c.classes) and out.token_logits.shape == (2, c.classes)
    assert out.attributes.values().shape == (2, 14)
    assert net.template(pooled).shape == (2, net.embedding_size)


def test_the_three_answers_are_the_same_arithmetic() -> None:
    net = network().eval()
    pooled = net.pooled("camera", clips(net, "camera"))
    torch.testing.assert_close(net.embed(pooled), net.outputs(pooled).embedding)
    torch.testing.assert_close(net("camera", clips(net, "camera")).embedding, net.embed(pooled))
    template = net.template(pooled)
    torch.testing.assert_close(template.norm(dim=1), torch.ones(2))
    cosines = functional.cosine_similarity(net.embed(pooled)[0], net.embed(pooled)[1], dim=-1)
    torch.testing.assert_close(template[0] @ template[1], cosines.mean())


def test_order_and_repetition_of_frames_do_not_matter() -> None:
    net = network().eval()
    frames = clips(net, "lidar", 1, 5)
    other = frames[:, [3, 1, 0, 4, 2, 2, 0]]
    torch.testing.assert_close(net.pooled("lidar", frames), net.pooled("lidar", other), atol=1e-5, rtol=1e-5)


def test_frames_that_are_not_present_do_not_count() -> None:
    net = network().eval()
    frames, present = clips(net, "camera", 2, 4), torch.tensor([[1, 0, 1, 1], [0, 1, 0, 1]]).bool()
    found = net.pooled("camera", frames, present)
    for b in range(2):
        alone = net.pooled("camera", frames[b : b + 1, present[b]])
        torch.testing.assert_close(found[b], alone[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"points": True, "neighbours": 3},
        {"text": False, "alignment": False},
        {"minimum": True, "centred": True},
    ],
)
def test_gradients_reach_all_that_trains(changes: dict) -> None:
    net = network(replace(SMALL, **changes)).train()
    if net.points is not None:
        cloud = torch.randn(2, 1, 9, 3)
        lidar = net.pooled("lidar", clips(net, "lidar", T=1), None, cloud)
        embedding = net.outputs(torch.cat([net.pooled("camera", clips(net, "camera", T=1)), lidar])).embedding
        loss = (embedding * torch.randn(4, 8, 6)).sum() + everything_but_points(net)
    else:
        loss = everything(net)[1]
    loss.backward()
    silent = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    # A bias before a batch norm, and what turns all keys of a softmax alike, move nothing by their nature.
    assert [name for name in silent if not name.endswith("in_proj_bias")] == []


def everything_but_points(net: SGCrossGait) -> Tensor:
    """`everything` of the parts that a cloud does not change, camera windows on both sides."""
    out = net.outputs(net.pooled("camera", clips(net, "camera")))
    heads = [
        out.modality,
        out.whole,
        out.local,
        out.logits,
        out.token_logits,
        net.sgfd.reconstruct(out.decoupled),
    ]
    labels = torch.tensor([[3, 1, *range(6), *range(6)]]).repeat(2, 1)
    heads += [*attribute_losses(out.attributes, labels).values(), net.alignment.temperature]
    heads += [net.text_logits(torch.randn(4, net.config.text_dim))]
    return torch.stack([(t * torch.randn(t.shape)).sum() for t in heads]).sum()


def test_nothing_frozen_moves() -> None:
    net = network()
    net.freeze("visual", "encoders.camera")
    net.train()
    assert net.encoders["lidar"].training and not net.encoders["camera"].training and not net.visual.training
    before = {k: v.clone() for k, v in net.state_dict().items()}
    everything(net)[1].backward()
    torch.optim.SGD([p for p in net.parameters() if p.requires_grad], 0.1).step()
    moved = {name.split(".")[0] for name, v in net.state_dict().items() if not torch.equal(v, before[name])}
    still = [n for n, v in net.state_dict().items() if n.startswith(("visual", "encoders.camera"))]
    assert all(torch.equal(before[name], net.state_dict()[name]) for name in still)
    assert moved == {"encoders", "dcf", "sgfd", "alignment", "project", "gar", "necks"}
    assert all(p.grad is None for n, p in net.named_parameters() if n in still)


def test_what_is_unfrozen_trains_again() -> None:
    net = network(replace(SMALL, visual=VisualConfig(width=16, layers=1, heads=2)))
    assert not any(p.requires_grad for p in net.visual.parameters())
    net.train().unfreeze("visual")
    assert net.visual.training and all(p.requires_grad for p in net.visual.parameters())
    with pytest.raises(ValueError, match="'visual' is not frozen; frozen: none"):
        net.unfreeze("visual")


def test_starting_anew_leaves_what_was_loaded() -> None:
    net = network()
    net.visual.loaded = True
    before = {k: v.clone() for k, v in net.state_dict().items()}
    initialise(net, 7)
    after = {k: v.clone() for k, v in net.state_dict().items()}
    kept = [k for k in after if k.startswith("visual.") or k == "prototypes"]
    assert len(kept) > 10 and all(torch.equal(before[k], after[k]) for k in kept)
    assert not torch.equal(before["project.weight"], after["project.weight"])
    initialise(net, 7)
    assert all(torch.equal(after[k], v) for k, v in net.state_dict().items())
    net.visual.loaded = False
    initialise(net, 7)
    assert not torch.equal(net.visual.conv1.weight, after["visual.conv1.weight"])


SWITCHES = {
    "alignment": ({"alignment": False}, {"alignment"}, {"whole", "local"}),
    "dcf": ({"dcf": False}, {"dcf"}, set()),
    "sgfd": ({"sgfd": False}, {"sgfd", "prototypes"}, {"decoupled", "modality"}),
    "gar": ({"gar": False}, {"gar"}, {"attributes"}),
    "classes": ({"classes": 0}, {"necks"}, {"logits", "token_logits"}),
    "clip": ({"clip": False, "dcf": False}, {"visual", "dcf"}, set()),
}


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_removes_its_block_and_nothing_else(switch: str) -> None:
    changes, parts, silent = SWITCHES[switch]
    full, less = network().eval(), network(replace(SMALL, **changes)).eval()
    names = {name.split(".")[0] for name in full.state_dict()}
    assert {name.split(".")[0] for name in less.state_dict()} == names - parts
    less.load_state_dict({k: v for k, v in full.state_dict().items() if k.split(".")[0] not in parts})
    out = {net: vars(net("camera", clips(net, "camera"))) for net in (full, less)}
    assert {name for name, value in out[less].items() if value is None} == silent
    if switch in ("alignment", "gar", "classes"):  # heads: the rest of the answer is the same
        torch.testing.assert_close(out[less]["embedding"], out[full]["embedding"])
    else:
        assert not torch.allclose(out[less]["embedding"], out[full]["embedding"])


def test_without_text_prototypes_are_learned() -> None:
    fixed, learned = network(), network(replace(SMALL, text=False, alignment=False))
    assert "prototypes" in dict(fixed.named_buffers()) and "prototypes" in dict(learned.named_parameters())
    assert set(learned.necks) == {"parts", "token"} and set(fixed.necks) == {"parts", "token", "text"}
    learned.load_state_dict(
        {k: v for k, v in fixed.state_dict().items() if not k.startswith(("alignment.", "necks.text"))}
    )
    frames = clips(fixed, "lidar")
    torch.testing.assert_close(
        fixed.eval()("lidar", frames).embedding, learned.eval()("lidar", frames).embedding
    )


def test_the_barest_network_is_backbone_and_projection() -> None:
    net = network(BARE).eval()
    pooled = net.pooled("camera", clips(net, "camera"))
    assert net.feature_size == 32 * 8 * 6
    maps = pooled.view(2, 32, 8, 6)
    expected = torch.einsum("bcp,pcd->bpd", maps.amax(-1) + maps.mean(-1), net.project.weight)
    torch.testing.assert_close(net.embed(pooled), expected)


@pytest.mark.parametrize("clip", [False, True])
def test_the_minimum_over_frames_adds_to_the_strips(clip: bool) -> None:
    net = network(replace(BARE if not clip else replace(SMALL, dcf=False), minimum=True)).eval()
    frames = clips(net, "camera")
    pooled, size = net.pooled("camera", frames), math.prod(net.config.backbone.map_shape)
    maps = net.encoders["camera"](frames.flatten(0, 1)).unflatten(0, (2, 3))
    high, low = (strips(pool(maps, 1), 8) for pool in (torch.amax, torch.amin))
    torch.testing.assert_close(net.outputs(pooled).fused, high + low @ net.still.weight.T)
    with torch.no_grad():
        net.still.weight.zero_()
    less = network(replace(net.config, minimum=False)).eval()
    less.load_state_dict({k: v for k, v in net.state_dict().items() if not k.startswith("still.")})
    alone = torch.cat([pooled[:, :size], pooled[:, 2 * size :]], 1)
    assert alone.shape[1] == less.feature_size == net.feature_size - size
    torch.testing.assert_close(net.embed(pooled), less.embed(alone))


def test_a_centred_network_takes_the_mean_of_what_was_chosen() -> None:
    net = network(replace(SMALL, centred=True)).eval()
    plain = network().eval()
    plain.load_state_dict({k: v for k, v in net.state_dict().items() if not k.startswith("centring.")})
    pooled = net.pooled("lidar", clips(net, "lidar"))
    share = net.outputs(pooled).decoupled.choice.softmax(-1)  # (2, 6)
    means = (share[:, :, None, None] * net.centring.means).sum(1)
    expected = functional.normalize(plain.embed(pooled), dim=-1) - means
    torch.testing.assert_close(net.embed(pooled), expected)
    torch.testing.assert_close(net.template_and_factors(pooled)[0], net.template(pooled))


def test_texts_change_the_answer_and_become_unit_vectors() -> None:
    net = network().eval()
    frames = clips(net, "camera")
    before = net("camera", frames).embedding
    net.set_prototypes(3 * torch.randn(6, 12, generator=torch.Generator().manual_seed(5)))
    torch.testing.assert_close(net.prototypes.norm(dim=1), torch.ones(6))
    assert not torch.allclose(net("camera", frames).embedding, before)


@pytest.mark.parametrize("lidar", ["depth", "depth+coverage", "jet"])
def test_pictures_of_tiles(lidar: str) -> None:
    net = network(replace(SMALL, lidar=lidar))
    tiles = torch.zeros(1, 64, 64, 3, dtype=torch.uint8)
    tiles[..., 0], tiles[0, :32, :, 1], tiles[0, :32, :, 2] = 255, 51, 96
    assert torch.equal(net.pictures("camera", tiles), torch.ones(1, 1, 64, 64))
    seen = net.pictures("lidar", tiles)
    expected = {"depth": [0.2], "depth+coverage": [0.2, 96 / 255], "jet": [0, 0.3, 1]}[lidar]
    assert seen[0, :, 0, 0].tolist() == pytest.approx(expected) and seen.shape == (1, len(expected), 64, 64)
    assert seen[0, :, 40, 0].abs().sum() == 0


def test_the_answer_of_both_sensors_is_the_mean_of_their_directions() -> None:
    a, b = torch.randn(2, 4, 6), torch.randn(2, 4, 6)
    fused = both(a, 10 * b)
    torch.testing.assert_close(fused, both(b, a))
    probe = joined(torch.randn(2, 4, 6))
    of_both = (probe * (joined(a) + joined(b))).sum(1)
    same_strips = both(a, a)
    torch.testing.assert_close(joined(same_strips), joined(a))
    assert torch.equal(of_both > 0, (probe * fused.reshape(2, -1)).sum(1) > 0)


@pytest.mark.parametrize(
    ("modality", "shape", "kind", "words"),
    [
        ("radar", (1, 1, 64, 64), torch.float32, "modality must be one of camera, lidar; got 'radar'"),
        (
            "camera",
            (1, 2, 64, 64),
            torch.float32,
            r"camera pictures must be float \(N, 1, 64, 64\); got .*2, 64",
        ),
        ("lidar", (1, 1, 64, 64), torch.float32, r"lidar pictures must be float \(N, 2, 64, 64\)"),
        ("camera", (1, 1, 64, 44), torch.float32, r"got torch.float32 \(1, 1, 64, 44\)"),
        ("camera", (1, 64, 64), torch.float32, r"got torch.float32 \(1, 64, 64\)"),
        ("camera", (1, 1, 64, 64), torch.uint8, "got torch.uint8"),
    ],
)
def test_pictures_that_do_not_fit_are_refused(
    modality: str, shape: tuple, kind: torch.dtype, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        network().encode_frames(modality, torch.zeros(shape, dtype=kind))


def test_what_else_does_not_fit_is_refused() -> None:
    net, clouded = network(), network(replace(SMALL, points=True, neighbours=3))
    bad = {
        r"camera clips must be \(B, T, planes, 64, 64\); got \(1, 1, 64, 64\)": lambda: net.pooled(
            "camera", torch.zeros(1, 1, 64, 64)
        ),
        "at least one frame; got none": lambda: net.pooled("camera", torch.zeros(1, 0, 1, 64, 64)),
        rf"pooled features must be \(B, {net.feature_size}\); got \(2, 7\)": lambda: net.embed(
            torch.zeros(2, 7)
        ),
        "modality lidar, points are missing": lambda: clouded.encode_frames(
            "lidar", torch.zeros(1, 2, 64, 64)
        ),
        "it is False, the modality lidar, points are given": lambda: net.encode_frames(
            "lidar", torch.zeros(1, 2, 64, 64), torch.zeros(1, 9, 3)
        ),
        r"prototypes must be finite, float \(6, 12\); got torch.float32 \(5, 12\)": lambda: (
            net.set_prototypes(torch.zeros(5, 12))
        ),
        "prototypes must be finite": lambda: net.set_prototypes(torch.full((6, 12), torch.nan)),
        "text is off": lambda: network(BARE).set_prototypes(torch.zeros(6, 12)),
        "clip is off": lambda: network(BARE).load_clip({}),
        "no text neck": lambda: network(BARE).text_logits(torch.zeros(1, 12)),
    }
    for words, call in bad.items():
        with pytest.raises(ValueError, match=words):
            call()


@pytest.mark.parametrize("config", [SMALL, BARE, OURS, replace(SMALL, text=False, alignment=False)])
@torch.no_grad()
def test_a_folded_network_says_the_same(config: SGConfig) -> None:
    net = network(config).eval()
    pooled = [net.pooled(m, clips(net, m)) for m in MODALITIES]
    expected, names = net.outputs(torch.cat(pooled)), set(net.state_dict())
    fold(net)
    for modality, before in zip(MODALITIES, pooled, strict=True):
        torch.testing.assert_close(net.pooled(modality, clips(net, modality)), before, atol=1e-5, rtol=1e-5)
    found = net.outputs(torch.cat(pooled))
    torch.testing.assert_close(found.embedding, expected.embedding, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found.shared, expected.shared, atol=1e-5, rtol=1e-5)
    assert not [name for name in set(net.state_dict()) - names if not name.endswith("bias")]


def test_a_folded_network_takes_no_other_texts_or_weights() -> None:
    net = fold(network().eval())
    for change in (lambda: net.set_prototypes(torch.ones(6, 12)), lambda: net.load_clip({})):
        with pytest.raises(ValueError, match="folded for inference; set its texts and CLIP weights before"):
            change()
