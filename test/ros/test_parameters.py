"""Settings as parameters of a real node, and the file that documents them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from sgcross_core import settings
from sgcross_core.settings import nested, setting
from sgcross_ros import environment


@dataclass(frozen=True)
class Inner:
    low: int = setting(1, "the lower one", low=0, high=9)
    high: int = setting(5, "the higher one", low=0, high=9)

    def __post_init__(self) -> None:
        settings.check(self)
        if self.low > self.high:
            raise ValueError(f"low must not exceed high; got {self.low} and {self.high}")


@dataclass(frozen=True)
class Outer:
    name: str = setting("a", "a letter", choices=("a", "b"))
    share: float = setting(0.5, "a share", low=0.0, high=1.0, unit="of one")
    open_end: float = setting(1.0, "no upper end", low=0.0)
    on: bool = setting(True, "a switch")
    inner: Inner = nested(Inner)  # noqa: RUF009

    def __post_init__(self) -> None:
        settings.check(self)


@pytest.fixture
def node(ros: Any) -> Iterator[Any]:
    made = ros.create_node("under_test")
    yield made
    made.destroy_node()


def parameters(node: Any) -> Any:
    from sgcross_ros.parameters import NodeParameters

    return NodeParameters(node, Outer())


def given(ros: Any, *values: str) -> Any:
    words = [word for value in values for word in ("-p", value)]
    return ros.create_node("given", cli_args=["--ros-args", *words])


def test_defaults_become_parameters_with_descriptions(node: Any) -> None:
    assert parameters(node).value == Outer()
    about = node.describe_parameter("share")
    assert about.description == "a share, of one"
    assert (about.floating_point_range[0].from_value, about.floating_point_range[0].to_value) == (0.0, 1.0)
    assert node.describe_parameter("name").additional_constraints == "one of: a, b"
    assert node.describe_parameter("inner.low").integer_range[0].to_value == 9
    assert node.describe_parameter("on").integer_range == []


@pytest.mark.parametrize(
    "value, expected",
    [
        ("share:=0.25", {"share": 0.25}),
        ("share:=1", {"share": 1.0}),  # a whole number where a real one is wanted
        ("inner.high:=7", {"inner": Inner(high=7)}),
        ("on:=false", {"on": False}),
    ],
)
def test_values_of_the_command_line(ros: Any, value: str, expected: dict[str, Any]) -> None:
    node = given(ros, value)
    assert parameters(node).value == replace(Outer(), **expected)
    node.destroy_node()


@pytest.mark.parametrize(
    "values, words",
    [
        (["share:=2.0"], ["parameter share", "0.0..1.0", "2.0"]),
        (["share:=much"], ["parameter share", "must be a float", "'much'"]),
        (["inner.low:=1.5"], ["parameter inner.low", "must be a int", "1.5"]),
        (["name:=c"], ["parameter name", "one of a, b", "'c'"]),
        (["inner.low:=8"], ["low must not exceed high", "8", "5"]),
    ],
)
def test_errors_name_parameter_value_and_what_was_expected(
    ros: Any, values: list[str], words: list[str]
) -> None:
    node = given(ros, *values)
    with pytest.raises(ValueError) as refused:
        parameters(node)
    node.destroy_node()
    assert all(word in str(refused.value) for word in words)


@pytest.mark.parametrize(
    "name, value, reason",
    [
        ("share", 0.75, ""),
        ("share", 1, ""),
        ("share", 1.5, "out of range"),
        ("name", "c", "one of a, b"),
        ("inner.low", 6, "must not exceed"),
        ("somebody_elses", 3, ""),
    ],
)
def test_changes_while_running(node: Any, name: str, value: Any, reason: str) -> None:
    from rclpy.parameter import Parameter

    held = parameters(node)
    node.declare_parameter("somebody_elses", 1)
    (result,) = node.set_parameters([Parameter(name, value=value)])
    assert result.successful == (not reason) and reason in result.reason
    leaves = {leaf: now for leaf, now, _ in settings.flatten(held.value)}
    before = {leaf: now for leaf, now, _ in settings.flatten(Outer())}
    assert leaves.get(name) == (before.get(name) if reason or name not in before else value)


def test_a_lock_refuses_with_its_reason(node: Any) -> None:
    from rclpy.parameter import Parameter

    held = parameters(node)
    held.locked = "not now"
    (result,) = node.set_parameters([Parameter("share", value=0.1)])
    assert not result.successful and result.reason == "share: not now"


def test_the_shipped_file_is_what_the_dataclasses_say(ros: Any) -> None:
    from sgcross_ros.commands import parameters as command

    shipped = Path(__file__).parents[2] / "config" / "gait.yaml"
    assert shipped.read_text() == command.text(), "run: sgcross parameters > config/gait.yaml"
    assert command.problems(shipped) == []


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("/**:\n  ros__parameters:\n    use_sim_time: true\n", []),
        ("people_node:\n  ros__parameters:\n    pairing: {wait_ms: -1.0}\n", ["PairingConfig.wait_ms"]),
        ("/robot/people_node:\n  ros__parameters:\n    pairing.wait: 1.0\n", ["unknown setting"]),
        ("identity_node:\n  ros__parameters:\n    device: gpu\n    threads: a\n", ["device", "threads"]),
        ("other_node:\n  ros__parameters:\n    device: gpu\n", []),
        ("people_node:\n", []),
        ("[1, 2]", ["must map"]),
        ("a: [", ["cannot be read"]),
    ],
)
def test_checking_a_file(ros: Any, tmp_path: Path, text: str, wrong: list[str]) -> None:
    from sgcross_ros.commands.parameters import main, problems

    path = tmp_path / "robot.yaml"
    path.write_text(text)
    found = problems(path)
    assert len(found) == len(wrong) and all(w in f for w, f in zip(wrong, found, strict=True))
    assert main(["--check", str(path)]) == (1 if wrong else 0)


def test_the_configuration_is_found() -> None:
    assert (environment.config_dir() / "gait.rviz").exists()


def test_rviz_shows_topics_that_exist() -> None:
    shown = yaml.safe_load((environment.config_dir() / "gait.rviz").read_text())["Visualization Manager"]
    topics = {display["Topic"]["Value"] for display in shown["Displays"] if "Topic" in display}
    assert topics == {"/lidar/points", "/markers", "/overlay", "/gait_crops"}
    assert shown["Global Options"]["Fixed Frame"] == "lidar"
