"""Export the network to ONNX and TensorRT, checked against PyTorch: sgcross export."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sgcross_core.runtime.contract import EXPORTED
from sgcross_core.runtime.export import export
from sgcross_core.runtime.parity import LEAST
from sgcross_core.runtime.tensorrt_engine import TensorRtEngine, tensorrt_package


def main(argv: list[str]) -> int:
    """`sgcross export WEIGHTS FOLDER`: writes ONNX graphs; 2 when they do not compute the same."""
    parser = argparse.ArgumentParser(prog="sgcross export", description="Write a network as ONNX graphs.")
    parser.add_argument("weights", type=Path, metavar="WEIGHTS", help="weight file (.safetensors)")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="made, or replaced if an export made it")
    parser.add_argument("--precision", choices=EXPORTED, default="fp32", help="of the frames (%(default)s)")
    parser.add_argument(
        "--engine", choices=("tensorrt",), help="build this GPU's plans ahead of the first start, too"
    )
    arguments = parser.parse_args(argv)
    try:
        if arguments.engine:
            tensorrt_package()  # before the work of minutes
        least = export(arguments.weights, arguments.folder, arguments.precision)
        if arguments.engine:
            TensorRtEngine(arguments.folder)
    except (ValueError, OSError, RuntimeError, ImportError) as problem:
        sys.stderr.write(f"sgcross export: {problem}\n")
        return 2
    cosines = ", ".join(f"{modality} {cosine:.7f}" for modality, cosine in least.items())
    asked = LEAST[arguments.precision]
    sys.stdout.write(f"{arguments.folder}: least cosine with PyTorch {cosines} (at least {asked} is asked)\n")
    return 0
