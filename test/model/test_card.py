from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from sgcross_core import gait
from sgcross_core.model import SHIPPED, TwoStream, card, load, save
from sgcross_core.model.card import Card, card_path, read_card, running_commit, write_card

METRICS = {"Clean clips, %": {"rank-1": np.float64(61.5), "FNIR": 3}, "Nothing": {}}


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    save(tmp_path / "net.safetensors", TwoStream(), command="sgcross train: a 'recipe'")
    return tmp_path / "net.safetensors"


def written(weights: Path) -> Card:
    return write_card(weights, "walkers — 480", 7, METRICS, "sgcross evaluate", "Synthetic.", commit="abc")


def test_it_says_what_the_file_says(weights: Path) -> None:
    made, model = written(weights), load(weights)
    assert (made.model, made.command, made.preset) == (model.hash, model.command, "tiny")
    assert made.network == "TwoStream" and made.preprocessing == gait.VERSION
    assert made.parameters == sum(p.numel() for p in TwoStream().parameters())
    assert read_card(weights) == made


def test_the_page_is_for_people(weights: Path) -> None:
    written(weights)
    text = card_path(weights).read_text(encoding="utf-8")
    assert "| rank-1 | 61.5 |" in text and "## Clean clips, %" in text and "\nSynthetic.\n" in text
    assert "(seed 7, commit abc) from walkers — 480." in text


def test_a_card_of_unmeasured_weights_says_so(weights: Path) -> None:
    made = write_card(weights, "walkers", 7, {}, "", commit="")
    assert "Nothing has been measured yet." in card_path(weights).read_text() and read_card(weights) == made


@pytest.mark.parametrize("path", sorted(SHIPPED.parent.glob("*.safetensors")), ids=lambda path: path.stem)
def test_the_shipped_weights_have_their_card(path: Path) -> None:
    shipped = read_card(path)
    assert shipped.seed == 0 and len(shipped.metrics) == (6 if path.stem == "sg-tiny" else 4)  # has heads
    results = (Path(__file__).parents[2] / "docs" / "results" / f"{path.stem}.md").read_text()
    assert f"Model {shipped.model}," in results and shipped.measured_by in results


def test_the_card_of_other_weights_is_refused(weights: Path) -> None:
    written(weights)
    save(weights, TwoStream(), command="trained again")
    with pytest.raises(ValueError, match=r"net\.md is the card of model \w{16}, but .* write a new card"):
        read_card(weights)


def test_a_new_calibration_leaves_the_card_valid(weights: Path) -> None:
    made = written(weights)
    model = load(weights)
    save(weights, model.net, {"pairs": {}}, command=model.command)
    assert read_card(weights) == made


def test_what_is_missing_is_named(weights: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no card net\.md beside it"):
        read_card(weights)
    with pytest.raises(FileNotFoundError, match="no weight file"):
        read_card(weights.with_name("none.safetensors"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("---\n", "", "no YAML between two lines of dashes"),
        ("network: TwoStream\n", "", "not complete: 'network'"),
        ("seed: 7", "seed: seven", "seed must be of type int; got 'seven'"),
        ("seed: 7", "seed: [7", "not complete"),
        ("rank-1: 61.5", "rank-1: high", r"metrics 'Clean clips, %' must be numbers by name"),
        ("Nothing: {}", "Nothing: 3", "metrics 'Nothing' must be numbers by name; got 3"),
        ("seed: 7", "seed: !!python/object/apply:os.getpid []", "not complete"),
    ],
)
def test_a_card_that_is_not_whole_is_refused(weights: Path, old: str, new: str, words: str) -> None:
    written(weights)
    path = card_path(weights)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"net\.md: card: {words}"):
        read_card(weights)


@pytest.mark.parametrize("text", ["", "# A page", "---\n---\n", "---\n- a list\n---\n"])
def test_text_that_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="card: "):
        Card.from_markdown(text)


def test_the_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> str:
        command = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    monkeypatch.setattr(card, "__file__", str(tmp_path / "card.py"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert running_commit() == ""
    git("init", "-q")
    (tmp_path / "card.py").write_text("1")
    git("add", "card.py")
    git("commit", "-qm", "one")
    git("tag", "v1")
    assert running_commit() == git("rev-parse", "HEAD")
    (tmp_path / "card.py").write_text("2")
    assert running_commit() == git("rev-parse", "HEAD") + "-changed"
    monkeypatch.setenv("PATH", "")
    assert running_commit() == ""
