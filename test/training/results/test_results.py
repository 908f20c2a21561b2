from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from training.data.command import main as data
from training.recipe import Recipe
from training.results.command import main
from training.results.grid import Grid, read_grid
from training.results.page import by_name, page
from training.results.record import CENTRED, Record
from training.results.runs import slug
from training.world.dataset import write_dataset
from training.world.dataset_settings import PRESETS

OURS = {"clip": False, "dcf": False, "minimum": True, "centred": True}
GRID = {
    "seeds": [0, 1],
    "common": {"iterations": 2, "people": 2, "frames": 2, "preset": "tiny"},
    "methods": {"Plain": None, "Ours": {"network": "sg-crossgait", "encoder": "hashing", "blocks": OURS}},
    "of": "Ours",
    "ablation": {"without GAR": {"blocks": {"gar": False}}},
}
RECORD = Record(
    name="Plain", seed=0, recipe='{"preset": "tiny", "iterations": 2, "people": 2, "clips": 2, "frames": 2}',
    commit="0123456789", model="m", parameters=1000, minutes=1.5, data={"world": "4 people"}, losses={},
    figures={},
)  # fmt: skip


def record(name: str, seed: int, forth: float | None, back: float | None) -> Record:
    shares = {"camera -> lidar": forth, "lidar -> camera": back}
    found = {t: {"overall": {"rank1": s, "rank5": s, "mAP": s}} for t, s in shares.items()}
    return replace(RECORD, name=name, seed=seed, figures={"world": found})


def grid_file(folder: Path, **changes: object) -> Path:
    (folder / "grid.yaml").write_text(yaml.safe_dump({**GRID, **changes}, sort_keys=False))
    return folder / "grid.yaml"


@pytest.fixture
def grid(tmp_path: Path) -> Grid:
    return read_grid(grid_file(tmp_path))


def test_settings_of_the_grid_reach_the_recipes(grid: Grid) -> None:
    assert grid.recipes["Plain"] == Recipe(iterations=2, people=2, frames=2)
    ablated = grid.recipe("without GAR", 1)
    assert (ablated.network, ablated.encoder, ablated.blocks.gar, ablated.seed) == (
        "sg-crossgait", "hashing", False, 1,
    )  # fmt: skip
    names = ["Plain", "Ours", "without GAR"]
    assert grid.runs() == [(name, seed) for seed in (0, 1) for name in names]


