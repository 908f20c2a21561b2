from __future__ import annotations

import json

import pytest

from sgcross_core.model.factor_files import SequenceKey, load_factors, save_factors
from sgcross_core.model.factors import SCHEMA, Factors

TABLE = {
    SequenceKey("0007", "00-nm", "090"): Factors(*range(2), *[0, 1, 2, 3, 4, 5] * 2),
    SequenceKey("0007", "00-nm", "090", "seq 2"): Factors(),
    SequenceKey('a "quoted", Ünïcode id', "", "000-far"): Factors(viewpoint=7, sad=0),
}


@pytest.fixture(params=["factors.json", "factors.csv", "deep/er/factors.JSON"])
def path(request, tmp_path):
    return tmp_path / request.param


@pytest.mark.parametrize("table", [{}, TABLE], ids=["empty", "three"])
def test_what_is_saved_comes_back_in_order(path, table):
    save_factors(path, table)
    assert list(load_factors(path).items()) == list(table.items())
    assert SCHEMA in path.read_text(encoding="utf-8")
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_same_table_gives_the_same_bytes(path):
    save_factors(path, TABLE)
    first = path.read_bytes()
    save_factors(path, TABLE)
    assert path.read_bytes() == first


def test_columns_are_named_as_in_the_paper(path):
    save_factors(path, TABLE)
    assert "w/o toe-out or toe-in" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (SCHEMA, "gdf-0", "gdf-0"),
        ("high-knee", "high_knee", "columns must be"),
        ("000-far", "090", None),
        ("seq 2", "", "0007/00-nm/090/ is there twice"),
        ("0007", "", "needs a text for id"),
    ],
)
def test_a_changed_file_is_refused_by_name(path, old, new, error):
    save_factors(path, TABLE)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    if error is None:
        assert len(load_factors(path)) == 3
        return
    with pytest.raises(ValueError, match=error) as raised:
        load_factors(path)
    assert path.name in str(raised.value)


def edited(content, **changes):
    content["sequences"][0] |= changes
    return content


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (lambda content: [], "not a whole file"),
        (lambda content: {}, "not a whole file"),
        (lambda content: edited(content, factors=[1, 2]), "0007/00-nm/090/: a row .*14 values; got 2"),
        (lambda content: edited(content, factors=[8] + [0] * 13), r"viewpoint must lie in 0\.\.7; got 8"),
        (lambda content: edited(content, factors=[0.5] + [0] * 13), "viewpoint must be a whole number"),
        (lambda content: edited(content, factors=3), "not a whole file"),
        (lambda content: edited(content, id=7), "needs a text for id"),
        (lambda content: {k: v for k, v in content.items() if k != "columns"}, "columns"),
    ],
)
def test_broken_json_is_refused(tmp_path, edit, error):
    save_factors(path := tmp_path / "f.json", TABLE)
    path.write_text(json.dumps(edit(json.loads(path.read_text()))))
    with pytest.raises(ValueError, match=error):
        load_factors(path)


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (lambda lines: [], "first line must be"),
        (lambda lines: lines[:1], "columns must be"),
        (lambda lines: [*lines, "0008,00-nm"], "line 6 must have 18 cells; got 2"),
        (lambda lines: [*lines, "0008,00-nm,000,,x" + "," * 13], "invalid literal"),
        (lambda lines: [*lines, "0008,00-nm,000,,9" + "," * 13], r"0008/00-nm/000/: .*viewpoint must lie"),
    ],
)
def test_broken_csv_is_refused(tmp_path, lines, error):
    save_factors(path := tmp_path / "f.csv", TABLE)
    path.write_text("\n".join(lines(path.read_text().splitlines())) + "\n")
    with pytest.raises(ValueError, match=error):
        load_factors(path)


def test_a_cut_file_and_bytes_are_refused(path):
    save_factors(path, TABLE)
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"\xff\xfe\x00"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=path.name):
            load_factors(path)


def test_other_extensions_missing_files_and_empty_ids(tmp_path):
    with pytest.raises(ValueError, match=r"\.json or \.csv files; got '\.txt'"):
        save_factors(tmp_path / "f.txt", TABLE)
    with pytest.raises(FileNotFoundError):
        load_factors(tmp_path / "none.json")
    with pytest.raises(ValueError, match="needs a text for id"):
        save_factors(tmp_path / "f.json", {SequenceKey(""): Factors()})
    assert list(tmp_path.iterdir()) == []
