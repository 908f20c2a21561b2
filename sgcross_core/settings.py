"""Settings are frozen dataclasses whose fields carry their own description and limits.

One source: the node parameters, the YAML files and the command lines are all derived from these fields.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def setting(
    default: Any,
    doc: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    unit: str = "",
) -> Any:
    """A dataclass field with a description, an optional closed range and optional allowed words."""
    return dataclasses.field(
        default=default, metadata={"doc": doc, "low": low, "high": high, "choices": choices, "unit": unit}
    )


def nested(kind: type[T]) -> T:
    """A dataclass field that holds another settings class with its defaults."""
    field: T = dataclasses.field(default_factory=kind)
    return field


def check(settings: Any) -> None:
    """Raise ValueError for the first field of the wrong type, outside its range or not among its choices."""
    for field in dataclasses.fields(settings):
        if not dataclasses.is_dataclass(value := getattr(settings, field.name)):
            _check_value(f"{type(settings).__name__}.{field.name}", value, field)


def flatten(settings: Any, prefix: str = "") -> Iterator[tuple[str, Any, dataclasses.Field[Any]]]:
    """Every leaf as (dotted name, value, field), in the order of declaration."""
    for field in dataclasses.fields(settings):
        value, name = getattr(settings, field.name), prefix + field.name
        if dataclasses.is_dataclass(value):
            yield from flatten(value, name + ".")
        else:
            yield name, value, field


def with_values(settings: T, values: Mapping[str, Any]) -> T:
    """A copy with the dotted names in values replaced; ValueError names an unknown one."""
    known = {name for name, _, _ in flatten(settings)}
    if unknown := sorted(set(values) - known):
        near = difflib.get_close_matches(unknown[0], known, 1)
        meant = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(known))}"
        raise ValueError(f"unknown setting {unknown[0]!r}{meant}")
    return _replaced(settings, values, "")


def _replaced(settings: T, values: Mapping[str, Any], prefix: str) -> T:
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(settings):  # type: ignore[arg-type]
        old, name = getattr(settings, field.name), prefix + field.name
        if dataclasses.is_dataclass(old):
            changes[field.name] = _replaced(old, values, name + ".")
        elif name in values:
            changes[field.name] = values[name]
    return dataclasses.replace(settings, **changes)  # type: ignore[type-var]


def _check_value(name: str, value: Any, field: dataclasses.Field[Any]) -> None:
    low, high = field.metadata.get("low"), field.metadata.get("high")
    choices = field.metadata.get("choices") or ()
    _check_type(name, value, field.default)
    if choices and value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}; got {value!r}")
    if (low is not None and value < low) or (high is not None and value > high):
        raise ValueError(f"{name} must lie in {low}..{high}; got {value!r}")


def _check_type(name: str, value: Any, default: Any) -> None:
    wanted = type(default)
    if wanted is float:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    else:
        fits = isinstance(value, wanted) and isinstance(value, bool) == (wanted is bool)
    if not fits:
        raise ValueError(f"{name} must be a {wanted.__name__}; got {value!r}")
