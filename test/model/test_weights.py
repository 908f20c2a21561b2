from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from sgcross_core.model import OtherNetwork, SGCrossGait, TwoStream, load, save, tensors
from sgcross_core.model.config import PRESETS, BackboneConfig, SGConfig, VisualConfig
from sgcross_core.runtime.untrained import write_untrained


@pytest.fixture
def net() -> TwoStream:
    torch.manual_seed(1)
    return TwoStream("tiny").eval()


@pytest.fixture
def path(tmp_path: Path, net: TwoStream) -> Path:
    save(tmp_path / "net.safetensors", net, {"pairs": {}}, {"camera": torch.ones(2, 512)}, "a command")
    return tmp_path / "net.safetensors"


def rewritten(path: Path, **changes: object) -> Path:
    """The file with other values in its header."""
    with safe_open(path, "pt") as opened:
        header = json.loads(opened.metadata()["sgcross"])
    save_file(load_file(path), path, {"sgcross": json.dumps(header | changes)})
    return path


def test_everything_comes_back(path: Path, net: TwoStream) -> None:
    model = load(path)
    assert model.calibration == {"pairs": {}} and model.command == "a command"
    assert torch.equal(model.cohort["camera"], torch.ones(2, 512))
    for name, value in net.state_dict().items():
        assert torch.equal(model.net.state_dict()[name], value), name
    assert not model.net.training


def test_the_hash_is_of_the_network_alone(tmp_path: Path, net: TwoStream, path: Path) -> None:
    other = save(tmp_path / "other.safetensors", net, {"pairs": {"x": 1}}, command="another")
    assert other == load(path).hash and len(other) == 16
    with torch.no_grad():
        net.project.weight[0, 0, 0] += 1e-3
    assert save(tmp_path / "third.safetensors", net) != other


def test_saving_over_a_file_leaves_no_parts(path: Path, net: TwoStream) -> None:
    save(path, net)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"preset": "huge"}, "preset 'huge' is not one of tiny"),
        ({"preset": None}, "preset None"),
        ({"preprocessing": "0"}, "preprocessing '0', this package has '1'"),
        ({"hash": "0123456789abcdef"}, "was changed"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(path: Path, changes: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        load(rewritten(path, **changes))


@pytest.mark.parametrize("keep", [0, 4, 100, 5000, -1])
def test_a_file_cut_short_is_refused(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        load(path)


def test_a_changed_tensor_is_noticed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-40_000] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="was changed"):
        load(path)


@pytest.mark.parametrize("content", [b"\x80\x04K\x01.", b"PK\x03\x04" + 60 * b"\0", b"hello"])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.safetensors").write_bytes(content)
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        load(tmp_path / "net.safetensors")


def test_safetensors_of_somebody_else_are_refused(tmp_path: Path) -> None:
    save_file({"a": torch.ones(3)}, tmp_path / "net.safetensors")
    with pytest.raises(ValueError, match="no 'sgcross' header"):
        load(tmp_path / "net.safetensors")


def test_tensors_of_another_shape_are_refused(tmp_path: Path, net: TwoStream) -> None:
    net.project.weight = torch.nn.Parameter(torch.ones(8, 128, 32))
    save(tmp_path / "net.safetensors", net)
    with pytest.raises(ValueError, match="do not fit preset 'tiny'"):
        load(tmp_path / "net.safetensors")


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="sgcross train"):
        load(tmp_path / "none.safetensors")


@pytest.fixture
def crossing(tmp_path: Path) -> Path:
    torch.manual_seed(1)
    net = SGCrossGait(PRESETS["tiny"])
    net.set_prototypes(torch.randn(16, 512))
    save(tmp_path / "sg.safetensors", net, {"pairs": {}})
    return tmp_path / "sg.safetensors"


def test_the_other_network_comes_back_without_its_training_people(crossing: Path) -> None:
    torch.manual_seed(1)
    net = SGCrossGait(PRESETS["tiny"])
    net.set_prototypes(torch.randn(16, 512))
    found = load(crossing).net
    assert isinstance(found, SGCrossGait) and not found.training
    assert found.config == replace(PRESETS["tiny"], classes=0)
    kept = {k: v for k, v in net.state_dict().items() if not k.startswith("necks.")}
    assert set(kept) == set(found.state_dict())
    assert all(torch.equal(v, found.state_dict()[k]) for k, v in kept.items())


