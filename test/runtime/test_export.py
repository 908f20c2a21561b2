from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from sgcross_core.model import SGCrossGait, load, save
from sgcross_core.model.card import Card, card_path, write_card
from sgcross_core.model.config import preset
from sgcross_core.model.factors import SCHEMA
from sgcross_core.runtime import command
from sgcross_core.runtime.engine import GRAPHS
from sgcross_core.runtime.exported import FILES, Exported
from sgcross_core.runtime.graphs import graphs
from sgcross_core.runtime.onnx_engine import OnnxEngine
from sgcross_core.runtime.parity import ParityError, check_parity, embeddings, windows
from sgcross_core.runtime.torch_engine import TorchEngine
from sgcross_core.runtime.untrained import write_untrained

Export = Callable[[str], Path]


def test_the_folder_holds_what_it_says(export_once: Export) -> None:
    folder = export_once("fp32")
    assert {path.name for path in folder.iterdir()} == {*FILES, "manifest.json"}
    assert [path.name for path in folder.parent.iterdir()] == ["fp32"]  # nothing is left beside it
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in folder.iterdir())


def test_no_path_of_this_machine_is_written(export_once: Export) -> None:
    here = str(Path(__file__).resolve().parents[2]).encode()
    for path in export_once("fp32").iterdir():
        content = path.read_bytes()
        assert here not in content and b"stack_trace" not in content, path.name


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("modality", ["camera", "lidar"])
def test_the_tiles_are_cast_at_once(export_once: Export, modality: str, precision: str) -> None:
    """TensorRT knows bytes only as an input that is cast to floating point at once."""
    import onnx

    model = onnx.load(export_once(precision) / f"{modality}.onnx")
    takers = [node.op_type for node in model.graph.node if "tiles" in node.input]
    assert takers == ["Cast"]


def test_half_is_half_the_size_but_for_the_head(export_once: Export) -> None:
    whole, half = export_once("fp32"), export_once("fp16")
    assert Exported.open(half).precision == "fp16"
    sizes = {graph: [(f / f"{graph}.onnx").stat().st_size for f in (whole, half)] for graph in GRAPHS}
    assert sizes["camera"][1] < 0.6 * sizes["camera"][0] and sizes["lidar"][1] < 0.6 * sizes["lidar"][0]
    assert abs(sizes["head"][1] - sizes["head"][0]) < 100


@pytest.mark.usefixtures("export_once")
@pytest.mark.parametrize("name", ["tiny", "edge"])  # "paper" is the same with 360 MB a graph
def test_sg_crossgait_computes_the_same_in_onnx_runtime(name: str, tmp_path: Path) -> None:
    from sgcross_core.runtime.export import export

    net = SGCrossGait(preset(name))
    net.set_prototypes(torch.randn(16, 512, generator=torch.Generator().manual_seed(1)))
    digest = write_untrained(tmp_path / "sg.safetensors", net=net)
    least = export(tmp_path / "sg.safetensors", tmp_path / "out")
    assert min(least.values()) >= 0.9999
    found = Exported.open(tmp_path / "out")
    assert found.model == digest and found.sizes == (net.feature_size, net.embedding_size, net.config.strips)
    contract = found.contracts["head"]
    assert (contract.network, contract.preset, contract.factors) == ("SGCrossGait", name, SCHEMA)
    assert found.expected["camera"].std() > 0.005  # it says something about the walks
    assert [port.name for port in contract.results] == ["embedding", "factors"] and found.factors == SCHEMA
    engines = OnnxEngine(tmp_path / "out", "cpu"), TorchEngine(tmp_path / "sg.safetensors", "cpu")
    pooled = engines[1].features("lidar", windows()[:, 0])
    (there, told), (here, expected) = (engine.embed_and_describe("lidar", pooled) for engine in engines)
    assert told.shape == (8, 69) and told.min() >= 0 and told.max() <= 1
    np.testing.assert_allclose(told, expected, atol=1e-5)
    np.testing.assert_allclose(there, here, atol=1e-5)
    assert engines[0].embed_and_describe("lidar", pooled[:0])[1].shape == (0, 69)


def test_an_earlier_export_is_replaced(exported: Path, weights: Path, tmp_path: Path) -> None:
    from sgcross_core.runtime.export import export

    export(weights, exported, "fp16")
    assert Exported.open(exported).precision == "fp16"
    assert [path.name for path in tmp_path.iterdir()] == ["exported"]


