"""Settings dataclasses as node parameters, and the YAML file that documents them."""

from __future__ import annotations

import dataclasses
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.parameter import Parameter

from sgcross_core.settings import flatten, with_values

T = TypeVar("T")


class NodeParameters(Generic[T]):
    """The parameters of one node, kept in step with a settings dataclass.

    value: the settings as the parameters say now. A change must give valid settings and is refused, with the
    reason, while `locked` says why.
    """

    def __init__(self, node: Node, defaults: T) -> None:
        """Declare every setting. ValueError names the parameter, the value found and what was expected."""
        self.locked = ""
        self._defaults = {name: value for name, value, _ in flatten(defaults)}
        values = {name: _declare(node, defaults, name, field) for name, _, field in flatten(defaults)}
        self.value: T = with_values(defaults, values)
        node.add_pre_set_parameters_callback(self._convert)
        node.add_on_set_parameters_callback(self._check)
        node.add_post_set_parameters_callback(self._take)

    def _check(self, changes: list[Parameter]) -> SetParametersResult:
        ours = self._ours(changes)
        if ours and self.locked:
            return SetParametersResult(successful=False, reason=f"{next(iter(ours))}: {self.locked}")
        try:
            with_values(self.value, ours)
        except ValueError as wrong:
            return SetParametersResult(successful=False, reason=str(wrong))
        return SetParametersResult(successful=True)

    def _take(self, changes: list[Parameter]) -> None:
        self.value = with_values(self.value, self._ours(changes))

    def _ours(self, changes: Iterable[Parameter]) -> dict[str, Any]:
        return {p.name: p.value for p in changes if p.name in self._defaults}

    def _convert(self, changes: list[Parameter]) -> list[Parameter]:
        ours = self._ours(changes)
        wanted = {
            name: Parameter(name, value=_as_wanted(v, self._defaults[name])) for name, v in ours.items()
        }
        return [wanted.get(p.name, p) for p in changes]


def descriptor(field: dataclasses.Field[Any]) -> ParameterDescriptor:
    """What `ros2 param describe` tells about a setting: meaning, unit, range, allowed words."""
    about = ParameterDescriptor(description=_meaning(field), additional_constraints=_allowed(field))
    low, high = field.metadata.get("low"), field.metadata.get("high")
    if low is None and high is None:
        return about
    if isinstance(field.default, float):
        most = sys.float_info.max
        about.floating_point_range = [
            FloatingPointRange(from_value=_or(low, -most, float), to_value=_or(high, most, float))
        ]
    elif isinstance(field.default, int):
        about.integer_range = [
            IntegerRange(from_value=_or(low, -(2**63), int), to_value=_or(high, 2**63 - 1, int))
        ]
    return about


def yaml_text(nodes: Mapping[str, Any]) -> str:
    """A parameter file of each node's default settings, every one with its description as a comment."""
    lines = ["# Parameters of the nodes. Written by `sgcross parameters`; the values are the defaults."]
    for name, settings in nodes.items():
        lines += ["", f"/**/{name}:", "  ros__parameters:", *_yaml_lines(settings, 4)]
    return "\n".join(lines) + "\n"


def _declare(node: Node, defaults: Any, name: str, field: dataclasses.Field[Any]) -> Any:
    value = _as_wanted(_given(node, name, field.default), field.default)
    try:
        with_values(defaults, {name: value})
        node.declare_parameter(name, value, descriptor(field), ignore_override=True)
    except (ValueError, ParameterException) as wrong:
        raise ValueError(f"parameter {name} ({_meaning(field)}): {wrong}") from wrong
    return value


def _given(node: Node, name: str, default: Any) -> Any:
    """What the command line or a file gives for a parameter, of whatever type, else the default."""
    value = node.declare_parameter(name, default, ParameterDescriptor(dynamic_typing=True)).value
    node.undeclare_parameter(name)
    return value


def _as_wanted(value: Any, default: Any) -> Any:
    """A whole number where a real one is wanted becomes one: `rate:=2` is no mistake."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if whole and isinstance(default, float) else value


def _yaml_lines(settings: Any, indent: int) -> Iterator[str]:
    space = " " * indent
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            yield f"{space}{field.name}:"
            yield from _yaml_lines(value, indent + 2)
        else:
            comment = " ".join(filter(None, [_meaning(field), _range(field), _allowed(field)]))
            yield from textwrap.wrap(
                comment, 100, initial_indent=f"{space}# ", subsequent_indent=f"{space}# "
            )
            yield f"{space}{field.name}: {_yaml_value(value)}"


def _yaml_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _meaning(field: dataclasses.Field[Any]) -> str:
    unit = field.metadata.get("unit")
    return field.metadata.get("doc", "") + (f", {unit}" if unit else "")


def _range(field: dataclasses.Field[Any]) -> str:
    low, high = field.metadata.get("low"), field.metadata.get("high")
    if low is None and high is None:
        return ""
    return f"({'' if low is None else low:}..{'' if high is None else high:})"


def _allowed(field: dataclasses.Field[Any]) -> str:
    choices = field.metadata.get("choices") or ()
    return f"one of: {', '.join(choices)}" if choices else ""


def _or(value: Any, default: Any, kind: type) -> Any:
    return default if value is None else kind(value)