def test_a_switch_alone_makes_another_hash(tmp_path: Path) -> None:
    quick = SGCrossGait(PRESETS["tiny"])
    exact = SGCrossGait(replace(PRESETS["tiny"], visual=replace(PRESETS["tiny"].visual, gelu="exact")))
    exact.load_state_dict(quick.state_dict())
    assert save(tmp_path / "a.safetensors", quick) != save(tmp_path / "b.safetensors", exact)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"network": "GaitSet"}, "network must be SGCrossGait or absent; got 'GaitSet'"),
        ({"config": None}, "config must be the settings of the network; got None"),
        ({"factors": "gdf-0"}, "for factors 'gdf-0', this package has"),
        ({"config": {"strips": 8}}, "was changed"),
    ],
)
def test_a_header_that_does_not_fit_the_other_network_is_refused(
    crossing: Path, changes: dict, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        load(rewritten(crossing, **changes))


def test_tensors_of_another_preset_are_refused(tmp_path: Path) -> None:
    net = SGCrossGait(PRESETS["tiny"])
    net.config = replace(PRESETS["tiny"], part=32)
    save(tmp_path / "net.safetensors", net)
    with pytest.raises(ValueError, match=r"(?s)do not fit preset 'tiny'.*project.weight"):
        load(tmp_path / "net.safetensors")


class Other(OtherNetwork):
    """A network that this package does not know: templates are sums of pixels, times a number."""

    kind, preset, feature_size, embedding_size = "pixels", "small", 64 * 64, 64

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.factor, self.weight = factor, torch.nn.Parameter(torch.ones(1))

    def described(self) -> dict:
        return {"factor": self.factor}

    def pictures(self, modality: str, tiles: torch.Tensor) -> torch.Tensor:
        return tensors(modality, tiles)

    def encode_frames(self, modality: str, pictures: torch.Tensor) -> torch.Tensor:
        return pictures[:, 0].flatten(1)

    def embed(self, pooled: torch.Tensor) -> torch.Tensor:
        return self.factor * self.weight * pooled.unflatten(1, (64, 64)).sum(1, keepdim=True)

    def template(self, pooled: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.normalize(self.embed(pooled)[:, 0])


OTHERS = {"pixels": lambda settings: Other(settings["factor"])}


def test_a_network_of_another_package_comes_back_through_its_maker(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    written = save(path, Other(3))
    model = load(path, OTHERS)
    assert isinstance(model.net, Other) and model.net.factor == 3 and model.hash == written
    assert save(path, Other(4)) != written
    with pytest.raises(ValueError, match="network must be SGCrossGait or absent; got 'pixels'"):
        load(path)


def test_makers_leave_the_networks_of_this_package_alone(path: Path, crossing: Path) -> None:
    assert isinstance(load(path, OTHERS).net, TwoStream)
    assert isinstance(load(crossing, OTHERS).net, SGCrossGait)
    with pytest.raises(ValueError, match="network must be SGCrossGait, pixels or absent; got 'GaitSet'"):
        load(rewritten(crossing, network="GaitSet"), OTHERS)


FROZEN = SGConfig(
    preset="small", strips=8, part=6, text_dim=12, prototypes=6, top=3, heads=2,
    backbone=BackboneConfig(width=4, stride=2, columns=48),
    visual=VisualConfig(width=16, layers=1, heads=2),
)  # fmt: skip


def clip_of(net: SGCrossGait) -> dict[str, torch.Tensor]:
    """A state dict of CLIP's visual half that fits the network's tower."""
    named = net.visual.state_dict().items()
    return {f"visual.{k.replace('blocks.', 'transformer.resblocks.')}": torch.randn_like(v) for k, v in named}


def test_a_frozen_tower_that_was_never_loaded_is_not_saved(tmp_path: Path) -> None:
    words = r"the visual tower of preset 'small' is frozen and was never loaded: load CLIP weights"
    with pytest.raises(ValueError, match=words):
        save(tmp_path / "net.safetensors", SGCrossGait(FROZEN))
    assert list(tmp_path.iterdir()) == []
    trains = replace(FROZEN, visual=replace(FROZEN.visual, frozen=False))
    for config in (trains, replace(FROZEN, clip=False, dcf=False)):
        save(tmp_path / "net.safetensors", SGCrossGait(config))
        assert load(tmp_path / "net.safetensors").net.config.visual == config.visual


def test_a_loaded_tower_is_known_as_such_wherever_the_file_goes(tmp_path: Path) -> None:
    net = SGCrossGait(FROZEN)
    net.load_clip(clip_of(net))
    path = tmp_path / "net.safetensors"
    save(path, net)
    again = load(path)
    assert again.net.visual.loaded
    save(path, again.net, {"pairs": {}})  # as calibrating does
    for change in (None, "something"):
        with pytest.raises(
            ValueError, match=r"must hold CLIP weights, or be marked untrained for tests; got"
        ):
            load(rewritten(path, tower=change))


def test_untrained_files_are_marked_and_loaded(tmp_path: Path) -> None:
    write_untrained(tmp_path / "net.safetensors", net=SGCrossGait(FROZEN))
    assert not load(tmp_path / "net.safetensors").net.visual.loaded
    with pytest.raises(ValueError, match="was never loaded"):  # nobody makes more of it by accident
        save(tmp_path / "other.safetensors", load(tmp_path / "net.safetensors").net)