@pytest.mark.usefixtures("export_once")
def test_the_card_goes_with_it_if_it_fits(weights: Path, tmp_path: Path) -> None:
    from sgcross_core.runtime.export import export

    own, other = Path(shutil.copy(weights, tmp_path / "own.safetensors")), tmp_path / "other.safetensors"
    write_untrained(other, seed=1)
    card = write_card(own, "noise", 0, {}, "nothing")
    export(own, tmp_path / "out")
    assert Card.from_markdown((tmp_path / "out" / "card.md").read_text()) == card
    shutil.copy(card_path(own), card_path(other))
    with pytest.raises(ValueError, match="its figures are not those of these weights"):
        export(other, tmp_path / "more")
    assert not (tmp_path / "more").exists()


@pytest.mark.usefixtures("export_once")
def test_a_folder_of_somebody_else_is_left_alone(weights: Path, tmp_path: Path) -> None:
    from sgcross_core.runtime.export import export

    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="exists and is no exported network"):
        export(weights, tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    with pytest.raises(ValueError, match="precision must be one of fp32, fp16; got 'int8'"):
        export(weights, tmp_path / "new", "int8")


@pytest.mark.usefixtures("export_once")
def test_an_export_that_computes_something_else_is_deleted(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The graphs are made from another network than the one they are compared with."""
    from sgcross_core.runtime import export as module

    def wrong(net: torch.nn.Module) -> dict[str, torch.nn.Module]:
        with torch.no_grad():
            next(net.encoders["lidar"].parameters()).neg_()
        return graphs(net)

    monkeypatch.setattr(module, "graphs", wrong)
    with pytest.raises(ParityError, match=r"lidar: the cosine .* at least 0.9999 is asked of fp32"):
        module.export(weights, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("export_once")
def test_the_command(weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert command.main([str(weights), str(tmp_path / "out"), "--precision", "fp16"]) == 0
    assert "least cosine with PyTorch camera 0.99" in capsys.readouterr().out
    assert command.main([str(tmp_path / "none.safetensors"), str(tmp_path / "out")]) == 2
    assert "sgcross export: no weight file" in capsys.readouterr().err
    assert Exported.open(tmp_path / "out").precision == "fp16"


@pytest.mark.usefixtures("export_once")
def test_weights_without_a_calibration_are_refused(weights: Path, tmp_path: Path) -> None:
    from sgcross_core.runtime.export import export

    save(tmp_path / "bare.safetensors", load(weights).net)
    with pytest.raises(ValueError, match="has no calibration"):
        export(tmp_path / "bare.safetensors", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_stored_windows_show_walkers() -> None:
    tiles = windows()
    assert tiles.shape == (8, 4, 64, 64, 3) and tiles.dtype == np.uint8
    seen = (tiles > 0).mean(axis=(2, 3))  # (W, T, 3)
    assert seen.min() > 0.08 and seen.max() < 0.6
    assert all((w[0] != w[1]).any() for w in tiles)


class Leaning:
    """Another engine's answers, turned a little."""

    def __init__(self, engine: TorchEngine, cosine: float) -> None:
        self._engine, self._cosine = engine, cosine
        self.features = engine.features

    def embed(self, modality: str, pooled: np.ndarray) -> np.ndarray:
        rows = self._engine.embed(modality, pooled)
        across = np.random.default_rng(0).normal(size=rows.shape).astype(np.float32)
        across -= (across * rows).sum(1, keepdims=True) * rows
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        return self._cosine * rows + np.sqrt(1 - self._cosine**2) * across


@pytest.mark.parametrize(
    ("cosine", "precision", "passes"),
    [(1, "fp32", True), (0.99995, "fp32", True), (0.9998, "fp32", False), (0.9998, "fp16", True),
     (0.998, "fp16", False), (np.nan, "fp16", False)],
)  # fmt: skip
def test_the_parity_check(weights: Path, cosine: float, precision: str, passes: bool) -> None:
    engine = TorchEngine(weights, "cpu")
    expected, other = embeddings(engine), Leaning(engine, cosine)
    if passes:
        least = check_parity(other, expected, precision)
        assert least == {m: pytest.approx(cosine, abs=1e-5) for m in ("camera", "lidar")}
    else:
        with pytest.raises(ParityError, match="camera: the cosine with the network on PyTorch is"):
            check_parity(other, expected, precision)
