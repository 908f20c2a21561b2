from __future__ import annotations

from pathlib import Path

import pytest

from sgcross_core.model import read_config
from sgcross_core.model.config import (
    PRESETS,
    BackboneConfig,
    SGConfig,
    VisualConfig,
    from_dict,
    preset,
    text,
    to_dict,
)

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "models"


@pytest.mark.parametrize("name", PRESETS)
def test_the_shipped_files_are_the_presets(name: str) -> None:
    path = SHIPPED / f"{name}.yaml"
    assert path.read_text() == text(preset(name)), (
        f"python -m sgcross_core.model.command preset {name} > {path}"
    )
    assert read_config(path) == preset(name)
    assert from_dict(to_dict(preset(name))) == preset(name)


def test_an_empty_file_is_the_paper(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("")
    assert read_config(tmp_path / "a.yaml") == PRESETS["paper"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("- 1", "must hold settings"),
        ("colour: 3", "unknown setting 'colour'"),
        ("strips: 7", "strips must divide the 16 rows of a map; got 7"),
        ("strips: 2", "strips must be a multiple of the 4 rows of patches; got 2"),
        ("heads: 7", "heads must divide the 512 channels; got 7"),
        ("top: 17", "top must be at most prototypes 16; got 17"),
        ("lidar: colour", "SGConfig.lidar must be one of depth, depth[+]coverage, jet; got 'colour'"),
        ("classes: many", "SGConfig.classes must be a int; got 'many'"),
        ("clip: false", "dcf fuses the clip stream"),
        ("{clip: false, dcf: false, points: true}", "points adds to the global token"),
        ("text: false", "alignment aligns to text"),
        ("{sgfd: false, centred: true}", "centred follows SGFD's choice"),
        ("backbone.strides: [1, 2, 2]", "strides must be 4 numbers of 1 or 2"),
        ("backbone.strides: [1, 2, 3, 1]", "strides must be 4 numbers of 1 or 2"),
        ("backbone.columns: 50", "columns must be a multiple of 4; got 50"),
        ("visual.heads: 5", "heads must divide width 768; got 5"),
        ("visual.patch: 10", "patch must divide 64; got 10"),
    ],
)
def test_settings_that_do_not_fit_are_named(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "a.yaml").write_text(content)
    with pytest.raises(ValueError, match=words):
        read_config(tmp_path / "a.yaml")


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ValueError, match="one of paper, edge, tiny; got 'huge'"):
        preset("huge")


def test_sizes_follow_from_the_settings() -> None:
    assert BackboneConfig().map_shape == (512, 16, 16)
    assert PRESETS["tiny"].backbone.map_shape == (128, 8, 6)
    assert SGConfig().dim == 512 and VisualConfig().grid == 4
