"""Gait Description Factors (GDF): what can be said in words about how somebody walks, as 14 columns.

Columns and ranges follow the table in the README of SG-CrossGait's data (github.com/O-VIGIA/SCCG). What a
level means is not public there; here 0 is absent and 5 as pronounced as it gets.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

SCHEMA = "gdf-1"  # goes up when a column or the meaning of a value changes
UNKNOWN = -1  # in arrays; None in Factors
SECTORS, LEVELS = 8, 6
MOST_TELLING = 3  # factors that the summary looks at

Kind = Literal["view", "binary", "ordinal"]


@dataclass(frozen=True)
class Factor:
    """One column: its attribute of Factors, its name in the paper's table, its kind, values 0..levels-1."""

    name: str
    column: str
    kind: Kind
    levels: int
    doc: str


def _factor(column: str, doc: str, kind: Kind = "ordinal", levels: int = LEVELS) -> Any:
    return dataclasses.field(
        default=None, metadata={"column": column, "doc": doc, "kind": kind, "levels": levels}
    )


@dataclass(frozen=True)
class Factors:
    """The factors of one walk in one view; None is unknown. ValueError for a value outside its range."""

    viewpoint: int | None = _factor(
        "Viewpoint", "sector of 45 degrees: 0 from the front, 2 its left side, 4 the back", "view", SECTORS
    )
    title: int | None = _factor("title", "0 a man, 1 a woman", "binary", 2)
    humpback: int | None = _factor("humpback", "how rounded the upper back is")
    catwalk: int | None = _factor("catwalk", "feet on one line, swaying hips")
    high_knee: int | None = _factor("high-knee", "how high the knees are lifted")
    toe_out: int | None = _factor("toe-out", "feet turned outwards")
    without_toe_out_or_in: int | None = _factor("w/o toe-out or toe-in", "feet straight ahead")
    toe_in: int | None = _factor("toe-in", "feet turned inwards")
    tiptoe: int | None = _factor("tiptoe", "heels off the ground")
    without_tiptoe_or_shuffle: int | None = _factor(
        "w/o tiptoe or shuffle", "plain steps, heel to toe; 0 without tiptoe means shuffling"
    )
    happy: int | None = _factor("happy", "seems happy")
    sad: int | None = _factor("sad", "seems sad")
    angry: int | None = _factor("angry", "seems angry")
    summary: int | None = _factor("summary", "how distinctive the walk is overall, see distinctiveness")

    def __post_init__(self) -> None:
        for factor in FACTORS:
            object.__setattr__(self, factor.name, _checked(factor, getattr(self, factor.name)))

    @property
    def row(self) -> tuple[int | None, ...]:
        """The values in the order of FACTORS."""
        return tuple(getattr(self, factor.name) for factor in FACTORS)

    @classmethod
    def of_row(cls, row: Sequence[int | None]) -> Factors:
        """The inverse of row; ValueError for another number of columns."""
        if len(row) != len(FACTORS):
            raise ValueError(f"a row of factors must have {len(FACTORS)} values; got {len(row)}")
        return cls(*row)


FACTORS: tuple[Factor, ...] = tuple(Factor(f.name, **f.metadata) for f in dataclasses.fields(Factors))
# What makes a walk stand out: the ordinals but for the two plain ones and the summary itself.
TELLING = tuple(
    factor.name
    for factor in FACTORS
    if factor.kind == "ordinal" and not factor.name.startswith("without") and factor.name != "summary"
)


def distinctiveness(factors: Factors) -> int | None:
    """The summary column: the mean of the three strongest telling factors; None if fewer are known.

    Our definition: the paper's table says 0..5 and no more. Three, so that one loud trait alone does not make
    a walk distinctive, and so that a person with no traits of note gets 0.
    """
    known = [level for name in TELLING if (level := getattr(factors, name)) is not None]
    if len(known) < MOST_TELLING:
        return None
    return (2 * sum(sorted(known)[-MOST_TELLING:]) + MOST_TELLING) // (2 * MOST_TELLING)


def to_array(walks: Iterable[Factors]) -> NDArray[np.int8]:
    """int8 (N, 14) in the order of FACTORS, -1 where unknown."""
    rows = [[UNKNOWN if value is None else value for value in factors.row] for factors in walks]
    return np.array(rows, np.int8).reshape(-1, len(FACTORS))


def from_array(array: NDArray[Any]) -> list[Factors]:
    """The inverse of to_array for integers (N, 14); ValueError for another shape, type or range."""
    if array.ndim != 2 or array.shape[1] != len(FACTORS) or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(
            f"factors must be integers (N, {len(FACTORS)}); got {array.dtype} of shape {array.shape}"
        )
    return [Factors(*(None if value == UNKNOWN else value for value in row)) for row in array.tolist()]


def _checked(factor: Factor, value: Any) -> int | None:
    if value is None:
        return None
    name, most = f"Factors.{factor.name}", factor.levels - 1
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number 0..{most} or None; got {value!r}") from None
    if isinstance(value, bool) or not 0 <= number <= most:
        raise ValueError(f"{name} must lie in 0..{most}; got {value!r}")
    return number
