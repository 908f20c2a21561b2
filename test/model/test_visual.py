from __future__ import annotations

import pytest
import torch
from torch import nn

from sgcross_core.model.config import VisualConfig
from sgcross_core.model.visual import DEVIATION, MEAN, VisualTower, interpolated, load_clip

SMALL = VisualConfig(width=32, layers=2, heads=4, gelu="exact", frozen=False)


def clip_like(grid: int = 14, width: int = 32, layers: int = 2, dim: int = 24) -> dict[str, torch.Tensor]:
    """A state dict with the names of OpenAI's CLIP, visual half and some of the text half."""
    shapes: dict[str, tuple[int, ...]] = {
        "conv1.weight": (width, 3, 16, 16), "class_embedding": (width,), "proj": (width, dim),
        "positional_embedding": (grid**2 + 1, width),
    }  # fmt: skip
    for norm in ("ln_pre", "ln_post"):
        shapes |= {f"{norm}.weight": (width,), f"{norm}.bias": (width,)}
    for layer in range(layers):
        at = f"transformer.resblocks.{layer}."
        shapes |= {f"{at}{n}.{k}": (width,) for n in ("ln_1", "ln_2") for k in ("weight", "bias")}
        shapes |= {f"{at}attn.in_proj_weight": (3 * width, width), f"{at}attn.in_proj_bias": (3 * width,)}
        shapes |= {f"{at}attn.out_proj.weight": (width, width), f"{at}attn.out_proj.bias": (width,)}
        shapes |= {f"{at}mlp.c_fc.weight": (4 * width, width), f"{at}mlp.c_fc.bias": (4 * width,)}
        shapes |= {f"{at}mlp.c_proj.weight": (width, 4 * width), f"{at}mlp.c_proj.bias": (width,)}
    generator = torch.Generator().manual_seed(0)
    state = {f"visual.{k}": torch.randn(s, generator=generator).half() * 0.2 for k, s in shapes.items()}
    return state | {"logit_scale": torch.tensor(1.0), "token_embedding.weight": torch.zeros(2, 3)}


def torchs(state: dict[str, torch.Tensor], pictures: torch.Tensor) -> torch.Tensor:
    """The same tower made of torch's own layers, from a state dict whose grid is 4."""
    own = {k.removeprefix("visual."): v.float() for k, v in state.items() if k.startswith("visual.")}
    scaled = (pictures.expand(-1, 3, -1, -1) - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(
        DEVIATION
    ).view(3, 1, 1)
    patches = nn.functional.conv2d(scaled, own["conv1.weight"], stride=16).flatten(2).transpose(1, 2)
    tokens = torch.cat([own["class_embedding"].expand(len(pictures), 1, -1), patches], 1)
    tokens = tokens + own["positional_embedding"]
    tokens = nn.functional.layer_norm(tokens, (32,), own["ln_pre.weight"], own["ln_pre.bias"])
    for layer in range(2):
        block = nn.TransformerEncoderLayer(32, 4, 128, 0.0, "gelu", batch_first=True, norm_first=True)
        at = f"transformer.resblocks.{layer}."
        names = {
            "self_attn.": "attn.",
            "linear1.": "mlp.c_fc.",
            "linear2.": "mlp.c_proj.",
            "norm1.": "ln_1.",
            "norm2.": "ln_2.",
        }
        renamed = {
            name: own[at + next(name.replace(a, b) for a, b in names.items() if name.startswith(a))]
            for name in block.state_dict()
        }
        block.load_state_dict(renamed)
        tokens = block(tokens)
    return nn.functional.layer_norm(tokens, (32,), own["ln_post.weight"], own["ln_post.bias"]) @ own["proj"]


def test_loaded_weights_compute_what_torchs_layers_compute() -> None:
    tower, state, pictures = VisualTower(SMALL, 24), clip_like(grid=4), torch.rand(3, 1, 64, 64)
    load_clip(tower, state)
    assert tower.loaded and tower(pictures).shape == (3, 17, 24)
    for seen in (pictures, torch.rand(3, 3, 64, 64)):
        torch.testing.assert_close(tower(seen), torchs(state, seen), atol=1e-4, rtol=1e-4)


def test_quick_gelu_is_another_function() -> None:
    exact, quick = VisualTower(SMALL, 24), VisualTower(VisualConfig(32, 2, 4), 24)
    quick.load_state_dict(exact.state_dict())
    assert not torch.allclose(exact(torch.ones(1, 1, 64, 64)), quick(torch.ones(1, 1, 64, 64)))
    x = torch.linspace(-3, 3, 7)
    torch.testing.assert_close(quick.blocks[0].mlp.gelu(x), x / (1 + (-1.702 * x).exp()))


def test_the_position_table_is_made_for_the_smaller_grid() -> None:
    ramp = torch.arange(14.0).repeat(14, 1).flatten()[:, None]  # grows from left to right
    found = interpolated(torch.cat([torch.tensor([[99.0]]), ramp]), 4)
    assert found.shape == (17, 1) and found[0, 0] == 99
    rows = found[1:, 0].view(4, 4)
    torch.testing.assert_close(rows, rows[:1].expand(4, 4))
    assert rows[0].tolist() == pytest.approx(
        [1.3, 4.8, 8.2, 11.7], abs=0.3
    )  # 1.25 + 3.5 k, but for the borders
    table = torch.rand(17, 3)
    assert interpolated(table, 4) is table
    with pytest.raises(ValueError, match=r"1 \+ n \* n rows; got 12"):
        interpolated(torch.zeros(12, 3), 4)


def test_published_tables_of_14_by_14_fit_after_interpolation() -> None:
    tower = VisualTower(SMALL, 24)
    load_clip(tower, clip_like(grid=14))
    assert tower.positional_embedding.shape == (17, 32)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("visual.proj"), "lack the visual tensor 'proj', one of 1"),
        (lambda s: s.clear(), "lack the visual tensor"),
        (lambda s: s.update(clip_like(layers=3)), "'blocks.2.attn.in_proj_bias' has no place"),
        (
            lambda s: s.update({"visual.proj": torch.zeros(32, 8)}),
            "proj is .32, 8., this preset needs .32, 24.",
        ),
    ],
)
def test_weights_of_another_shape_are_refused(change, words: str) -> None:
    tower, state = VisualTower(SMALL, 24), clip_like()
    before = {k: v.clone() for k, v in tower.state_dict().items()}
    change(state)
    with pytest.raises(ValueError, match=words):
        load_clip(tower, state)
    assert not tower.loaded
    assert all(torch.equal(before[k], v) for k, v in tower.state_dict().items())


@pytest.mark.parametrize("planes", [1, 2, 3])
def test_any_number_of_planes(planes: int) -> None:
    tower, pictures = VisualTower(SMALL, 24), torch.rand(2, planes, 64, 64)
    seen = pictures if planes == 3 else pictures[:, :1].repeat(1, 3, 1, 1)
    torch.testing.assert_close(tower(pictures), tower(seen))


def test_a_settled_tower_computes_the_same_and_saves_the_same() -> None:
    tower = VisualTower(SMALL, 24)
    pictures = [torch.rand(2, planes, 64, 64) for planes in (1, 2, 3)]
    before, names = [tower(seen) for seen in pictures], set(tower.state_dict())
    tower.settle()
    for seen, expected in zip(pictures, before, strict=True):
        torch.testing.assert_close(tower(seen), expected, atol=1e-6, rtol=1e-6)
    assert set(tower.state_dict()) == names
