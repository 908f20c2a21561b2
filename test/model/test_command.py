from __future__ import annotations

from pathlib import Path

import pytest

from sgcross_core.model import SGCrossGait
from sgcross_core.model.budget import budget
from sgcross_core.model.command import main
from sgcross_core.model.config import PRESETS, preset, text


def counts(name: str) -> dict[str, tuple[int, int]]:
    return {part.name: (part.total, part.trainable) for part in budget(preset(name))}


@pytest.mark.parametrize("name", ["tiny", "edge"])
def test_the_parts_add_up(name: str) -> None:
    net, found = SGCrossGait(preset(name)), counts(name)
    assert found["all"] == (total := sum(p.numel() for p in net.parameters()), total)
    assert found["dcf"][0] == sum(p.numel() for p in net.dcf.parameters())
    assert found["core"][0] == found["encoders"][0] + found["project"][0] + found["necks"][0]


def test_the_paper_preset_has_the_logs_size() -> None:
    """The log's parts by hand: ResNet9 of 1 and 3 channels, 16 maps 512 to 256, three necks."""
    found = counts("paper")
    assert found["encoders"][0] / 1e6 == pytest.approx(4.897 + 4.898, abs=2e-3)
    assert found["project"][0] == 16 * 512 * 256
    assert found["necks"][0] == 16 * (256 * 250 + 512) + 2 * (512 * 250 + 1024)
    assert found["core"][0] / 1e6 == pytest.approx(13.2, abs=0.05)
    assert found["visual"] == (found["visual"][0], 0) and found["visual"][0] / 1e6 == pytest.approx(
        86.05, abs=0.01
    )
    assert found["all"][1] == found["all"][0] - found["visual"][0]


def test_tiny_is_small() -> None:
    assert counts("tiny")["all"][0] < 2_000_000


def test_count_prints_a_table(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    (tmp_path / "bare.yaml").write_text(
        "{preset: bare, clip: false, dcf: false, text: false, alignment: false}"
    )
    assert main(["count", "paper", str(tmp_path / "bare.yaml")]) == 0
    rows = dict(
        line.strip("| ").split(" | ", 1) for line in capsys.readouterr().out.splitlines() if " | " in line
    )
    assert rows["part"] == "paper | bare"
    assert rows["CLIP-shaped tower"] == "86,054,400 (0 trainable) | –"
    assert rows["learned prototypes"] == "– | 8,192"
    assert "points" not in rows


def test_preset_prints_its_settings(capsys: pytest.CaptureFixture) -> None:
    assert main(["preset", "tiny"]) == 0
    assert capsys.readouterr().out == text(PRESETS["tiny"])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [(["preset", "huge"], "preset must be one of"), (["count", "none.yaml"], "none.yaml")],
)
def test_what_is_not_there_is_said(capsys: pytest.CaptureFixture, words: list[str], complaint: str) -> None:
    assert main(words) == 2
    assert complaint in capsys.readouterr().err
