"""Files of factors: many sequences, each with its 14 factors, as JSON or CSV, with the schema's version.

JSON: {"schema": "gdf-1", "columns": [...], "sequences": [{"id", "type", "view", "sequence", "factors"}]}, the
factors in the order of columns, null where unknown. CSV: a comment line with the schema, a header, one line a
sequence, empty where unknown. Columns are named as in the paper's table.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from sgcross_core.model.factors import FACTORS, SCHEMA, Factors


class SequenceKey(NamedTuple):
    """A recorded sequence, named as the data sets' folders are (0001, 00-nm, 090); empty where not used."""

    id: str
    type: str = ""
    view: str = ""
    sequence: str = ""


FactorTable = Mapping[SequenceKey, Factors]
COLUMNS = tuple(factor.column for factor in FACTORS)
SCHEMA_LINE = f"# gait description factors, schema {SCHEMA}"


def save_factors(path: Path | str, table: FactorTable) -> None:
    """Write a .json or .csv file, whole or not at all; ValueError for another extension or an empty id."""
    path = Path(path)
    write, _ = _format(path)
    for key in table:
        _check_key(path, key)
    part = path.with_name(path.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("w", encoding="utf-8", newline="") as file:
        write(file, table)
    part.replace(path)


def load_factors(path: Path | str) -> dict[SequenceKey, Factors]:
    """Read what save_factors wrote, in the file's order.

    FileNotFoundError when there is none; ValueError names the file and the sequence for another schema, other
    columns, a broken file, a value outside its range or a sequence that is there twice.
    """
    path, table = Path(path), {}
    _, read = _format(path)
    with path.open(encoding="utf-8", newline="") as file:
        for key, values in _naming(path, read(file)):
            _check_key(path, key)
            if key in table:
                raise ValueError(f"{path}: sequence {'/'.join(key)} is there twice")
            try:
                table[key] = Factors.of_row(values)
            except ValueError as wrong:
                raise ValueError(f"{path}: sequence {'/'.join(key)}: {wrong}") from wrong
    return table


Rows = Iterator[tuple[SequenceKey, list[Any]]]


def _naming(path: Path, rows: Rows) -> Rows:
    """The rows; what is wrong with the file as a whole is told with its name."""
    try:
        yield from rows
    except (ValueError, KeyError, TypeError, csv.Error) as broken:
        raise ValueError(f"{path} is not a whole file of factors ({SCHEMA}): {broken}") from broken


def _write_json(file: TextIO, table: FactorTable) -> None:
    head = json.dumps({"schema": SCHEMA, "columns": COLUMNS})
    lines = (json.dumps({**key._asdict(), "factors": factors.row}) for key, factors in table.items())
    file.write(head[:-1] + ', "sequences": [\n' + ",\n".join(lines) + "\n]}\n")


def _read_json(file: TextIO) -> Rows:
    content = json.load(file)
    _expect("schema", content["schema"], SCHEMA)
    _expect("columns", tuple(content["columns"]), COLUMNS)
    for item in content["sequences"]:
        yield SequenceKey(*(item[name] for name in SequenceKey._fields)), list(item["factors"])


def _write_csv(file: TextIO, table: FactorTable) -> None:
    file.write(SCHEMA_LINE + "\n")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*SequenceKey._fields, *COLUMNS])
    writer.writerows([*key, *factors.row] for key, factors in table.items())


def _read_csv(file: TextIO) -> Rows:
    _expect("first line", file.readline().strip(), SCHEMA_LINE)
    rows, header = csv.reader(file), (*SequenceKey._fields, *COLUMNS)
    _expect("columns", tuple(next(rows, ())), header)
    names = len(SequenceKey._fields)
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"line {rows.line_num + 1} must have {len(header)} cells; got {len(row)}")
        yield SequenceKey(*row[:names]), [int(cell) if cell else None for cell in row[names:]]


FORMATS: dict[str, tuple[Callable[[TextIO, FactorTable], None], Callable[[TextIO], Rows]]] = {
    ".json": (_write_json, _read_json),
    ".csv": (_write_csv, _read_csv),
}


def _format(path: Path) -> tuple[Callable[[TextIO, FactorTable], None], Callable[[TextIO], Rows]]:
    if (found := path.suffix.lower()) not in FORMATS:
        raise ValueError(f"{path}: factors are kept in {' or '.join(FORMATS)} files; got {found!r}")
    return FORMATS[found]


def _expect(what: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise ValueError(f"{what} must be {expected!r}; got {found!r}")


def _check_key(path: Path, key: Iterable[Any]) -> None:
    identity, *_ = parts = tuple(key)
    if not identity or not all(isinstance(part, str) for part in parts):
        raise ValueError(f"{path}: a sequence needs a text for id, type, view and sequence; got {parts!r}")