def test_the_ablation_may_have_fewer_seeds(tmp_path: Path) -> None:
    grid = read_grid(grid_file(tmp_path, ablated=[1], test_sets={"world": "Made here."}))
    assert grid.runs() == [("Plain", 0), ("Ours", 0), ("Plain", 1), ("Ours", 1), ("without GAR", 1)]
    runs = by_name([record(n, s, 0.1 * s, 0.5) for n in grid.recipes for s in (0, 1)], grid)
    assert [len(runs[name]) for name in grid.recipes] == [2, 2, 1]
    told = page(grid, runs, "sgcross results", "p.png")
    assert "Not finished" not in told and "4 people. Made here." in told
    assert "| Ours | 10.0 | 50.0 | 1 |" in told and "| without GAR | 10.0 | 50.0 | 1 |" in told


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"of": "Theirs"}, "of must be one of the methods Plain, Ours; got 'Theirs'"),
        ({"seeds": []}, r"seeds must be different numbers in a list; got \[\]"),
        ({"seeds": [1, 1]}, "seeds must be different"),
        ({"ablated": [0, 2]}, r"ablated must be among the seeds \[0, 1\]; got \[0, 2\]"),
        ({"ablated": []}, "ablated must be different numbers"),
        ({"ablation": {"Plain": None}}, "'Plain' is a method and in the ablation"),
        ({"common": {"iterations": 0}}, "Plain: .*iterations"),
        ({"common": {"iteratons": 5}}, "iteratons"),
        ({"more": 1}, "must hold seeds, common, methods, ablation, of; got .*more"),
    ],
)
def test_a_broken_grid_is_refused(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_grid(grid_file(tmp_path, **changes))


def test_the_shipped_grid_is_whole() -> None:
    grid = read_grid(Path("training/results/tiny.yaml"))
    assert grid.of == "SG-CrossGait" and len(grid.methods) == 5 and len(grid.seeds) == 3
    budgets = {(r.iterations, r.people, r.clips, r.frames, r.rate, r.preset) for r in grid.recipes.values()}
    assert len(budgets) == 1


def test_means_spreads_and_margins(grid: Grid) -> None:
    records = [
        record("Plain", 0, 0.2, 0.5), record("Plain", 1, 0.3, None),
        record("Ours", 0, 0.4, 0.4), record("Ours", 7, 0.9, 0.9), record("elsewhere", 0, 1.0, 1.0),
    ]  # fmt: skip
    text = page(grid, by_name(records, grid), "sgcross results x", "p.png")
    assert "25.0 ± 7.1" in text and "90.0" not in text and "elsewhere" not in text
    assert "| world | **+15.0** (Plain) | **-10.0** (Plain) |" in text and "](p.png)" in text
    assert "**Not finished**, by seed: Ours (1), without GAR (0, 1)." in text
    assert "Not measured yet." in text


def test_a_page_without_runs_says_so(grid: Grid) -> None:
    assert "No run is finished yet." in page(grid, {}, "sgcross results x", "p.png")


def test_a_record_comes_back_and_a_broken_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "a.json"
    written = record("Plain", 0, 0.2, None)
    written.write(path)
    assert Record.read(path) == written
    path.write_text('{"name": "Plain"}')
    with pytest.raises(ValueError, match=r"a\.json is no record of a run"):
        Record.read(path)


@pytest.mark.parametrize(
    ("name", "wanted"), [("SG-CrossGait", "sg-crossgait"), ("without GAR", "without-gar"), ("a  (b)", "a-b")]
)
def test_names_of_files(name: str, wanted: str) -> None:
    assert slug(name) == wanted


def test_the_command_does_what_is_missing_and_nothing_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_dataset(tmp_path / "tiny", PRESETS["tiny"])
    store, docs = tmp_path / "tiny.store", tmp_path / "docs"
    assert data(["pack", str(tmp_path / "tiny"), str(store), "--jobs", "1"]) == 0
    grid = grid_file(tmp_path, seeds=[3])
    words = [str(grid), "--store", f"world={store}", "--page", str(docs / "p.md")]
    words += ["--out", str(tmp_path / "out")]
    assert main([*words, "--only", "Ours", "--precision", "bf16"]) == 0
    assert [path.name for path in (docs / "runs").iterdir()] == ["ours-3.json"]
    assert main(words) == 0
    names = sorted(path.name for path in (docs / "runs").iterdir())
    assert names == ["ours-3.json", "plain-3.json", "without-gar-3.json"]
    ours = Record.read(docs / "runs" / "ours-3.json")
    assert (ours.precision, Record.read(docs / "runs" / "plain-3.json").precision) == ("bf16", "fp32")
    found = Record.read(docs / "runs" / "plain-3.json")
    assert found.share("world", "camera -> lidar", "overall", "rank5") == 1.0  # of two people
    text = (docs / "p.md").read_text()
    assert "## world" in text and "**Not finished**" not in text and (docs / "p.png").exists()
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.safetensors")}
    assert main(words) == 0
    assert made == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.safetensors")}
    mark = {"camera -> lidar": {"overall": {"rank1": 0.123}}}
    marked = replace(found, figures={"world": mark, "world" + CENTRED: mark})
    marked.write(docs / "runs" / "plain-3.json")
    assert main([*words, "--store", f"recorded={store}"]) == 0
    more = Record.read(docs / "runs" / "plain-3.json")
    assert set(more.data) == {"world", "recorded"}
    assert set(more.figures) == {*more.data, "world" + CENTRED, "recorded" + CENTRED}
    assert more.share("world", "camera -> lidar", "overall") == 0.123  # was not evaluated again
    assert more.share("recorded", "camera -> lidar", "overall", "rank5") == 1.0
    text = (docs / "p.md").read_text()
    assert "## recorded\n" in text and f"### recorded{CENTRED}\n" in text
    assert text.index("## Ablation") > text.index(f"### recorded{CENTRED}") and text.count("## Ablation") == 1
    grid_file(tmp_path, seeds=[3], common={**GRID["common"], "iterations": 3})
    capsys.readouterr()
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "is of another recipe: move it away" in said and "and is 3)" in said
    (docs / "runs" / "plain-3.json").unlink()
    assert main([*words, "--only", "Plain"]) == 2  # the weights that are left are not of this recipe
    assert "holds weights of another recipe: move it away" in capsys.readouterr().err
    grid_file(tmp_path, seeds=[3])
    elsewhere = [str(grid), "--store", f"other={store}", "--page", str(docs / "p.md"), "--only", "Ours"]
    before = (docs / "runs" / "ours-3.json").read_bytes()
    assert main([*elsewhere, "--out", str(tmp_path / "new")]) == 2  # figures there are must not go
    assert "has figures of recorded, world, which new weights would not have" in capsys.readouterr().err
    assert (docs / "runs" / "ours-3.json").read_bytes() == before
    tiny = PRESETS["tiny"]
    others = {name: getattr(tiny, name) + 50 for name in ("train_first", "train_last")}
    write_dataset(tmp_path / "strangers", replace(tiny, **others))
    strangers = tmp_path / "strangers.store"
    assert data(["pack", str(tmp_path / "strangers"), str(strangers), "--jobs", "1"]) == 0
    assert main([*words[:1], "--store", f"world={strangers}", *words[3:], "--only", "Plain"]) == 2
    assert "was trained on other data" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--store NAME=STORE is needed"),
        (["--only", "Theirs", "--page-only"], "--only must be one of Plain"),
    ],
)
def test_wrong_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main([str(grid_file(tmp_path)), "--page", str(tmp_path / "p.md"), *words]) == 2
    assert said in capsys.readouterr().err
