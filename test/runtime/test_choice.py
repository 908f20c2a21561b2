from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch

from sgcross_core.model import load
from sgcross_core.runtime import command, make_engine
from sgcross_core.runtime.onnx_engine import OnnxEngine
from sgcross_core.runtime.tensorrt_engine import TensorRtEngine
from sgcross_core.runtime.torch_engine import TorchEngine


@pytest.mark.parametrize("runtime", ["auto", "torch"])
def test_a_weight_file_runs_on_pytorch(weights: Path, runtime: str) -> None:
    engine = make_engine(weights, runtime, "cpu")
    assert isinstance(engine, TorchEngine) and engine.model_hash == load(weights).hash


def test_the_home_folder_may_be_short(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(weights.parent))
    assert make_engine(f"~/{weights.name}", device="cpu").model_hash == load(weights).hash


def test_no_path_is_the_shipped_one() -> None:
    assert make_engine(device="cpu").model_hash == load().hash


@pytest.mark.parametrize("runtime", ["auto", "onnx"])
def test_a_folder_runs_on_onnx_runtime(export_once: Callable[[str], Path], runtime: str) -> None:
    assert isinstance(make_engine(export_once("fp32"), runtime, "cpu"), OnnxEngine)


@pytest.mark.parametrize(
    ("folder", "options", "words"),
    [
        (False, {"runtime": "caffe"}, "runtime must be one of auto, torch, onnx, tensorrt; got 'caffe'"),
        (False, {"runtime": "onnx"}, "runtime onnx runs a folder made by: sgcross export; got"),
        (False, {"runtime": "tensorrt"}, "runtime tensorrt runs a folder"),
        (True, {"runtime": "torch"}, "runtime torch runs a weight file; got"),
        (True, {"precision": "bf16"}, "an exported network has its own precision; got 'bf16'"),
        (True, {"cuda_graphs": True}, "precision and cuda_graphs are for runtime torch"),
        (True, {"runtime": "tensorrt", "device": "cpu"}, "runtime tensorrt runs on CUDA only"),
        (False, {"precision": "int4"}, "precision must be one of fp32, bf16; got 'int4'"),
        (False, {"device": "tpu"}, "device must be one of auto, cpu, cuda; got 'tpu'"),
    ],
)
def test_what_does_not_fit_is_refused(
    weights: Path, tmp_path: Path, folder: bool, options: dict, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        make_engine(tmp_path if folder else weights, **options)


@pytest.mark.parametrize("missing", ["onnx", "onnxruntime"])
def test_a_missing_package_says_what_to_type(
    export_once: Callable[[str], Path], missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=rf"needs {missing}: pip install -e '.\[onnx\]'"):
        make_engine(export_once("fp32"), "onnx")


def test_without_tensorrt_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    with pytest.raises(ImportError, match=r"engine needs tensorrt: pip install -e '.\[tensorrt\]'"):
        make_engine(tmp_path, "tensorrt")


def test_an_old_tensorrt_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = ModuleType("tensorrt")
    old.__version__ = "8.6.1"
    monkeypatch.setitem(sys.modules, "tensorrt", old)
    with pytest.raises(RuntimeError, match=r"needs TensorRT 10 or newer; found 8\.6\.1"):
        TensorRtEngine(tmp_path)


def test_the_command_asks_for_tensorrt_before_it_works(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    assert command.main([str(weights), str(tmp_path / "out"), "--engine", "tensorrt"]) == 2
    assert "needs tensorrt" in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_tensorrt_computes_what_pytorch_computes(export_once: Callable[[str], Path], tmp_path: Path) -> None:
    pytest.importorskip("tensorrt", reason="tensorrt is not installed")
    first = TensorRtEngine(export_once("fp16"), tmp_path / "plans")  # compares itself after building
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "plans").iterdir()}
    again = TensorRtEngine(export_once("fp16"), tmp_path / "plans")
    assert len(made) == 3 and all(path.stat().st_mtime_ns == time for path, time in made.items())
    assert first.model_hash == again.model_hash
