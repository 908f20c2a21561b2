"""Everything that can be wrong with the files of an exported network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sgcross_core.runtime.contract import KEY, Contract
from sgcross_core.runtime.exported import Exported, digest
from sgcross_core.runtime.onnx_file import read_contract

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install -e '.[onnx]'")


def vouched(folder: Path) -> Path:
    """The folder with a manifest that vouches for its files as they are."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {name: digest((folder / name).read_bytes()) for name in manifest["files"]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def changed(folder: Path, change: Callable[[onnx.ModelProto], None], name: str = "camera.onnx") -> Path:
    """The folder with one graph changed, vouched for."""
    model = onnx.load(folder / name)
    change(model)
    onnx.save(model, folder / name)
    return vouched(folder)


def with_contract(**changes: object) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        (entry,) = (entry for entry in model.metadata_props if entry.key == KEY)
        entry.value = json.dumps({**json.loads(entry.value), **changes})

    return change


def outside(location: str) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)

    return change


def outside_in_a_branch(model: onnx.ModelProto) -> None:
    tensor = onnx.TensorProto(name="hidden", data_location=onnx.TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="../secret")
    branch = onnx.helper.make_graph([], "branch", [], [], [tensor])
    model.graph.node.add(op_type="If").attribute.append(onnx.helper.make_attribute("then_branch", branch))


def without_metadata(model: onnx.ModelProto) -> None:
    model.ClearField("metadata_props")


def fixed_batch(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 4


def second_output(model: onnx.ModelProto) -> None:
    model.graph.output.append(model.graph.input[0])


def no_shape(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.ClearField("shape")


def test_a_whole_one_opens(exported: Path) -> None:
    found = Exported.open(exported)
    assert found.precision == "fp32" and set(found.contracts) == {"camera", "lidar", "head"}
    assert found.contracts["head"].given.shape == found.contracts["lidar"].results[0].shape
    assert found.contracts["head"].given.shape == (found.sizes[0],) and found.factors == ""
    assert found.sizes[2] == found.contracts["head"].strips == 8
    assert found.expected["camera"].shape == (8, found.sizes[1])
    assert found.digests["head"] == digest((exported / "head.onnx").read_bytes())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (outside("../../etc/passwd"), "is read from '../../etc/passwd'; a file of this package holds all"),
        (outside("/etc/passwd"), "is read from '/etc/passwd'"),
        (outside("beside.bin"), "is read from 'beside.bin'"),
        (outside_in_a_branch, "tensor 'hidden' is read from '../secret'"),
        (without_metadata, "no 'sgcross' metadata: it was not written by sgcross export"),
        (fixed_batch, r"its input is .*shape=\(-1, 4, 64, 64, 3\).* its contract says .*shape=\(64, 64, 3\)"),
        (second_output, "its output is"),
        (no_shape, "its input is"),
        (with_contract(preprocessing="0"), "preprocessing is '0', this package runs '1'; export it anew"),
        (with_contract(factors="gdf-0"), "factors is 'gdf-0', this package runs '' or 'gdf-1'"),
        (with_contract(format=1), "format is 1, this package runs 2; export it anew"),
        (with_contract(normalisation="none"), "normalisation is 'none'"),
        (with_contract(precision="int8"), "precision is 'int8'"),
        (with_contract(precision="fp16"), "its contract's precision is 'fp16', the manifest's 'fp32'"),
        (with_contract(model="0123"), "its contract's model is '0123'"),
        (with_contract(graph="lidar"), "its contract's graph is 'lidar', the manifest's 'camera'"),
        (with_contract(given={"name": "tiles"}), "contract is not complete"),
        (with_contract(results=None), "contract is not complete"),
        (with_contract(strips="all"), "contract is not complete"),
    ],
)
def test_a_graph_that_does_not_fit_is_refused(
    exported: Path, change: Callable[[onnx.ModelProto], None], words: str
) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        Exported.open(changed(exported, change))
    assert "camera.onnx" in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", "null"])
def test_text_that_is_no_contract_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="contract is not complete"):
        Contract.from_json(text)


@pytest.mark.parametrize("name", ["camera.onnx", "head.onnx", "scores.safetensors"])
@pytest.mark.parametrize("keep", [0, 100, -1])
def test_a_file_cut_short_is_refused(exported: Path, name: str, keep: int) -> None:
    whole = (exported / name).read_bytes()
    (exported / name).write_bytes(whole[:keep])
    with pytest.raises(ValueError, match=f"{name} was cut short or changed"):
        Exported.open(exported)
    with pytest.raises(ValueError, match=f"{name} (is not a whole|has no)"):
        Exported.open(vouched(exported))


def test_a_file_that_is_no_onnx_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"<html>not found</html>")
    with pytest.raises(ValueError, match="not a whole ONNX file"):
        read_contract(tmp_path / "a.onnx")


@pytest.mark.parametrize("name", ["lidar.onnx", "scores.safetensors"])
def test_a_missing_file_is_named(exported: Path, name: str) -> None:
    (exported / name).unlink()
    with pytest.raises(ValueError, match=f"{name} is missing from the folder"):
        Exported.open(exported)


def test_a_file_that_nobody_vouches_for_is_named(exported: Path) -> None:
    manifest = json.loads((exported / "manifest.json").read_text())
    del manifest["files"]["head.onnx"]
    (exported / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=r"head\.onnx is missing from the manifest"):
        Exported.open(exported)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "manifest.json is not whole"),
        ('{"format": 1', "manifest.json is not whole"),
        ("[]", "has no 'format' of type int"),
        ('{"format": 1, "model": 3}', "has no 'model' of type str"),
        ('{"format": 9, "model": "", "precision": "", "calibration": {}, "files": {}}', "format 9"),
    ],
)
def test_a_manifest_that_is_not_whole_is_refused(exported: Path, content: str, words: str) -> None:
    (exported / "manifest.json").write_text(content)
    with pytest.raises(ValueError, match=words):
        Exported.open(exported)


def test_no_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="sgcross export WEIGHTS"):
        Exported.open(tmp_path / "none")


def test_scores_of_an_unknown_kind_are_refused(exported: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"guess.camera": np.zeros((1, 1), np.float32)}, exported / "scores.safetensors")
    with pytest.raises(ValueError, match=r"not a whole file of scores: KeyError\('guess'\)"):
        Exported.open(vouched(exported))
